package dev.dormouse.activator;

import dev.dormouse.activator.head.AcceptKey;
import dev.dormouse.activator.head.ConnectionPeer;
import dev.dormouse.activator.head.ForwardedClient;
import dev.dormouse.activator.head.RejectReason;
import dev.dormouse.activator.head.Rejection;
import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.budget.Account;
import dev.dormouse.budget.Budget.Kind;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.Refusal.Reason;
import dev.dormouse.intake.Costs;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The client's side from its upgrade to the 101: reads on, so that a client that leaves or talks
 * early is seen; dials when the gate admits; ends with the hold at the latest.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
final class HeldUpgrade extends ChannelInboundHandlerAdapter implements Caller {
  static final Duration REDIAL_ELSEWHERE = Duration.ofMillis(250);

  /** Behind the pass that starts the workload, which may have to share our core. */
  private static final long PREPARE_AFTER_MILLIS = 1;

  private final Activator activator;
  private final Channel client;
  private final Account account;
  private final HttpRequest request;
  private final RouteTable.Hit hit;
  private final GatedService served;
  private final ForwardedClient sender;
  private final Tunnel tunnel;
  private final HangUps hangUps;
  private final Instant arrived;
  private Instant dialed;
  private Optional<Endpoint> dialing = Optional.empty();
  private @Nullable UpstreamHandshake handshake;
  private @Nullable Future<?> holdEnd;
  private String expectedAccept = "";
  private byte @Nullable [] readyHead;
  private boolean over;

  HeldUpgrade(
      Activator activator,
      Channel client,
      Account account,
      HttpRequest request,
      RouteTable.Hit hit) {
    this.activator = activator;
    this.client = client;
    this.account = account;
    this.request = request;
    this.hit = hit;
    this.served = hit.served();
    this.sender =
        ForwardedClient.of(
            request.headers(),
            ConnectionPeer.of(client),
            served.trustedProxies(),
            activator.settings.onFly());
    this.tunnel = new Tunnel(activator, served, client);
    this.hangUps = new HangUps(this, activator, client, served);
    this.arrived = activator.clock.instant();
    this.dialed = arrived;
  }

  /** Counts the client as waiting, unless it has talked too early already. */
  void enter() {
    if (over) {
      return;
    }
    Duration hold = hold();
    String userAgent = request.headers().get(HttpHeaderNames.USER_AGENT, "");
    boolean monitor = // the region that serves it knows its own
        !isElsewhere() && served.monitors().isOne(sender.address(), userAgent);
    tunnel.introduce(sender.address(), userAgent, monitor);
    if (monitor
        ? tunnel.visit(sender.client())
        : tunnel.enter(sender.client(), arrived.plus(hold))) {
      holdEnd =
          client.eventLoop().schedule(this::heldTooLong, hold.toNanos(), TimeUnit.NANOSECONDS);
      dial();
      if (dialing.isEmpty()) {
        client.eventLoop().schedule(this::prepare, PREPARE_AFTER_MILLIS, TimeUnit.MILLISECONDS);
      } else {
        expectedAccept(); // behind the dial: a JVM's first digest takes milliseconds
      }
    } else {
      boolean asleep = monitor && !served.gate().isAdmitting();
      refuse(asleep ? Refusal.asleep() : Refusal.of(Reason.FULL, whyFull()));
    }
  }

  /** Makes what a dial needs, and what its answer does, while the client has to wait anyway. */
  private void prepare() {
    if (!over && dialing.isEmpty()) {
      expectedAccept();
      activator.prepare(client, served.spec());
      ByteBuf head = request(client.alloc());
      readyHead = ByteBufUtil.getBytes(head);
      head.release();
    }
  }

  private String whyFull() {
    int most = served.spec().access().maxConnectionsPerClient();
    return most > 0 && served.gate().connections(sender.client()) >= most
        ? "As many connections as allowed come from this address."
        : "As many clients as allowed are waiting or connected.";
  }

