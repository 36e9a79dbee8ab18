package dev.dormouse.admin;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Stands behind the HTTP codec and closes a connection whose next request is not there in time,
 * however busily its head comes drop by drop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
final class Patience extends ChannelDuplexHandler {
  /** How long the first head may take. */
  static final Duration FIRST = Duration.ofSeconds(10);

  /** How long after an answer the next head must be there. */
  static final Duration NEXT = Duration.ofMinutes(1);

  private @Nullable Future<?> deadline;

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    closeAfter(FIRST, ctx);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (msg instanceof HttpRequest) {
      cancel();
    }
    ctx.fireChannelRead(msg);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    if (msg instanceof LastHttpContent) {
      closeAfter(NEXT, ctx);
    }
    ctx.write(msg, promise);
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
    deadline = ctx.executor().schedule(() -> ctx.close(), patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void cancel() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }
}
