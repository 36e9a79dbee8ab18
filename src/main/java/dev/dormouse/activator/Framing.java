package dev.dormouse.activator;

import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.TRANSFER_ENCODING;

import dev.dormouse.activator.head.RejectReason;
import dev.dormouse.activator.head.Rejection;
import dev.dormouse.intake.BodyReader;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import java.util.Optional;

/**
 * What tells where the body of a message ends (RFC 9112, 6.3). What two recipients may understand
 * in two ways is nothing at all: a length beside a coding, two lengths, another coding than chunked
 * alone, a coding in HTTP/1.0.
 */
final class Framing {
  /** No length has more: it would not fit into 63 bits. */
  private static final int MAX_DIGITS = 18;

  private Framing() {}

  /** Of a request; empty if it is ambiguous. */
  static Optional<BodyReader> ofRequest(HttpHeaders headers, HttpVersion version) {
    return of(headers, version, BodyReader.ofLength(0));
  }

  /** What no request may have, whose body is framed like this. */
  static Optional<Rejection> flaw(HttpRequest head, Optional<BodyReader> body) {
    if (head.protocolVersion().majorVersion() != 1) {
      return Optional.of(Rejection.of(RejectReason.MALFORMED));
    }
    if (body.isEmpty()) {
      return Optional.of(
          new Rejection(
              RejectReason.MALFORMED,
              "Where the body ends is not clear: it takes one content-length, or one"
                  + " transfer-encoding that is chunked."));
    }
    return Entrance.hostFlaw(head);
  }

  /** Of an answer that may have a body; empty if it is ambiguous. */
  static Optional<BodyReader> ofAnswer(HttpHeaders headers, HttpVersion version) {
    return of(headers, version, BodyReader.untilClose());
  }

  /**
   * The field of an answer without a body that tells how long that would be; empty if there is
   * none. After a 204 there may be none (RFC 9110, 8.6).
   */
  static String told(HttpResponse response) {
    List<String> lengths = response.headers().getAll(CONTENT_LENGTH);
    return lengths.isEmpty() || response.status().equals(HttpResponseStatus.NO_CONTENT)
        ? ""
        : length(lengths).map(it -> "Content-Length: " + it).orElse("");
  }

  private static Optional<BodyReader> of(
      HttpHeaders headers, HttpVersion version, BodyReader otherwise) {
    List<String> codings = headers.getAll(TRANSFER_ENCODING);
    List<String> lengths = headers.getAll(CONTENT_LENGTH);
    if (codings.isEmpty()) {
      return lengths.isEmpty() ? Optional.of(otherwise) : length(lengths).map(BodyReader::ofLength);
    }
    return codings.size() == 1
            && codings.getFirst().equalsIgnoreCase("chunked")
            && lengths.isEmpty()
            && version.minorVersion() > 0
        ? Optional.of(BodyReader.chunked())
        : Optional.empty();
  }

  /** That of the one field that there is. */
  private static Optional<Long> length(List<String> lengths) {
    String text = lengths.getFirst();
    boolean plain = !text.isEmpty() && text.length() <= MAX_DIGITS && lengths.size() == 1;
    for (int i = 0; plain && i < text.length(); i++) {
      plain = text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }
    return plain ? Optional.of(Long.parseLong(text)) : Optional.empty();
  }
}
