package dev.dormouse.activator;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/**
 * Looks at the bytes of each head before they are parsed, and lets nothing pass that two parsers
 * may read in two ways: request smuggling lives on it (RFC 9112, 2.2, 2.3, 3, 5.1, 5.2 and 11.2);
 * nor what is longer than any service takes. Ends with the first head that something else than a
 * head may follow: such a request is a connection's last.
 */
final class HeadGuard extends ChannelInboundHandlerAdapter {
  /** Headers that announce what is no further head: a body, or another protocol. */
  private static final Set<String> LAST = Set.of("content-length", "transfer-encoding", "upgrade");

  private static final int LONGEST_NAME_IN_LAST = 17;

  /** RFC 9110, 5.6.2: what a token may consist of beside letters and digits. */
  private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

  /** How a version begins, in this case only: "HTTP/". */
  private static final long HTTP = 0x48_54_54_50_2FL;

  private final IntSupplier maxHead;
  private final Consumer<Cause> refuse;
  private final StringBuilder name = new StringBuilder(LONGEST_NAME_IN_LAST + 1);
  private Place place = Place.BEFORE_HEAD;
  private boolean afterCr;
  private boolean last;

  /** Of the current head, or of the last one. */
  private int length;

  /** The last eight bytes of the request line: its version. */
  private long version;

  /** Where in a head the next byte stands. */
  private enum Place {
    BEFORE_HEAD,
    REQUEST_LINE,
    LINE_START,
    NAME,
    VALUE,
    BEHIND_LAST_HEAD
  }

  /**
   * A guard of one connection.
   *
   * @param maxHead the most bytes of a head
   * @param refuse told at the first flaw; nothing of it or behind it passes
   */
  HeadGuard(IntSupplier maxHead, Consumer<Cause> refuse) {
    this.maxHead = maxHead;
    this.refuse = refuse;
  }

  /** Bytes of the head that is under way, or was the last one. */
  int length() {
    return length;
  }

  /** Whether a request with these headers is the last one on its connection. */
  static boolean isLast(HttpHeaders headers) {
    return headers.contains(HttpHeaderNames.UPGRADE)
        || headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
        || headers.contains(HttpHeaderNames.CONTENT_LENGTH);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (place != Place.BEHIND_LAST_HEAD && msg instanceof ByteBuf bytes) {
      int most = maxHead.getAsInt();
      int flaw =
          bytes.forEachByte(
              next ->
                  place == Place.BEHIND_LAST_HEAD
                      || (isFlawless(next) && (place == Place.BEFORE_HEAD || ++length <= most)));
      if (flaw >= 0) {
        place = Place.BEHIND_LAST_HEAD;
        bytes.release();
        refuse.accept(length > most ? Cause.HEAD_TOO_LARGE : Cause.MALFORMED);
        return;
      }
    }
    ctx.fireChannelRead(msg);
  }

  private boolean isFlawless(byte next) {
    if (next == '\n') {
      return afterCr && endsLine();
    }
    if (afterCr) {
      return false;
    }
    if (next == '\r') {
      afterCr = true;
      return true;
    }
    return switch (place) {
      case BEFORE_HEAD, REQUEST_LINE -> {
        boolean apart = place == Place.REQUEST_LINE && (version & 0xFF) != ' ';
        length = place == Place.BEFORE_HEAD ? 0 : length;
        place = Place.REQUEST_LINE;
        version = version << 8 | (next & 0xFF);
        yield (next > ' ' && next != 0x7f) || (next == ' ' && apart);
      }
      case LINE_START -> {
        place = Place.NAME;
        name.setLength(0);
        yield isName(next);
      }
      case NAME -> next == ':' ? endsName() : isName(next);
      case VALUE -> next < 0 || next == '\t' || (next >= ' ' && next != 0x7f);
      case BEHIND_LAST_HEAD -> true;
    };
  }

  private boolean isName(byte next) {
    if (name.length() <= LONGEST_NAME_IN_LAST) {
      name.append((char) next);
    }
    char c = (char) next;
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || TOKEN_MARKS.indexOf(c) >= 0;
  }

  private boolean endsName() {
    last |= LAST.contains(name.toString().toLowerCase(Locale.ROOT));
    place = Place.VALUE;
    return true;
  }

  private boolean endsLine() {
    afterCr = false;
    boolean complete =
        place != Place.NAME && (place != Place.REQUEST_LINE || version >>> 24 == HTTP);
    place =
        switch (place) {
          case BEFORE_HEAD -> Place.BEFORE_HEAD;
          case LINE_START -> last ? Place.BEHIND_LAST_HEAD : Place.BEFORE_HEAD;
          case REQUEST_LINE, NAME, VALUE -> Place.LINE_START;
          case BEHIND_LAST_HEAD -> Place.BEHIND_LAST_HEAD;
        };
    return complete;
  }
}
