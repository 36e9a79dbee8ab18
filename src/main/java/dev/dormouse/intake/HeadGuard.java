package dev.dormouse.intake;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the bytes of each head before they are parsed, and lets nothing pass that two parsers
 * may read in two ways: request smuggling lives on it (RFC 9112, 2.2, 2.3, 3, 5.1, 5.2 and 11.2).
 * Ends with the first head that something else than a head may follow: such a request is a
 * connection's last.
 *
 * <p>A head passes when it is complete. Until then its bytes are kept here, as they came and in a
 * buffer of their own: parsed, a head of short lines takes forty times its size, and a part of a
 * shared read buffer keeps all of it.
 */
public final class HeadGuard extends ChannelInboundHandlerAdapter {
  /** Headers that announce what is no further head: a body, or another protocol. */
  private static final Set<String> LAST = Set.of("content-length", "transfer-encoding", "upgrade");

  private static final int LONGEST_NAME_IN_LAST = 17;

  /** RFC 9110, 5.6.2: what a token may consist of beside letters and digits. */
  private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

  /** How a version begins, in this case only: "HTTP/". */
  private static final long HTTP = 0x48_54_54_50_2FL;

  /** The first piece of a head that is kept; later it grows by half. */
  private static final int LEAST_KEPT_BYTES = 64;

  private static final int FLAWED = -1;

  private final IntSupplier maxBytes;
  private final Watch watch;
  private final StringBuilder name = new StringBuilder(LONGEST_NAME_IN_LAST + 1);
  private Place place = Place.BEFORE_HEAD;
  private boolean afterCr;
  private boolean last;

  /** The last eight bytes of the request line: its version. */
  private long version;

  /** Of the current head, or of the last one. */
  private int length;

  /** The beginning of a head; on the heap, and nobody's to release. */
  private @Nullable ByteBuf kept;

  /** Where in a head the next byte stands. */
  private enum Place {
    BEFORE_HEAD,
    REQUEST_LINE,
    LINE_START,
    NAME,
    VALUE,
    BEHIND_LAST_HEAD
  }

  /** Who hears of the heads of one connection, on its event loop. */
  public interface Watch {
    /**
     * The head is no head, or a larger one than is allowed. Told once: nothing of it or behind it
     * passes.
     */
    void flawed(boolean large);

    /** So much room is taken by a head that is not complete; false if it is too much to keep. */
    boolean keeps(int bytes);
  }

  /**
   * A guard of one connection.
   *
   * @param maxBytes the most bytes of a head
   */
  public HeadGuard(IntSupplier maxBytes, Watch watch) {
    this.maxBytes = maxBytes;
    this.watch = watch;
  }

  /** Bytes of the head that is under way, or was the last one. */
  public int length() {
    return length;
  }

  /** Whether a request with these headers is the last one on its connection. */
  public static boolean isLast(HttpHeaders headers) {
    return headers.contains(HttpHeaderNames.UPGRADE)
        || headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
        || headers.contains(HttpHeaderNames.CONTENT_LENGTH);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (place == Place.BEHIND_LAST_HEAD || !(msg instanceof ByteBuf bytes)) {
      ctx.fireChannelRead(msg);
      return;
    }
    var read = new byte[bytes.readableBytes()];
    bytes.readBytes(read).release();
    int most = maxBytes.getAsInt();
    int complete = scan(read, most);
    if (complete == FLAWED) {
      place = Place.BEHIND_LAST_HEAD;
      kept = null;
      watch.flawed(length > most);
      return;
    }
    if (complete > 0) {
      ctx.fireChannelRead(withKept(read, complete));
    }
    if (complete < read.length && !ctx.isRemoved()) {
      keep(read, complete);
    }
  }

  /** Up to where it may pass. */
  private int scan(byte[] read, int most) {
    int complete = 0;
    for (int at = 0; at < read.length; at++) {
      at = place == Place.VALUE && !afterCr ? skipValue(read, at, most) : at;
      if (at < read.length) {
        if (!isFlawless(read[at]) || (place != Place.BEFORE_HEAD && ++length > most)) {
          return FLAWED;
        }
      }
      if (place == Place.BEHIND_LAST_HEAD) {
        return read.length;
      }
      complete = place == Place.BEFORE_HEAD ? at + 1 : complete;
    }
    return complete;
  }

  /** Most of a head is this: up to what is not plain, or too much. */
  private int skipValue(byte[] read, int from, int most) {
    int end = Math.min(read.length, from + most - length);
    int at = from;
    while (at < end && read[at] >= ' ' && read[at] != 0x7f) {
      at++;
    }
    length += at - from;
    return at;
  }

  private ByteBuf withKept(byte[] read, int complete) {
    ByteBuf end = Unpooled.wrappedBuffer(read, 0, complete);
    if (kept == null) {
      return end;
    }
    ByteBuf whole = kept.writeBytes(end);
    kept = null;
    watch.keeps(0);
    return whole;
  }

  private void keep(byte[] read, int from) {
    int more = read.length - from;
    int size = more + (kept == null ? 0 : kept.writerIndex());
    if (kept != null && size <= kept.capacity()) {
      kept.writeBytes(read, from, more);
      return;
    }
    int room = Math.max(LEAST_KEPT_BYTES, size + size / 2);
    if (watch.keeps(room)) {
      ByteBuf larger = Unpooled.buffer(room);
      kept = (kept == null ? larger : larger.writeBytes(kept)).writeBytes(read, from, more);
    } else {
      kept = null;
    }
  }

  /** Nobody behind asks for more on account of bytes that did not get there. */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (kept != null && !ctx.channel().config().isAutoRead()) {
      ctx.read();
    }
    ctx.fireChannelReadComplete();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    kept = null;
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
    boolean flawless =
        place != Place.NAME && (place != Place.REQUEST_LINE || version >>> 24 == HTTP);
    place =
        switch (place) {
          case BEFORE_HEAD -> Place.BEFORE_HEAD;
          case LINE_START -> last ? Place.BEHIND_LAST_HEAD : Place.BEFORE_HEAD;
          case REQUEST_LINE, NAME, VALUE -> Place.LINE_START;
          case BEHIND_LAST_HEAD -> Place.BEHIND_LAST_HEAD;
        };
    return flawless;
  }
}
