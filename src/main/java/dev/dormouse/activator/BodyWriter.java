package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.dormouse.activator.head.FieldNames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Puts a body out as it comes, in chunks or without a frame of its own (RFC 9112, 7.1). */
record BodyWriter(Outflow out, boolean chunked) {
  private static final ByteBuf CRLF =
      Unpooled.unreleasableBuffer(Unpooled.directBuffer(2).writeBytes(new byte[] {'\r', '\n'}));

  /** A piece of the content; the caller keeps it. */
  void put(ByteBuf piece) {
    if (chunked) {
      String size = Integer.toHexString(piece.readableBytes()) + "\r\n";
      out.give(Unpooled.copiedBuffer(size, ISO_8859_1));
      out.put(piece);
      out.put(CRLF.duplicate());
    } else {
      out.put(piece);
    }
  }

  /**
   * The end of the content.
   *
   * @param trailers as they came; only what may be told behind a body is handed on
   */
  void end(String trailers) {
    if (!chunked) {
      return;
    }
    var last = new StringBuilder("0\r\n");
    trailers
        .lines()
        .filter(line -> FieldNames.isTrailer(line.substring(0, Math.max(0, line.indexOf(':')))))
        .forEach(line -> last.append(line).append("\r\n"));
    out.give(Unpooled.copiedBuffer(last.append("\r\n"), ISO_8859_1));
  }
}
