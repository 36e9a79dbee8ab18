package dev.dormouse.activator;

import dev.dormouse.core.ServiceSpec.ServedBy;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.netty.NettyPipeline;

/**
 * Stands right behind Reactor Netty's HTTP codec. Takes a connection over when a valid upgrade
 * arrives, closes one whose requests do not come in time, and lets everything else pass.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
final class Entrance extends ChannelDuplexHandler {
  /** So many requests may be sent before the first is answered. */
  private static final int MAX_UNANSWERED = 16;

  private final Activator activator;
  private @Nullable ChannelHandlerContext context;
  private @Nullable HttpRequest upgrade;
  private RouteTable.@Nullable Hit hit;
  private @Nullable Future<?> deadline;
  private int unanswered;
  private boolean headBegun = true;
  private boolean decoded;

  Entrance(Activator activator) {
    this.activator = activator;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    closeAfter(activator.settings.headTimeout(), ctx);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    decoded = true;
    if (upgrade != null && hit != null) {
      ReferenceCountUtil.release(msg);
      if (msg instanceof LastHttpContent) {
        takeOver(ctx, upgrade, hit);
      }
    } else if (msg instanceof HttpRequest request) {
      cancelDeadline();
      arrived(ctx, request);
    } else {
      ctx.fireChannelRead(msg);
    }
  }

  private void arrived(ChannelHandlerContext ctx, HttpRequest request) {
    if (request.decoderResult().isFailure()) {
      boolean large = request.decoderResult().cause() instanceof TooLongFrameException;
      hostile(ctx, large ? Cause.HEAD_TOO_LARGE : Cause.MALFORMED);
    } else if (!RequestTarget.resolve(request)
        || request.protocolVersion().majorVersion() != 1
        || !Verdict.isHost(request.headers().get(HttpHeaderNames.HOST, ""))
        || unanswered >= MAX_UNANSWERED) {
      hostile(ctx, Cause.MALFORMED);
    } else if (unanswered == 0
        && HeadGuard.isLast(request.headers())
        && !request.method().equals(HttpMethod.HEAD)) {
      switch (Verdict.of(request, activator.routes())) {
        case Verdict.Accept(var accepted) -> {
          upgrade = request;
          hit = accepted;
        }
        case Verdict.Tell tell -> answer(ctx, activator.tell(request, tell));
        case Verdict.Refuse(var served, var cause) ->
            refuse(ctx, served, Answer.of(cause, served), cause.code);
      }
    } else {
      unanswered++;
      ctx.fireChannelRead(request);
    }
  }

  /** What came is no head, or not unmistakably one. */
  void malformed() {
    if (context != null && !context.isRemoved()) {
      cancelDeadline();
      hostile(context, Cause.MALFORMED);
    }
  }

  /** An answer must not overtake those that are under way: then there is none. */
  private void hostile(ChannelHandlerContext ctx, Cause cause) {
    if (unanswered == 0) {
      refuse(ctx, Optional.empty(), Answer.of(cause, Optional.empty()), cause.code);
    } else {
      activator.events.refused(Optional.empty(), cause.code);
      ctx.close();
    }
  }

  private void refuse(
      ChannelHandlerContext ctx, Optional<Served> served, Answer answer, String code) {
    activator.events.refused(served.map(Served::id), code);
    answer(ctx, answer);
  }

  private void answer(ChannelHandlerContext ctx, Answer answer) {
    leaveReactor(ctx.pipeline());
    ctx.pipeline().remove(NettyPipeline.HttpCodec);
    Farewell.say(ctx.channel(), this, answer.closing(), activator.settings.linger());
  }

  private void takeOver(ChannelHandlerContext ctx, HttpRequest request, RouteTable.Hit accepted) {
    Served served = accepted.served();
    Optional<ServedBy> by = served.spec().servedBy();
    var told = by.flatMap(it -> activator.elsewhere.answer(request, served, it));
    if (told.isPresent()) {
      Elsewhere.Told it = told.get();
      refuse(ctx, Optional.of(served), it.answer(), it.reasonCode());
    } else if (by.isPresent()) {
      RouteTable.Hit there = activator.elsewhere.redirected(request, served);
      hold(ctx, request, there);
      by.get().upstream().ifPresent(url -> activator.elsewhere.locate(there.served(), url));
    } else {
      hold(ctx, request, accepted);
    }
  }

  /** Removing the codec hands on, to the held upgrade, what the client sent behind its head. */
  private void hold(ChannelHandlerContext ctx, HttpRequest request, RouteTable.Hit accepted) {
    var held = new HeldUpgrade(activator, ctx.channel(), request, accepted);
    ChannelPipeline pipeline = ctx.pipeline();
    leaveReactor(pipeline);
    pipeline.replace(this, Tunnel.HANDLER, held);
    pipeline.remove(NettyPipeline.HttpCodec);
    ctx.channel().config().setAutoRead(true);
    held.enter();
  }

  private static void leaveReactor(ChannelPipeline pipeline) {
    pipeline.remove(HeadGuard.class);
    pipeline.remove(NettyPipeline.HttpTrafficHandler);
    pipeline.remove(NettyPipeline.ReactiveBridge);
  }

  /** Bytes that complete no message are the beginning of a head. */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (!decoded && !headBegun && unanswered == 0) {
      headBegun = true;
      closeAfter(activator.settings.headTimeout(), ctx);
    }
    decoded = false;
    ctx.fireChannelReadComplete();
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    if (msg instanceof LastHttpContent) {
      ctx.write(msg, promise.unvoid()).addListener(_ -> answered(ctx));
    } else {
      ctx.write(msg, promise);
    }
  }

  private void answered(ChannelHandlerContext ctx) {
    unanswered--;
    headBegun = false;
    closeAfter(activator.settings.idleTimeout(), ctx);
  }

  private void closeAfter(Duration patience, ChannelHandlerContext ctx) {
    cancelDeadline();
    if (!ctx.isRemoved()) {
      deadline =
          ctx.executor().schedule(() -> ctx.close(), patience.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void cancelDeadline() {
    if (deadline != null) {
      deadline.cancel(false);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    activator.broken(Optional.empty(), cause);
    ctx.close();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    cancelDeadline();
  }
}
