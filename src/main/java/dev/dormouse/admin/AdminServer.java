package dev.dormouse.admin;

import static dev.dormouse.admin.AdminExchange.JSON;
import static dev.dormouse.admin.AdminExchange.PLAIN;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import dev.dormouse.admin.metrics.Metrics;
import dev.dormouse.budget.Budget;
import dev.dormouse.budget.Budget.Kind;
import dev.dormouse.control.LogLine;
import dev.dormouse.control.LogRateLimiter;
import dev.dormouse.control.ManualControl;
import dev.dormouse.control.ServiceView;
import dev.dormouse.control.ThrownLine;
import dev.dormouse.control.WarmWindows;
import dev.dormouse.core.Text;
import dev.dormouse.intake.Costs;
import dev.dormouse.intake.HeadGuard;
import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ChannelBindException;
import reactor.netty.DisposableServer;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/**
 * The admin port: {@code /livez}, {@code /readyz}, {@code /metrics}, {@code /services}, {@code
 * /report}, {@code /events} and the page at {@code /}. Nothing that is read here is demand for a
 * service; what changes one is told by POST only, see {@link ControlEndpoint}.
 */
public final class AdminServer implements AutoCloseable {
  private static final long CLOSE_MILLIS = 1000;
  private static final String STUCK = "the control thread is stuck\n";
  private static final int MAX_MISTAKES = 20;

  /** As much as the codec reads. */
  private static final int MAX_HEAD_BYTES = 8192;

  /** A control thread that is longer at one task is stuck. */
  private static final Duration MAX_BUSY = Duration.ofSeconds(10);

