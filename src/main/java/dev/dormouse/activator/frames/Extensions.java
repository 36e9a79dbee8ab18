package dev.dormouse.activator.frames;

import dev.dormouse.activator.head.ListHeader;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Locale;

/**
 * Which extensions of the framing both ends agreed on (RFC 6455, 9.1).
 *
 * @param deflate permessage-deflate, under which a message may still be uncompressed (RFC 7692, 6)
 * @param foreign any other, which may give frames a meaning that we do not know
 */
public record Extensions(boolean deflate, boolean foreign) {
  private static final Extensions NONE = new Extensions(false, false);
  private static final String DEFLATE = "permessage-deflate";

  /** Those that a 101 accepts. */
  public static Extensions of(HttpHeaders response) {
    if (!response.contains(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS)) {
      return NONE;
    }
    List<String> names =
        ListHeader.of(response, HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS).stream()
            .map(extension -> extension.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))
            .filter(name -> !name.isEmpty())
            .toList();
    return new Extensions(
        names.contains(DEFLATE), names.stream().anyMatch(name -> !name.equals(DEFLATE)));
  }
}