  /** Another region may hold a client itself, and then has to answer. */
  private Duration hold() {
    var startup = served.spec().startup();
    return isElsewhere() ? startup.hold().plus(startup.handshake()) : startup.hold();
  }

  boolean isElsewhere() {
    return served.spec().servedBy().isPresent();
  }

  /** What is far is dialled less often. */
  @Override
  public Duration redial() {
    return isElsewhere() ? REDIAL_ELSEWHERE : activator.settings.redial();
  }

  private void dial() {
    Optional<Endpoint> endpoint = tunnel.endpoint();
    if (over || endpoint.isEmpty() || endpoint.equals(dialing)) {
      return;
    }
    abandonHandshake();
    dialed = activator.clock.instant();
    dialing = endpoint;
    activator.dialerFor(client).dial(this, endpoint.get());
  }

  /** A false is remembered until the gate admits again. */
  @Override
  public boolean stillWants(Endpoint endpoint) {
    Optional<Endpoint> dialed = Optional.of(endpoint);
    boolean wants = !over && dialing.equals(dialed) && tunnel.endpoint().equals(dialed);
    if (!wants && dialing.equals(dialed)) {
      dialing = Optional.empty();
    }
    return wants;
  }

  /** The workload has accepted a connection; false if it is of no use any more. */
  boolean accepted(UpstreamHandshake by, Endpoint endpoint) {
    if (handshake != null || !stillWants(endpoint)) {
      return false;
    }
    handshake = by;
    return true;
  }

  /** The head to forward. The caller owns it. */
  ByteBuf head(ByteBufAllocator allocator) {
    return readyHead == null ? request(allocator) : Unpooled.wrappedBuffer(readyHead);
  }

  private ByteBuf request(ByteBufAllocator allocator) {
    return Heads.request(allocator, request, hit, sender, activator.routes().region());
  }

  Duration handshakeTimeout() {
    return isElsewhere() ? hold() : served.spec().startup().handshake();
  }

