package dev.dormouse.activator;

import static java.util.Objects.requireNonNull;

import dev.dormouse.activator.head.ConnectionPeer;
import dev.dormouse.activator.head.ForwardedClient;
import dev.dormouse.activator.head.RejectReason;
import dev.dormouse.activator.head.Rejection;
import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.budget.Account;
import dev.dormouse.budget.Budget.Kind;
import dev.dormouse.core.ServiceSpec.OwnAnswer;
import dev.dormouse.intake.BodyReader;
import dev.dormouse.intake.Costs;
import dev.dormouse.intake.HeadGuard;
import dev.dormouse.intake.RequestGuard;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.netty.NettyPipeline;

/**
 * The client's side of a connection on which ordinary requests may be forwarded: takes them one
 * after the other, answers those that are not, and leaves the connection to a valid upgrade. In the
 * pipeline behind {@link RequestGuard} and a decoder of heads; used only where a route asks for it.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
final class HttpConnection extends ChannelInboundHandlerAdapter implements RequestGuard.Watch {
  final Activator activator;
  final Channel channel;
  final Account account;
  final RequestGuard guard;
  final Unread unread;
  final Outflow out;
  final Vigil vigil = new Vigil(this);
  private final HeadDecoder decoder;
  private @Nullable HttpRequest request;
  private @Nullable HttpExchange exchange;
  private final Deadline deadline;
  private boolean headBegun;

  /** The current request is the last one. */
  private boolean ending;

  private boolean flowing;
  private boolean left;
  private int keptBytes;

  private HttpConnection(Activator activator, Channel channel, Account account) {
    this.activator = activator;
    this.channel = channel;
    this.account = account;
    this.guard = new RequestGuard(() -> activator.routes().maxHead(), this);
    this.decoder = new HeadDecoder(Activator.MAX_HEAD_BYTES);
    this.unread = new Unread(activator.budget, this::shed);
    this.deadline = new Deadline(channel.eventLoop(), activator.clock, this::giveUp);
    this.out = new Outflow(channel, unread, this::taken);
  }

  /** Puts itself, with what it needs, in the place of what serves a connection at first. */
  static void begin(Activator activator, Channel channel, Account account, Entrance before) {
    var connection = new HttpConnection(activator, channel, account);
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.remove(NettyPipeline.HttpTrafficHandler);
    pipeline.remove(NettyPipeline.ReactiveBridge);
    pipeline.replace(before, null, connection);
    pipeline.replace(NettyPipeline.HttpCodec, null, connection.decoder);
    pipeline.replace(HeadGuard.class, null, connection.guard);
    channel.config().setAutoRead(true);
    connection.deadline.after(activator.settings.headTimeout());
  }

  /** Whether the client's version is HTTP/1.0. */
  boolean isOld() {
    return request != null && request.protocolVersion().minorVersion() == 0;
  }

  /** Whether more of the body of the request is wanted. */
  boolean isFlowing() {
    return flowing;
  }

  int keptBytes() {
    return keptBytes;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (msg instanceof HttpRequest head) {
      boolean flawed = head.decoderResult().isFailure();
      request = flawed ? null : head;
      if (flawed) {
        deadline.lift();
        hostile(Rejection.of(RejectReason.MALFORMED));
      }
    } else if (msg instanceof LastHttpContent && request != null) {
      arrived(request);
    } else {
      ReferenceCountUtil.release(msg);
    }
  }

  private void arrived(HttpRequest head) {
    activator.events.contacted();
    deadline.lift();
    headBegun = false;
    flowing = false;
    Optional<BodyReader> body = decoder.framing();
    Optional<Rejection> flaw = Framing.flaw(head, body);
    if (flaw.isPresent()) {
      hostile(flaw.get());
      return;
    }
    guard.expect(body.orElseThrow());
    ending = !HttpUtil.isKeepAlive(head);
    if (body.get().isChunked()) {
      head.headers().set(HttpHeaderNames.TRANSFER_ENCODING, "chunked"); // the decoder removed it
    }
    switch (RequestCheck.of(head, activator.routes())) {
      case RequestCheck.Accept(var hit) -> upgrade(head, hit);
      case RequestCheck.Tell tell -> respond(activator.tell(head, tell));
      case RequestCheck.Own(var served, var own) -> answer(served, own);
      case RequestCheck.Forward(var hit) -> forward(head, hit, body.get());
      case RequestCheck.Refuse(var served, var found) -> refuse(head, served, found);
    }
  }

  private void upgrade(HttpRequest head, RouteTable.Hit hit) {
    Optional<Rejection> flaw = Takeover.tooLarge(hit, guard.length());
    if (flaw.isPresent()) {
      refuse(head, Optional.of(hit.served()), flaw.get());
    } else {
      new Takeover(activator, channel, account, this::replaceBy)
          .take(head, hit)
          .ifPresent(this::respond);
    }
  }

  /** Removing the guard hands on, to the held upgrade, what the client sent behind its head. */
  private void replaceBy(HeldUpgrade held) {
    channel.pipeline().replace(this, Tunnel.HANDLER, held);
    channel.pipeline().remove(decoder);
    channel.pipeline().remove(guard);
  }

  private void answer(GatedService served, OwnAnswer own) {
    activator.events.answeredInstead(served.id(), "own-answer");
    respond(Answer.of(own));
  }

  private void forward(HttpRequest head, RouteTable.Hit hit, BodyReader body) {
    Optional<Rejection> flaw = Takeover.tooLarge(hit, guard.length());
    Optional<Answer> told =
        flaw.isPresent() ? Optional.empty() : Takeover.elsewhere(activator, head, hit);
    if (flaw.isPresent()) {
      refuse(head, Optional.of(hit.served()), flaw.get());
    } else if (told.isPresent()) {
      respond(told.get());
    } else {
      RouteTable.Hit there = Takeover.there(activator, head, hit);
      var sender =
          ForwardedClient.of(
              head.headers(),
              ConnectionPeer.of(channel),
              hit.served().trustedProxies(),
              activator.settings.onFly());
      var message = new HttpExchange.Message(head, there, sender, activator.routes().region());
      var next = new HttpExchange(this, message, body);
      exchange = next;
      next.start();
      Takeover.locate(activator, there);
    }
  }

  private void refuse(HttpRequest head, Optional<GatedService> served, Rejection flaw) {
    activator.events.refused(served.map(GatedService::id), flaw.cause().code, flaw.detail());
    respond(Answer.of(flaw, served, head.headers()));
  }

  /** What cannot be understood is followed by nothing that could be. */
  private void hostile(Rejection flaw) {
    ending = true;
    activator.events.refused(Optional.empty(), flaw.cause().code, flaw.detail());
    respond(Answer.of(flaw, Optional.empty(), EmptyHttpHeaders.INSTANCE));
  }

  /** Sends an answer of our own; with the rest of a body to come it is the last one. */
  void respond(Answer answer) {
    ending |= guard.isInBody();
    if (ending) {
      answer.last();
    } else if (isOld() && !answer.headers().contains(HttpHeaderNames.CONNECTION)) {
      answer.headers().set("Connection", "keep-alive");
    }
    boolean head = request != null && request.method().equals(HttpMethod.HEAD);
    out.give(answer.whole(activator.clock.instant(), !head));
    finished(false);
  }

  /** The answer under way is the last one. */
  void endsWithThis() {
    ending = true;
  }

  /** What the client is told of the connection; empty for nothing. */
  String connectionField() {
    return ending ? "close" : isOld() ? "keep-alive" : "";
  }

  /**
   * The answer is complete, with everything that was put out.
   *
   * @param cutRequest whether the rest of the request is of no use any more
   */
  void finished(boolean cutRequest) {
    exchange = null;
    if (ending || cutRequest || guard.isInBody()) {
      farewell();
    } else {
      account.become(Kind.ANSWER, LingeringClose.kept(channel) + keptBytes, this::close);
      deadline.after(activator.settings.linger());
      out.then(this::again);
    }
  }

  private void again() {
    if (!left) {
      request = null;
      account.become(Kind.HEAD, bytes(), this::close);
      deadline.after(activator.settings.idleTimeout());
      guard.next();
    }
  }

  private void farewell() {
    left = true;
    deadline.lift();
    out.flush();
    ChannelPipeline pipeline = channel.pipeline();
    if (pipeline.context(this) != null) {
      LingeringClose.say(
          channel, this, Unpooled.EMPTY_BUFFER, account, activator.settings.linger());
      pipeline.remove(decoder);
      pipeline.remove(guard);
    }
  }

  /**
   * The answer is not whole, and ends here.
   *
   * @param unframed whether its end is that of the connection: only a reset tells then
   */
  void cut(boolean unframed) {
    exchange = null;
    if (unframed) {
      LingeringClose.reset(channel, activator.settings.linger(), out::then);
    } else {
      farewell();
    }
  }

  @Override
  public void content(ByteBuf piece) {
    if (exchange != null) {
      exchange.upload(piece);
    }
  }

  @Override
  public void contentEnded(String trailers) {
    if (exchange != null) {
      exchange.upload.complete(trailers);
    }
  }

  @Override
  public void contentFlawed() {
    if (exchange != null) {
      ending = true;
      exchange.refuseBody(
          new Rejection(RejectReason.MALFORMED, "The body is not framed as RFC 9112, 7.1 says."));
    }
  }

  /** From now on the body of the request is taken, or it is not. */
  void flow(boolean flag) {
    flowing = flag;
    guard.flow(flag);
    if (flag && exchange != null) {
      exchange.upload.flush();
    }
  }

  private void taken() {
    if (exchange != null) {
      exchange.answerTaken();
    }
  }

  @Override
  public void flawed(boolean large) {
    deadline.lift();
    request = null;
    hostile(
        large
            ? Takeover.tooLarge(activator.routes().maxHead())
            : Rejection.of(RejectReason.MALFORMED));
  }

  @Override
  public void begun() {
    if (!headBegun) {
      headBegun = true;
      deadline.after(activator.settings.headTimeout());
    }
  }

  @Override
  public boolean keeps(int bytes) {
    keptBytes = bytes;
    return account.resize(bytes());
  }

  private int bytes() {
    HttpRequest held = exchange == null ? null : request;
    return keptBytes + (held == null ? Costs.CONNECTION : Costs.held(held));
  }

  private void close() {
    Activator.close(channel);
  }

  /** There is no room for what waits for one of both ends. Thread-safe. */
  private void shed() {
    channel
        .eventLoop()
        .execute(
            () -> {
              if (exchange != null) {
                exchange.cut("memory");
              }
              channel.close();
            });
  }

  /** Who has sent nothing is not waiting for an answer. */
  private void giveUp() {
    if (headBegun) {
      request = null;
      hostile(Rejection.of(RejectReason.HEAD_TIMEOUT));
    } else {
      channel.close();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (exchange != null) {
      exchange.upload.flush();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    taken();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    left = true;
    if (exchange != null) {
      exchange.left();
    }
    out.close();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    deadline.close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    activator.broken(Optional.empty(), cause);
    requireNonNull(ctx).close();
  }
}
