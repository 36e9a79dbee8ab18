package dev.dormouse.intake;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets one request at a time pass: its head when that is complete and no two parsers may read it in
 * two ways, as {@link HeadGuard} does; then its body, which is read here and handed to the watch.
 * What comes behind it is kept, and no more is read than fits, until the next one is asked for.
 */
public final class RequestGuard extends ChannelInboundHandlerAdapter {
  /** While so much is kept, no more is read. */
  private static final int MOST_KEPT = 16 * 1024;

  private static final int LEAST_KEPT_BYTES = 64;

  private final IntSupplier maxBytes;
  private final Watch watch;
  private final HeadScanner scanner = new HeadScanner();
  private @Nullable ChannelHandlerContext context;
  private @Nullable BodyReader body;
  private boolean flowing;
  private boolean asked = true;
  private boolean running;
  private boolean over;

  /** How much of what is kept has been scanned: the beginning of a head. */
  private int scanned;

  /** What has not passed yet; on the heap, and nobody's to release. */
  private @Nullable ByteBuf kept;

  /** Who hears of the requests of one connection, on its event loop. */
  public interface Watch extends HeadGuard.Watch {
    /** A piece of the body of the request; valid during the call only. */
    void content(ByteBuf piece);

    /** All of the body of the request has come; there is one. */
    void contentEnded(String trailers);

    /** The body is none. Told once: nothing behind it passes. */
    void contentFlawed();

    /** Some of a head has come. */
    void begun();
  }

  /**
   * A guard of one connection, which waits for its first request.
   *
   * @param maxBytes the most bytes of a head
   */
  public RequestGuard(IntSupplier maxBytes, Watch watch) {
    this.maxBytes = maxBytes;
    this.watch = watch;
  }

  /** Bytes of the head that is under way, or was the last one. */
  public int length() {
    return scanner.length();
  }

  /** The request that has just passed has this body, which is kept until {@link #flow}. */
  public void expect(BodyReader reader) {
    body = reader.isDone() ? null : reader;
    flowing = false;
  }

  /** Whether some of the body of the current request has not passed yet. */
  public boolean isInBody() {
    return body != null;
  }

  /** From now on the body is handed to the watch, or it is not, and no more of it is read. */
  public void flow(boolean flag) {
    if (flowing != flag) {
      flowing = flag;
      proceed();
    }
  }

  /** From now on the next request may pass; the current one is over, with its body. */
  public void next() {
    asked = true;
    proceed();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ByteBuf in = (ByteBuf) msg;
    try {
      if (over) {
        return;
      }
      if (kept == null && !running) {
        run(ctx, in);
        if (in.isReadable()) {
          keep(ctx, in);
        }
      } else {
        keep(ctx, in);
        proceed();
      }
    } finally {
      in.release();
    }
  }

  /** Goes on with what is kept. */
  @SuppressWarnings("ReferenceEquality") // the same buffer, not one with the same bytes
  private void proceed() {
    ChannelHandlerContext ctx = context;
    if (ctx == null || running || ctx.isRemoved()) {
      return;
    }
    ByteBuf all = kept;
    if (all != null && !over) {
      run(ctx, all);
      ByteBuf left = kept;
      if (left != null && !left.isReadable()) {
        kept = null;
        watch.keeps(0);
      }
    }
    heedRoom(ctx);
  }

  /** Lets pass what may pass. */
  private void run(ChannelHandlerContext ctx, ByteBuf in) {
    running = true;
    try {
      boolean moving = true;
      while (moving && in.isReadable() && !over && !ctx.isRemoved()) {
        moving = body != null ? content(in) : asked && head(ctx, in);
      }
    } finally {
      running = false;
    }
  }

  private boolean content(ByteBuf in) {
    BodyReader reader = body;
    if (reader == null || !flowing) {
      return false;
    }
    ByteBuf piece = reader.next(in);
    if (piece != null) {
      watch.content(piece);
    }
    if (reader.isFlawed()) {
      stop();
      watch.contentFlawed();
    } else if (reader.isDone() && body == reader) {
      body = null;
      watch.contentEnded(reader.trailers());
    }
    return true;
  }

  /** Whether there may be more to let pass. */
  private boolean head(ChannelHandlerContext ctx, ByteBuf in) {
    var read = new byte[in.readableBytes() - scanned];
    in.getBytes(in.readerIndex() + scanned, read);
    int most = maxBytes.getAsInt();
    int to = scanner.scan(read, 0, most);
    if (to == HeadScanner.FLAWED) {
      stop();
      watch.flawed(scanner.length() > most);
      return false;
    }
    if (!scanner.isBetween()) {
      scanned += read.length;
      watch.begun();
      return false;
    }
    int length = scanned + to;
    ByteBuf passed = Unpooled.buffer(length).writeBytes(in, length);
    scanned = 0;
    if (scanner.isComplete()) {
      asked = false;
      ctx.fireChannelRead(passed);
    }
    return true;
  }

  /** Nothing of what is there or comes passes any more. */
  private void stop() {
    over = true;
    kept = null;
  }

  private void keep(ChannelHandlerContext ctx, ByteBuf in) {
    if (over) {
      return;
    }
    if (ctx.isRemoved()) {
      ctx.fireChannelRead(in.readRetainedSlice(in.readableBytes()));
      return;
    }
    ByteBuf before = kept;
    int size = in.readableBytes() + (before == null ? 0 : before.readableBytes());
    if (before != null && in.readableBytes() <= before.writableBytes()) {
      before.writeBytes(in);
    } else {
      int room = Math.max(LEAST_KEPT_BYTES, size + size / 2);
      if (!watch.keeps(room)) {
        stop();
        return;
      }
      ByteBuf larger = Unpooled.buffer(room);
      kept = (before == null ? larger : larger.writeBytes(before)).writeBytes(in);
    }
    heedRoom(ctx);
  }

  /** A client that leaves is seen only while it is read. */
  private void heedRoom(ChannelHandlerContext ctx) {
    ByteBuf waiting = kept;
    boolean room =
        over || waiting == null || waiting.readableBytes() < MOST_KEPT || (body == null && asked);
    if (!ctx.isRemoved() && ctx.channel().config().isAutoRead() != room) {
      ctx.channel().config().setAutoRead(room);
    }
  }

  /** Whoever is next gets what has not passed. */
  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    ByteBuf rest = kept;
    kept = null;
    if (rest != null && rest.isReadable()) {
      ctx.fireChannelRead(rest);
    }
  }
}