  /** What the workload has to answer to the client's key. */
  String expectedAccept() {
    if (expectedAccept.isEmpty()) {
      expectedAccept = AcceptKey.of(request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY, ""));
    }
    return expectedAccept;
  }

  /** The workload has switched protocols. What it sends next finds the tunnel in place. */
  void open(UpstreamHandshake by, Channel upstream, HttpResponse response) {
    handshake = null;
    if (over || !account.become(Kind.TUNNEL, Costs.TUNNEL, this::shed) || !tunnel.opened()) {
      upstream.close(); // a refusal is on its way to the client
      return;
    }
    over = true;
    settle();
    Instant now = activator.clock.instant();
    activator.events.opened(
        served.id(), Duration.between(arrived, now), Duration.between(dialed, now));
    // At once: to join the sides takes longer than the system call that a flush with them saves.
    client.writeAndFlush(Heads.switching(client.alloc(), response), client.voidPromise());
    tunnel.join(this, by, upstream, response.headers());
  }

  /** The workload hung up before the end of its answer; {@code begun}: it had said something. */
  void lost(boolean begun) {
    handshake = null;
    hangUps.lost(tunnel.endpoint(), begun);
  }

  /** Dials where there is something to dial. */
  void again() {
    dialing = Optional.empty();
    dial();
  }

  /** What runs hangs up on everybody; if it is replaced, the client waits for what comes next. */
  void hungUp(boolean replaced) {
    if (over) {
      return;
    }
    foundDeaf("it hangs up on every handshake");
    if (replaced) {
      dialing = Optional.empty();
    } else {
      failed(RejectReason.BAD_GATEWAY);
    }
  }

  @Override
  public ChannelInboundHandler side(Endpoint endpoint) {
    return new UpstreamHandshake(this, endpoint);
  }

  @Override
  public Instant now() {
    return activator.clock.instant();
  }

  @Override
  public void unreachable(Endpoint endpoint) {
    if (!isElsewhere()) {
      foundBroken(
          FailureReason.UNREACHABLE,
          "it runs, but nobody accepts connections at " + endpoint + " any more");
    }
  }

  /** The workload did not do its part of the handshake. */
  void failed(RejectReason cause) {
    tunnel.turnedAway();
    end(Answer.ofUpstream(cause, served, request.headers()), cause.code, cause.detail);
    if (!isElsewhere()) {
      switch (cause) {
        case HANDSHAKE_TIMEOUT -> foundDeaf("it accepts connections but does not answer");
        case TLS_UPSTREAM -> foundDeaf("it answers with TLS, and has to speak plain HTTP");
        default -> {}
      }
    }
  }

  private void foundDeaf(String message) {
    foundBroken(FailureReason.DEAF, message);
  }

  private void foundBroken(FailureReason reason, String message) {
    activator.events.foundBroken(served.id(), reason, message);
  }

  /**
   * The workload refuses this client: its own answer is passed on as it comes; of one elsewhere,
   * which may be anything that listens, only the status.
   */
  void relay(ChannelHandlerContext upstream, HttpResponse refusal) {
    if (isElsewhere()) {
      Answer answer = Answer.ofElsewhere(refusal.status().code(), served, request.headers());
      end(answer, ActivatorEvents.UPSTREAM_REFUSED, Answer.REFUSED_ELSEWHERE);
      return;
    }
    handshake = null;
    tunnel.answered();
    tunnel.turnedAway();
    conclude(ActivatorEvents.UPSTREAM_REFUSED, "The service answered " + refusal.status() + ".");
    var relay = new RefusalRelay(this, client, upstream.channel(), refusal, handshakeTimeout());
    upstream.pipeline().replace(upstream.handler(), null, relay);
  }

  /** What the client is kept on. */
  Account account() {
    return account;
  }

  /** How long a client may take to read the end of an answer. */
  Duration linger() {
    return activator.settings.linger();
  }

  /** Something went wrong on the workload's side, which is closed. */
  void broken(Throwable cause) {
    activator.broken(Optional.of(served.id()), cause);
  }

  /** There is no room for it. Thread-safe. */
  void shed() {
    if (client.eventLoop().inEventLoop()) {
      refuse(Refusal.of(Reason.FULL, "As many clients as there is memory for are connected."));
    } else {
      client.eventLoop().execute(this::shed);
    }
  }

  private void heldTooLong() {
    refuse(Refusal.of(Reason.HELD_TOO_LONG, "The service was not ready in time."));
  }

  private void refuse(Refusal refusal) {
    Answer answer = Answer.of(refusal, served, request.headers(), activator.clock.instant());
    end(answer, refusal.reason().code(), refusal.detail());
  }

  private void end(Answer answer, String code, String detail) {
    if (!over) {
      conclude(code, detail);
      LingeringClose.say(
          client, this, answer.closing(activator.clock.instant()), account, linger());
    }
  }

  /** It is answered, by other means than a tunnel. */
  private void conclude(String code, String detail) {
    over = true;
    settle();
    tunnel.close();
    activator.events.refused(Optional.of(served.id()), code, detail);
  }

  private void settle() {
    abandonHandshake();
    if (holdEnd != null) {
      holdEnd.cancel(false);
    }
  }

  private void abandonHandshake() {
    if (handshake != null) {
      handshake.abandon();
      handshake = null;
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ReferenceCountUtil.release(msg);
    Rejection flaw = Rejection.of(RejectReason.EARLY_BYTES);
    end(Answer.of(flaw, Optional.of(served), request.headers()), flaw.cause().code, flaw.detail());
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof GateSignal signal) {
      switch (signal) {
        case GateSignal.Admitted() -> dial();
        case GateSignal.Refused(Refusal refusal) -> refuse(refusal);
        case GateSignal.Leave _ -> {}
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (!over) {
      over = true;
      settle();
      tunnel.close();
      activator.events.left(served.id(), Duration.between(arrived, activator.clock.instant()));
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    activator.broken(Optional.of(served.id()), cause);
    ctx.close();
  }
}
