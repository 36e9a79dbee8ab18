package dev.dormouse.activator;

import dev.dormouse.activator.head.RejectReason;
import dev.dormouse.activator.head.Rejection;
import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.budget.Account;
import dev.dormouse.budget.Budget.Kind;
import dev.dormouse.intake.Costs;
import dev.dormouse.intake.HeadGuard;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.List;
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
final class Entrance extends ChannelDuplexHandler implements HeadGuard.Watch {
  /** How long who has not sent a head in time may take to read that. */
  private static final Duration SLOW = Duration.ofSeconds(1);

  /** So many requests may be sent before the first is answered. */
  private static final int MAX_UNANSWERED = 16;

  private final Activator activator;
  private final Channel channel;
  private final Account account;
  private @Nullable ChannelHandlerContext context;
  private @Nullable HttpRequest upgrade;
  private RouteTable.@Nullable Hit hit;
  private @Nullable Future<?> deadline;
  private int unanswered;

  /** What the requests that are not answered take. */
  private int unansweredBytes;

  /** What the beginning of the next one takes. */
  private int keptBytes;

  private boolean headBegun = true;
  private boolean decoded;

  /** Some of a head has come, and not all of it. */
  private boolean partial;

  /**
   * The entrance for this connection.
   *
   * @param account it has been let in on
   */
  Entrance(Activator activator, Channel channel, Account account) {
    this.activator = activator;
    this.channel = channel;
    this.account = account;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    closeAfter(activator.settings.headTimeout(), ctx);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    decoded = true;
    partial = false;
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
    activator.events.contacted();
    Optional<Rejection> flaw = flaw(request);
    if (flaw.isPresent()) {
      hostile(ctx, flaw.get());
    } else if (unanswered == 0
        && HeadGuard.isLast(request.headers())
        && !request.method().equals(HttpMethod.HEAD)) {
      switch (RequestCheck.of(request, activator.routes())) {
        case RequestCheck.Accept(var accepted) -> accept(ctx, request, accepted);
        case RequestCheck.Tell tell -> answer(ctx, activator.tell(request, tell));
        case RequestCheck.Own(_, var own) -> answer(ctx, Answer.of(own));
        case RequestCheck.Forward(var hit) ->
            refuse(
                ctx,
                Optional.of(hit.served()),
                Answer.of(
                    Rejection.of(RejectReason.ROUTES_CHANGED),
                    Optional.of(hit.served()),
                    request.headers()),
                Rejection.of(RejectReason.ROUTES_CHANGED));
        case RequestCheck.Refuse(var served, var found) ->
            refuse(ctx, served, Answer.of(found, served, request.headers()), found);
      }
    } else {
      unanswered++;
      unansweredBytes += Costs.parsed(request);
      closeAfter(activator.settings.linger(), ctx);
      if (account.become(Kind.ANSWER, bytes(), this::close)) {
        ctx.fireChannelRead(request);
      }
    }
  }

  /** What no request may have. */
  private Optional<Rejection> flaw(HttpRequest request) {
    if (request.decoderResult().isFailure() || request.protocolVersion().majorVersion() != 1) {
      return Optional.of(Rejection.of(RejectReason.MALFORMED));
    }
    return unanswered >= MAX_UNANSWERED
        ? Optional.of(
            new Rejection(RejectReason.MALFORMED, "Too many requests wait for their answers."))
        : hostFlaw(request);
  }

  /** What is wrong with the host or the target; the latter is in origin-form afterwards. */
  static Optional<Rejection> hostFlaw(HttpRequest request) {
    return RequestCheck.hostFlaw(request).or(() -> targetFlaw(request));
  }

  /** The target of a request in absolute form names the host, in the place of the header. */
  private static Optional<Rejection> targetFlaw(HttpRequest request) {
    if (request.uri().startsWith("/")) {
      return Optional.empty();
    }
    return RequestTarget.resolve(request)
        ? RequestCheck.hostFlaw(request)
        : Optional.of(
            new Rejection(RejectReason.MALFORMED, "The target of the request is no path."));
  }

  /** The service itself may take less than the largest that is read. */
  private void accept(ChannelHandlerContext ctx, HttpRequest request, RouteTable.Hit accepted) {
    int length = ctx.pipeline().get(HeadGuard.class).length();
    Optional<Rejection> flaw = Takeover.tooLarge(accepted, length);
    if (flaw.isPresent()) {
      Optional<GatedService> served = Optional.of(accepted.served());
      refuse(ctx, served, Answer.of(flaw.get(), served, request.headers()), flaw.get());
    } else {
      upgrade = request;
      hit = accepted;
    }
  }

  @Override
  public void flawed(boolean large) {
    refuseHead(
        large
            ? Takeover.tooLarge(activator.routes().maxHead())
            : Rejection.of(RejectReason.MALFORMED));
  }

