package dev.dormouse.admin;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.dormouse.budget.Account;
import dev.dormouse.intake.Costs;
import dev.dormouse.intake.HeadGuard;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.netty.NettyPipeline;

/**
 * Stands behind the HTTP codec and closes a connection whose next request is not there in time,
 * however busily its head comes drop by drop, or that does not take its answer. Keeps account of
 * what both take meanwhile.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
final class HeadTimeout extends ChannelDuplexHandler implements HeadGuard.Watch {
  /** How long the first head may take, and the client to take an answer. */
  static final Duration FIRST = Duration.ofSeconds(10);

  /** How long after an answer the next head must be there. */
  static final Duration NEXT = Duration.ofMinutes(1);

  /** So many requests may be sent before the first is answered. */
  static final int MAX_UNANSWERED = 4;

  private static final String BAD_REQUEST =
      "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

  private final Channel channel;
  private final Callers callers;
  private @Nullable Account account;
  private @Nullable Future<?> deadline;
  private int unanswered;
  private int headBytes;
  private int requestBytes;
  private long answerBytes;

  HeadTimeout(Channel channel, Callers callers) {
    this.channel = channel;
    this.callers = callers;
  }

  /** Keeps what it takes on this account from now on. */
  void keepOn(Account its) {
    account = its;
  }

  InetAddress address() {
    return channel.remoteAddress() instanceof InetSocketAddress inet && inet.getAddress() != null
        ? inet.getAddress()
        : InetAddress.getLoopbackAddress();
  }

  boolean isAt(InetAddress address) {
    return address().equals(address);
  }

  /** Closes the connection. Thread-safe. */
  void close() {
    if (channel.eventLoop().inEventLoop()) {
      channel.close();
    } else {
      channel.eventLoop().execute(() -> channel.close());
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    closeAfter(FIRST, ctx);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (msg instanceof HttpRequest request) {
      cancel();
      callers.asks(this);
      requestBytes += Costs.parsed(request);
      if (++unanswered > MAX_UNANSWERED || !isWithinBudget()) {
        ReferenceCountUtil.release(msg);
        ctx.close();
        return;
      }
    }
    ctx.fireChannelRead(msg);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    int bytes = size(msg);
    answerBytes += bytes;
    if (!isWithinBudget()) {
      ReferenceCountUtil.release(msg);
      promise.tryFailure(new IllegalStateException("no room for the answer"));
      return;
    }
    boolean last = msg instanceof LastHttpContent;
    if (last) {
      closeAfter(FIRST, ctx);
    }
    ctx.write(msg, promise.unvoid()).addListener(_ -> taken(ctx, bytes, last));
  }

  private void taken(ChannelHandlerContext ctx, int bytes, boolean last) {
    answerBytes -= bytes;
    if (last && --unanswered == 0) {
      requestBytes = 0;
      callers.answered(this);
      closeAfter(NEXT, ctx);
    }
    isWithinBudget();
  }

  private static int size(Object msg) {
    if (msg instanceof ByteBufHolder holder) {
      return holder.content().readableBytes();
    }
    return msg instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
  }

  private boolean isWithinBudget() {
    return account == null
        || account.resize(Costs.CONNECTION + headBytes + requestBytes + answerBytes);
  }

  @Override
  public boolean keeps(int bytes) {
    headBytes = bytes;
    return isWithinBudget();
  }

  @Override
  public void flawed(boolean large) {
    ChannelHandlerContext codec = channel.pipeline().context(NettyPipeline.HttpCodec);
    if (unanswered == 0 && codec != null) {
      codec
          .writeAndFlush(Unpooled.copiedBuffer(BAD_REQUEST, US_ASCII))
          .addListener(ChannelFutureListener.CLOSE);
    } else {
      channel.close();
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    cancel();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    cancel();
    ctx.fireChannelInactive();
  }

  private void closeAfter(Duration patience, ChannelHandlerContext ctx) {
    cancel();
    if (ctx.channel().isActive()) {
      deadline =
          ctx.executor().schedule(() -> ctx.close(), patience.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void cancel() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }
}