  private final HostCheck hosts;
  private final Budget budget;
  private final Callers callers = new Callers();
  private final Map<String, StaticPage> pages = new HashMap<>();
  private final Metrics metrics;
  private final ServicesJson json;
  private final SavingsReport report;
  private final InstantSource clock;
  private final ViewSampler lookout;
  private final Viewers viewers;
  private final ControlEndpoint orders;
  private final Supplier<Duration> busyFor;
  private final LogRateLimiter log;
  private final Nap nap;
  private final CompletableFuture<Void> known = new CompletableFuture<>();
  private final Supplier<Optional<String>> trouble;
  private final ChannelGroup connections = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE);
  private final ChannelGroup answered = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE);
  private final DisposableServer server;
  private final AtomicInteger asked = new AtomicInteger();
  private volatile boolean ready;
  private volatile boolean stopping;
  private volatile String mistakes = "";

  private AdminServer(
      AdminSettings settings,
      LoopResources loops,
      Subject subject,
      Metrics metrics,
      InstantSource clock) {
    this.hosts = new HostCheck(settings.host());
    this.pages.put("/", StaticPage.resource(AdminServer.class, "page.html", "'self'"));
    this.pages.putAll(settings.pages());
    this.metrics = metrics;
    this.budget = metrics.budget();
    var windows = new WarmWindows(InstantSource.system());
    this.json =
        new ServicesJson(
            new JsonFactory(),
            settings.region(),
            subject.wallTime(),
            metrics.savings(),
            subject.nap().obstacle(),
            spec -> windows.at(clock.instant(), spec.warm()));
    this.report = new SavingsReport(json, metrics.savings(), budget);
    this.clock = clock;
    this.lookout = new ViewSampler(subject.services(), metrics, clock);
    this.orders =
        new ControlEndpoint(
            subject.control(), new ControlAuthorization(settings.token()), json, clock);
    this.busyFor = subject.busyFor();
    this.log = subject.log();
    this.nap = subject.nap();
    this.trouble = subject.trouble();
    this.viewers = new Viewers(loops.onServer(true).next(), lookout, json, metrics, clock);
    this.server = listen(settings, loops);
  }

  private DisposableServer listen(AdminSettings settings, LoopResources loops) {
    try {
      return HttpServer.create()
          .host(settings.host())
          .port(settings.port())
          .runOn(loops)
          .doOnChannelInit((_, channel, _) -> accept(channel))
          .handle((request, response) -> counted(new AdminExchange(request, response)))
          .bindNow();
    } catch (ChannelBindException e) {
      String reason = String.valueOf(e.getCause() == null ? e : e.getCause().getMessage());
      String why =
          reason.contains("already in use")
              ? "address already in use; --admin HOST:PORT names another"
              : reason;
      String where = "admin " + settings.host() + ":" + settings.port();
      throw new UncheckedIOException(where + ": " + why, new IOException(e));
    }
  }

  /**
   * What is told of, and acted on.
   *
   * @param busyFor how long the thread that all passes run on has been at its present task;
   *     thread-safe
   * @param trouble what is wrong with the machine though services are served; thread-safe
   * @param wallTime what people's clocks show at a time of the services; thread-safe
   * @param log bounds what those who ask can have written
   * @param nap thread-safe
   */
  public record Subject(
      ServiceView.Source services,
      ManualControl control,
      Supplier<Duration> busyFor,
      Supplier<Optional<String>> trouble,
      UnaryOperator<Instant> wallTime,
      LogRateLimiter log,
      Nap nap) {
    /** The same of one that never naps. */
    public Subject(
        ServiceView.Source services,
        ManualControl control,
        Supplier<Duration> busyFor,
        UnaryOperator<Instant> wallTime,
        LogRateLimiter log) {
      this(
          services,
          control,
          busyFor,
          Optional::empty,
          wallTime,
          log,
          new Nap(_ -> {}, Optional::empty, false));
    }
  }

  /**
   * What a nap of Dormouse itself has to do with the admin port.
   *
   * @param contacted told of each request, by its path, once it is answered
   * @param obstacle why it is awake, for people; empty if it does not say
   * @param ended whether it has just ended: then requests are answered when the services are known
   */
  public record Nap(
      Consumer<String> contacted, Supplier<Optional<String>> obstacle, boolean ended) {}

  /**
   * Listens. {@code /readyz} says no until {@link #ready()}.
   *
   * @param loops shared with the rest; closed after this
   * @param clock of the times in {@code subject}
   * @throws UncheckedIOException if the address cannot be listened on; the message says why
   */
  public static AdminServer start(
      AdminSettings settings,
      LoopResources loops,
      Subject subject,
      Metrics metrics,
      InstantSource clock) {
    return new AdminServer(settings, loops, subject, metrics, clock);
  }

  /** Where it listens. */
  public int port() {
    return server.port();
  }

  /** The address listened on: the one that was asked for, or that of an inherited socket. */
  public InetSocketAddress address() {
    return (InetSocketAddress) server.address();
  }

  /** What listens; nothing is accepted while its event loop is at something else. */
  public Channel listener() {
    return server.channel();
  }

  /** How many connections there are, whatever they do. */
  public int connections() {
    return connections.size();
  }

  /** How many requests are being answered; who watches the live page is one of them. */
  public int asked() {
    return asked.get();
  }

  /** Closes the connections that had an answer and ask for no other one. */
  public void closeIdle() {
    var _ = answered.close();
  }

  /** From now on new connections would be served. */
  public void ready() {
    ready = true;
    known.complete(null);
  }

  /** Mistakes in the manifests, for which something older holds; {@code /readyz} tells of them. */
  public void configured(List<String> problems) {
    mistakes =
        problems.stream()
            .limit(MAX_MISTAKES)
            .map(problem -> "kept as it was: " + problem + "\n")
            .collect(Collectors.joining());
  }

  /** Measures what the services use, on a thread of its own. */
  public void measure() {
    var _ = lookout.look(List::size);
  }

  /** From now on they would not, whatever is told later: Dormouse is stopping. */
  public void stopping() {
    stopping = true;
  }

  @Override
  public void close() {
    stopping();
    server.disposeNow();
    connections.close().awaitUninterruptibly(CLOSE_MILLIS);
    lookout.close();
  }

  private void accept(Channel channel) {
    var caller = new HeadTimeout(channel, callers);
    callers.enter(caller).ifPresent(HeadTimeout::close);
    channel.closeFuture().addListener(_ -> callers.leave(caller));
    budget
        .open(Kind.ADMIN, Costs.CONNECTION, caller::close)
        .ifPresent(
            account -> {
              caller.keepOn(account);
              channel.closeFuture().addListener(_ -> account.close());
            });
    channel
        .pipeline()
        .addBefore(NettyPipeline.HttpCodec, null, new HeadGuard(() -> MAX_HEAD_BYTES, caller));
    channel.pipeline().addAfter(NettyPipeline.HttpCodec, null, caller);
    connections.add(channel);
  }

  /** It is told of once it is over: until then it is under way, and what came before is known. */
  private Publisher<Void> counted(AdminExchange exchange) {
    asked.incrementAndGet();
    exchange.response().withConnection(it -> answered.add(it.channel()));
    return Flux.from(nap.ended() ? answerOnceKnown(exchange) : answer(exchange))
        .doFinally(
            _ -> {
              asked.decrementAndGet();
              nap.contacted().accept(exchange.path());
            });
  }

  /** Before the services are there again, they would seem not to exist. */
  private Publisher<Void> answerOnceKnown(AdminExchange exchange) {
    return exchange.path().equals("/livez")
        ? answer(exchange)
        : Mono.fromFuture(known, true).then(Mono.defer(() -> Mono.from(answer(exchange))));
  }

  private Publisher<Void> answer(AdminExchange exchange) {
    if (!hosts.admits(exchange.request())) {
      return exchange.send(421, PLAIN, "Ask by IP address, or as localhost.\n");
    }
    Optional<ControlEndpoint.Order> order = ControlEndpoint.parse(exchange.path());
    if (order.isPresent()) {
      return exchange.request().method().equals(HttpMethod.POST)
          ? orders.obey(exchange, order.get())
          : exchange.notAllowed("POST");
    }
    if (!exchange.reads()) {
      return exchange.notAllowed("GET, HEAD");
    }
    return switch (exchange.path()) {
      case "/livez" ->
          isStuck() ? exchange.send(503, PLAIN, STUCK) : exchange.send(200, PLAIN, "ok\n");
      case "/readyz" -> ready(exchange);
      case "/metrics" ->
          look(exchange, Metrics.CONTENT_TYPE, views -> Optional.of(metrics.text(views)));
      case "/services" ->
          look(exchange, JSON, views -> Optional.of(json.all(views).getBytes(UTF_8)));
      case "/report" ->
          look(
              exchange,
              JSON,
              views -> Optional.of(report.text(views, clock.instant()).getBytes(UTF_8)));
      case "/events" -> viewers.answer(exchange);
      default -> find(exchange);
    };
  }

  private Publisher<Void> ready(AdminExchange exchange) {
    if (isStuck()) {
      return exchange.send(503, PLAIN, STUCK);
    }
    return ready && !stopping
        ? exchange.send(200, PLAIN, "ok\n" + mistakes + told(trouble.get()))
        : exchange.send(503, PLAIN, "not ready\n");
  }

  private static String told(Optional<String> trouble) {
    return trouble.map(it -> Text.printable(it) + "\n").orElse("");
  }

  private boolean isStuck() {
    return busyFor.get().compareTo(MAX_BUSY) > 0;
  }

  private Publisher<Void> find(AdminExchange exchange) {
    String path = exchange.path();
    var page = pages.get(path);
    if (page != null) {
      String html = page.html().get();
      exchange.response().header("Content-Security-Policy", page.policy(html));
      return exchange.send(200, "text/html; charset=utf-8", html);
    }
    if (path.startsWith("/services/")) {
      return look(exchange, JSON, views -> one(path.substring("/services/".length()), views));
    }
    return exchange.notFound();
  }

  private Optional<byte[]> one(String name, List<ServiceView> views) {
    return views.stream()
        .filter(view -> view.id().toString().equals(name))
        .findFirst()
        .map(view -> json.one(view).getBytes(UTF_8));
  }

  private Publisher<Void> look(
      AdminExchange exchange, String type, Function<List<ServiceView>, Optional<byte[]>> render) {
    return Mono.fromFuture(lookout.look(render), true)
        .map(found -> exchange.found(type, found))
        .onErrorResume(failure -> Mono.just(failed(exchange, failure)))
        .flatMap(Mono::from);
  }

  private Publisher<Void> failed(AdminExchange exchange, Throwable failure) {
    if (failure instanceof RejectedExecutionException) {
      return exchange.send(503, PLAIN, "too many questions\n");
    }
    log.log(
        Level.WARNING,
        "admin " + failure.getClass().getName(),
        LogLine.of(
            Optional.empty(), "the services could not be observed: " + ThrownLine.of(failure)));
    return exchange.send(500, PLAIN, "the services could not be observed\n");
  }
}
