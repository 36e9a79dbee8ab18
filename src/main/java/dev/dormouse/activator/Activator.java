package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.dormouse.activator.head.HttpDate;
import dev.dormouse.activator.head.RejectReason;
import dev.dormouse.activator.head.Rejection;
import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.budget.Account;
import dev.dormouse.budget.Budget;
import dev.dormouse.budget.Budget.Kind;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.intake.Costs;
import dev.dormouse.intake.HeadGuard;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.ChannelBindException;
import reactor.netty.DisposableServer;
import reactor.netty.NettyPipeline;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/**
 * The WebSocket proxy: holds upgrades until their service is there, then relays bytes. Reactor
 * Netty serves the listener and all refusals; valid upgrades leave it (see {@link Entrance}).
 * Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
public final class Activator implements AutoCloseable {
  private static final Rejection PIPELINED =
      new Rejection(
          RejectReason.BAD_HANDSHAKE, "An upgrade came before the request in front was answered.");

  /** What one side of a tunnel may have waiting to be written before the other is not read. */
  static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 * 1024, 64 * 1024);

  /** Bounds what a peer's FIN makes Netty read at once, with or without back-pressure. */
  static final int RECEIVE_BUFFER_BYTES = 256 * 1024;

  /** What a server has sent and waits for a slow client; servers are near, so it takes little. */
  static final int UPSTREAM_RECEIVE_BUFFER_BYTES = 64 * 1024;

  /**
   * Bounds what waits for a client out of our sight: a slow one is seen to take something before
   * its answer to a PING behind all that is overdue.
   */
  static final int SEND_BUFFER_BYTES = 128 * 1024;

  /** Who is not let in waits here; the kernel has a bound of its own, 4,096 by default. */
  private static final int BACKLOG = 16 * 1024;

  /** The most that {@code limits.maxHead} may be. */
  static final int MAX_HEAD_BYTES = 1024 * 1024;

  final ActivatorSettings settings;
  final Budget budget;
  final InstantSource clock;
  final ActivatorEvents events;
  final RegionRedirect elsewhere;
  final ReadBuffer readBuffer;
  private final LoopResources loops;
  private final DisposableServer server;
  private volatile @Nullable Channel listener;
  private volatile boolean wanted = true;
  private final Map<EventLoop, Dialer> dialers = new ConcurrentHashMap<>();
  private final Map<KeepaliveTimer.Key, KeepaliveTimer> keepalives = new ConcurrentHashMap<>();
  private final Set<Channel> channels = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connected = new AtomicInteger();
  private final AtomicBoolean hasRoom = new AtomicBoolean(true);
  private final Set<UntilServed> early = ConcurrentHashMap.newKeySet();
  private volatile RouteTable routes = RouteTable.of(List.of(), Optional.empty());
  private volatile boolean serving;

  private Activator(
      ActivatorSettings settings,
      Budget budget,
      LoopResources loops,
      InstantSource clock,
      ActivatorEvents events) {
    this.settings = settings;
    this.budget = budget;
    this.readBuffer = new ReadBuffer(budget);
    this.clock = clock;
    this.events = events;
    this.elsewhere = new RegionRedirect(settings, events, clock);
    this.loops = loops;
    this.server = listen();
    Dialer.prepareErrors(server.channel());
  }

  /**
   * Listens. Until {@link #serve} is called, connections are accepted but not read.
   *
   * @param budget on which clients are kept
   * @param loops where connections live; not closed with the activator
   * @throws UncheckedIOException if the address cannot be listened on; the message says why
   */
  public static Activator start(
      ActivatorSettings settings,
      Budget budget,
      LoopResources loops,
      InstantSource clock,
      ActivatorEvents events) {
    return new Activator(settings, budget, loops, clock, events);
  }

  /** From now on requests are routed by this table. Held upgrades and live tunnels stay. */
  public void serve(RouteTable table) {
    routes = table;
    serving = true;
    early.forEach(UntilServed::end);
    early.clear();
  }

  /** The port listened on. */
  public int port() {
    return server.port();
  }

  /** The address listened on: the one that was asked for, or that of an inherited socket. */
  public InetSocketAddress address() {
    return (InetSocketAddress) server.address();
  }

  /**
   * Whether connections are accepted, as they are at first. If not, the kernel queues them, up to
   * the backlog of the socket; what is connected stays. It holds when this returns; must not be
   * called on an event loop.
   */
  public void accept(boolean flag) {
    wanted = flag;
    Channel listening = server.channel();
    listening
        .eventLoop()
        .submit(() -> listening.config().setAutoRead(flag && hasRoom.get()))
        .awaitUninterruptibly();
  }

  /** What listens; nothing is accepted while its event loop is at something else. */
  public Channel listener() {
    return server.channel();
  }

  /** Closes every connection that serves no service. To be called where none serves one. */
  public void closeIdle() {
    channels.forEach(channel -> channel.close());
  }

  /** How many clients are relayed to another region; they are in no service's demand. */
  public int relayedElsewhere() {
    return elsewhere.clients();
  }

  /** How many clients are connected, whatever they do. */
  public int connections() {
    return connected.get();
  }

  /** Stops listening and closes every connection. Must not be called on an event loop. */
  @Override
  public void close() {
    server.disposeNow();
    channels.forEach(channel -> channel.close());
    dialers.values().forEach(Dialer::close);
  }

  /** A connection broke: a bug, unless the network did it. The connection is closed. */
  void broken(Optional<ServiceId> service, Throwable cause) {
    if (!(cause instanceof IOException)) {
      events.broke(service, cause);
    }
  }

  RouteTable routes() {
    return routes;
  }

  Dialer dialerFor(Channel client) {
    return dialers.computeIfAbsent(client.eventLoop(), loop -> new Dialer(loop, loops, readBuffer));
  }

  /** Has at hand what the client's tunnel will need. */
  void prepare(Channel client, ServiceSpec spec) {
    dialerFor(client).prepare();
    var _ = keepaliveFor(client, spec);
  }

  KeepaliveTimer keepaliveFor(Channel client, ServiceSpec spec) {
    return keepalives.computeIfAbsent(
        KeepaliveTimer.Key.of(client.eventLoop(), spec), KeepaliveTimer::new);
  }

  private DisposableServer listen() {
    try {
      return HttpServer.create()
          .host(settings.host())
          .port(settings.port())
          .runOn(loops)
          .protocol(HttpProtocol.HTTP11)
          .option(ChannelOption.SO_BACKLOG, BACKLOG)
          .option(ChannelOption.SO_REUSEADDR, true)
          .childOption(ChannelOption.TCP_NODELAY, true)
          .childOption(ChannelOption.SO_KEEPALIVE, true)
          .childOption(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
          .childOption(ChannelOption.SO_SNDBUF, SEND_BUFFER_BYTES)
          .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
          .childOption(ChannelOption.RECVBUF_ALLOCATOR, readBuffer)
          .httpRequestDecoder(
              decoder ->
                  decoder
                      .maxInitialLineLength(MAX_HEAD_BYTES) // what is meant stands in HeadGuard
                      .maxHeaderSize(MAX_HEAD_BYTES))
          .doOnBound(bound -> listener = bound.channel())
          .doOnChannelInit((_, channel, _) -> admit(channel))
          .handle(this::answer)
          .bindNow();
    } catch (ChannelBindException e) {
      String reason =
          String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
      String why =
          reason.contains("already in use")
              ? "address already in use; --listen HOST:PORT names another"
              : reason;
      String where = "listen " + settings.host() + ":" + settings.port();
      throw new UncheckedIOException(where + ": " + why, new IOException(e));
    }
  }

  private void admit(Channel channel) {
    events.contacted();
    var account = budget.open(Kind.HEAD, Costs.CONNECTION, () -> close(channel));
    if (account.isEmpty()) {
      return;
    }
    Account its = account.get();
    var entrance = new Entrance(this, channel, its);
    var guard = new HeadGuard(() -> routes.maxHead(), entrance);
    channel.pipeline().addBefore(NettyPipeline.HttpCodec, null, guard);
    channel.pipeline().addAfter(NettyPipeline.HttpCodec, null, entrance);
    if (channel.remoteAddress() instanceof InetSocketAddress peer
        && settings.proxyProtocol().test(peer.getAddress())) {
      ProxyHeader.expect(channel, events);
    }
    connected.incrementAndGet();
    channels.add(channel);
    channel.closeFuture().addListener(_ -> forget(channel, its));
    if (!serving) {
      holdBack(channel);
    }
    heedRoom();
  }

  /** Closes it at once on its event loop, else soon. Thread-safe. */
  static void close(Channel channel) {
    if (channel.eventLoop().inEventLoop()) {
      channel.close();
    } else {
      channel.eventLoop().execute(() -> channel.close());
    }
  }

  /** While nobody can be let in, who comes stays with the kernel. */
  void heedRoom() {
    if (budget.isFull() && hasRoom.compareAndSet(true, false)) {
      heed();
      budget.whenRoom(
          () -> {
            hasRoom.set(true);
            heed();
          });
    }
  }

  /** On the listener's own event loop: only there a read that has been asked for is taken back. */
  private void heed() {
    Channel where = listener;
    if (where != null && !where.eventLoop().isShuttingDown()) {
      where.eventLoop().execute(() -> where.config().setAutoRead(wanted && hasRoom.get()));
    }
  }

  /** The routes may come while it is done. */
  private void holdBack(Channel channel) {
    var connection = new UntilServed(channel);
    channel.pipeline().addFirst(connection);
    early.add(connection);
    channel.closeFuture().addListener(_ -> early.remove(connection));
    if (serving) {
      connection.end();
      early.remove(connection);
    }
  }

  private void forget(Channel channel, Account account) {
    account.close();
    channels.remove(channel);
    connected.decrementAndGet();
  }

  private Answer refusal(Optional<GatedService> served, Rejection flaw, HttpRequest request) {
    events.refused(served.map(GatedService::id), flaw.cause().code, flaw.detail());
    return Answer.of(flaw, served, request.headers());
  }

  /** What a web page is told; by the region that serves it, if requests can be replayed there. */
  Answer tell(HttpRequest request, RequestCheck.Tell tell) {
    return tell.served()
        .filter(_ -> tell.question() == PageScript.Question.STATUS)
        .flatMap(served -> elsewhere.replay(request, served))
        .orElseGet(() -> PageScript.answer(request, tell, clock.instant()));
  }

  /** Everything that is not taken over gets its answer here. */
  private Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response) {
    var head =
        new DefaultHttpRequest(
            request.version(), request.method(), request.uri(), request.requestHeaders());
    Answer answer =
        switch (RequestCheck.of(head, routes)) {
          case RequestCheck.Tell tell -> tell(head, tell);
          case RequestCheck.Refuse(var served, var flaw) -> refusal(served, flaw, head);
          case RequestCheck.Own(_, var own) -> Answer.of(own);
          case RequestCheck.Forward(var hit) ->
              refusal(Optional.of(hit.served()), Rejection.of(RejectReason.ROUTES_CHANGED), head);
          case RequestCheck.Accept(var hit) -> refusal(Optional.of(hit.served()), PIPELINED, head);
        };
    if (HeadGuard.isLast(request.requestHeaders())) {
      answer.last();
    }
    response.status(answer.status()).headers(answer.headers());
    byte[] body = answer.body().getBytes(UTF_8);
    response.header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length));
    response.header(HttpHeaderNames.DATE, HttpDate.of(clock.instant()));
    return request.method().equals(HttpMethod.HEAD)
        ? response.send()
        : response.sendByteArray(Mono.just(body));
  }
}