  private void refuseHead(Rejection flaw) {
    if (context != null && !context.isRemoved()) {
      cancelDeadline();
      hostile(context, flaw);
    }
  }

  @Override
  public boolean keeps(int bytes) {
    keptBytes = bytes;
    return account.resize(bytes());
  }

  private int bytes() {
    return Costs.CONNECTION + unansweredBytes + keptBytes;
  }

  private void close() {
    Activator.close(channel);
  }

  /** An answer must not overtake those that are under way: then there is none. */
  private void hostile(ChannelHandlerContext ctx, Rejection flaw) {
    if (unanswered == 0) {
      Answer answer = Answer.of(flaw, Optional.empty(), EmptyHttpHeaders.INSTANCE);
      refuse(ctx, Optional.empty(), answer, flaw);
    } else {
      activator.events.refused(Optional.empty(), flaw.cause().code, flaw.detail());
      ctx.close();
    }
  }

  private void refuse(
      ChannelHandlerContext ctx, Optional<GatedService> served, Answer answer, Rejection flaw) {
    activator.events.refused(served.map(GatedService::id), flaw.cause().code, flaw.detail());
    answer(ctx, answer);
  }

  private void answer(ChannelHandlerContext ctx, Answer answer) {
    leaveReactor(ctx.pipeline());
    ctx.pipeline().remove(NettyPipeline.HttpCodec);
    Duration linger = activator.settings.linger();
    Duration patience =
        answer.status() == RejectReason.HEAD_TIMEOUT.status ? min(linger, SLOW) : linger;
    ByteBuf last = answer.closing(activator.clock.instant());
    LingeringClose.say(channel, this, last, account, patience);
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private void takeOver(ChannelHandlerContext ctx, HttpRequest request, RouteTable.Hit accepted) {
    new Takeover(activator, channel, account, held -> replaceBy(held, ctx.pipeline()))
        .take(request, accepted)
        .ifPresent(told -> answer(ctx, told));
  }

  /** Removing the codec hands on, to the held upgrade, what the client sent behind its head. */
  private void replaceBy(HeldUpgrade held, ChannelPipeline pipeline) {
    leaveReactor(pipeline);
    pipeline.replace(this, Tunnel.HANDLER, held);
    pipeline.remove(NettyPipeline.HttpCodec);
  }

  /** With a route for ordinary requests, all of a connection is read by what can forward them. */
  @Override
  public boolean hasTakenOver() {
    if (unanswered > 0 || context == null || !activator.routes().takesRequests()) {
      return false;
    }
    cancelDeadline();
    HttpConnection.begin(activator, channel, account, this);
    return true;
  }

  private static void leaveReactor(ChannelPipeline pipeline) {
    pipeline.remove(HeadGuard.class);
    pipeline.remove(NettyPipeline.HttpTrafficHandler);
    pipeline.remove(NettyPipeline.ReactiveBridge);
  }

  /** Bytes that complete no message are the beginning of a head. */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    partial |= !decoded;
    if (!decoded && !headBegun && unanswered == 0) {
      headBegun = true;
      closeAfter(activator.settings.headTimeout(), ctx);
    }
    decoded = false;
    ctx.fireChannelReadComplete();
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    if (msg instanceof HttpResponse response) {
      nameUpgrade(response);
    }
    if (msg instanceof LastHttpContent) {
      ctx.write(msg, promise.unvoid()).addListener(_ -> answered(ctx));
    } else {
      ctx.write(msg, promise);
    }
  }

  /** RFC 9110, 7.8: Reactor Netty has just put a Connection of its own in the place of ours. */
  private static void nameUpgrade(HttpResponse response) {
    if (response.headers().contains(HttpHeaderNames.UPGRADE)) {
      boolean stays = HttpUtil.isKeepAlive(response);
      response
          .headers()
          .set(HttpHeaderNames.CONNECTION, stays ? List.of("Upgrade") : Heads.last(true));
    }
  }

  private void answered(ChannelHandlerContext ctx) {
    unanswered--;
    headBegun = false;
    if (unanswered == 0) {
      unansweredBytes = 0;
      account.become(Kind.HEAD, bytes(), this::close);
    }
    closeAfter(activator.settings.idleTimeout(), ctx);
  }

  private void closeAfter(Duration patience, ChannelHandlerContext ctx) {
    cancelDeadline();
    if (!ctx.isRemoved()) {
      deadline = ctx.executor().schedule(this::giveUp, patience.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  /** Who has sent nothing is not waiting for an answer. */
  private void giveUp() {
    if (partial) {
      refuseHead(Rejection.of(RejectReason.HEAD_TIMEOUT));
    } else if (context != null) {
      context.close();
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
