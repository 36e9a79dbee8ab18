package dev.dormouse.intake;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
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
  /** The first piece of a head that is kept; later it grows by half. */
  private static final int LEAST_KEPT_BYTES = 64;

  private final IntSupplier maxBytes;
  private final Watch watch;
  private final HeadScanner scanner = new HeadScanner();

  /** No further head is to come. */
  private boolean over;

  /** The beginning of a head; on the heap, and nobody's to release. */
  private @Nullable ByteBuf kept;

  /** Who hears of the heads of one connection, on its event loop. */
  public interface Watch {
    /**
     * The head is no head, or a larger one than is allowed. Told once: nothing of it or behind it
     * passes.
     */
    void flawed(boolean large);

    /**
     * More has come, and no head is under way: whether somebody else reads from here on. The guard
     * has been replaced then.
     */
    default boolean hasTakenOver() {
      return false;
    }

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
    return scanner.length();
  }

  /** Whether a request with these headers is the last one on its connection. */
  public static boolean isLast(HttpHeaders headers) {
    return headers.contains(HttpHeaderNames.UPGRADE)
        || headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
        || headers.contains(HttpHeaderNames.CONTENT_LENGTH);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (over
        || !(msg instanceof ByteBuf bytes)
        || (kept == null && scanner.isBetween() && watch.hasTakenOver())) {
      ctx.fireChannelRead(msg);
      return;
    }
    var read = new byte[bytes.readableBytes()];
    bytes.readBytes(read).release();
    int most = maxBytes.getAsInt();
    int complete = scan(read, most);
    if (complete == HeadScanner.FLAWED) {
      over = true;
      kept = null;
      watch.flawed(length() > most);
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
    for (int at = 0; at < read.length; ) {
      at = scanner.scan(read, at, most);
      if (at == HeadScanner.FLAWED) {
        return at;
      }
      if (scanner.isLast()) {
        over = true;
        return read.length;
      }
      complete = scanner.isBetween() ? at : complete;
    }
    return complete;
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
}
