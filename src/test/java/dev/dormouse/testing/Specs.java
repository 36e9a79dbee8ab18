package dev.dormouse.testing;

import dev.dormouse.core.Activation;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.core.ServiceSpec.Doze;
import dev.dormouse.core.ServiceSpec.EnvVar;
import dev.dormouse.core.ServiceSpec.Fallback;
import dev.dormouse.core.ServiceSpec.Headers;
import dev.dormouse.core.ServiceSpec.Heartbeat;
import dev.dormouse.core.ServiceSpec.Keepalive;
import dev.dormouse.core.ServiceSpec.Limits;
import dev.dormouse.core.ServiceSpec.Program;
import dev.dormouse.core.ServiceSpec.Retry;
import dev.dormouse.core.ServiceSpec.Route;
import dev.dormouse.core.ServiceSpec.ServedBy;
import dev.dormouse.core.ServiceSpec.Shutdown;
import dev.dormouse.core.ServiceSpec.Sleep;
import dev.dormouse.core.ServiceSpec.Startup;
import dev.dormouse.core.ServiceSpec.StopSignal;
import dev.dormouse.core.ServiceSpec.Warm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** Builds specs: the resource's defaults, and what a test says about it. Immutable. */
public final class Specs {
  private final ServiceSpec spec;

  private Specs(ServiceSpec spec) {
    this.spec = spec;
  }

  /** A service on demand, at {@code /cable}, on any free port, with all the defaults. */
  public static Specs onDemand() {
    return new Specs(defaults());
  }

  /** A service on demand at another path. */
  public static Specs at(String path) {
    return onDemand().routes(path);
  }

  /** A supervised service with a port and without a route. */
  public static Specs always() {
    return onDemand().activation(Activation.ALWAYS).routes();
  }

  /** A service that never runs. */
  public static Specs disabled() {
    return onDemand().activation(Activation.DISABLED);
  }

  /** Changes to a spec that exists. */
  public static Specs from(ServiceSpec spec) {
    return new Specs(spec);
  }

  private static ServiceSpec defaults() {
    return new ServiceSpec(
        Activation.ON_DEMAND,
        new Program(List.of("serve"), List.of(), Optional.empty(), List.of()),
        OptionalInt.of(0),
        Optional.empty(),
        List.of(route("/cable")),
        Duration.ofMinutes(15),
        Duration.ofSeconds(60),
        Sleep.STOP,
        new Doze(Duration.ofSeconds(10), Heartbeat.AUTO, Optional.empty(), List.of()),
        new Startup(
            Duration.ofSeconds(30),
            Duration.ofSeconds(15),
            256,
            Duration.ofSeconds(10),
            Duration.ofMinutes(10),
            Optional.empty()),
        new Shutdown(Duration.ofSeconds(5), Duration.ofSeconds(10), StopSignal.TERM),
        new Retry(Duration.ofSeconds(1), Duration.ofSeconds(60), 5, Duration.ofMinutes(5)),
        new Keepalive(Duration.ofSeconds(25), 2),
        new Access(List.of(), 10_000, 0, List.of("127.0.0.0/8", "::1/128")),
        new Limits(Long.MAX_VALUE, Duration.ofSeconds(60)),
        new Headers(Map.of(), List.of()),
        List.of(),
        List.of(),
        new Fallback(503, Duration.ofSeconds(5), Optional.empty()),
        Optional.empty(),
        "1");
  }

  private static Route route(String path) {
    return route("", path, "");
  }

  /** A route; no host is any, and no upstream path the client's own. */
  public static Route route(String host, String path, String upstreamPath) {
    return new Route(unlessEmpty(host), path, unlessEmpty(upstreamPath));
  }

  private static Optional<String> unlessEmpty(String value) {
    return Optional.of(value).filter(it -> !it.isEmpty());
  }

  public ServiceSpec build() {
    return spec;
  }

  public Specs activation(Activation activation) {
    return with(draft -> draft.activation = activation);
  }

  public Specs command(String... command) {
    return with(
        draft ->
            draft.program =
                new Program(
                    List.of(command),
                    List.of(),
                    spec.program().workingDir(),
                    spec.program().env()));
  }

  public Specs workingDir(String directory) {
    var old = spec.program();
    return with(
        draft ->
            draft.program =
                new Program(old.command(), old.args(), Optional.of(directory), old.env()));
  }

  public Specs env(String name, String value) {
    var env = new ArrayList<>(spec.program().env());
    env.add(new EnvVar(name, value));
    var old = spec.program();
    return with(
        draft -> draft.program = new Program(old.command(), old.args(), old.workingDir(), env));
  }

  public Specs port(int port) {
    return with(draft -> draft.port = OptionalInt.of(port));
  }

  /** Where it listens instead of a port. */
  public Specs socket(String path) {
    return with(
        draft -> {
          draft.port = OptionalInt.empty();
          draft.socket = Optional.of(path);
        });
  }

  public Specs withoutPort() {
    return with(draft -> draft.port = OptionalInt.empty());
  }

  /** Replaces all routes: each path on any host. */
  public Specs routes(String... paths) {
    return with(draft -> draft.routes = List.of(paths).stream().map(Specs::route).toList());
  }

  public Specs routes(List<Route> routes) {
    return with(draft -> draft.routes = routes);
  }

  /** Ordinary requests get this on all routes. */
  public Specs http(ServiceSpec.Http http) {
    return with(
        draft ->
            draft.routes =
                draft.routes.stream()
                    .map(it -> new Route(it.host(), it.path(), it.upstreamPath(), http, it.own()))
                    .toList());
  }

  /** The first route answers by itself. */
  public Specs answering(ServiceSpec.OwnAnswer own) {
    return with(
        draft -> {
          var routes = new ArrayList<>(draft.routes);
          Route it = routes.removeFirst();
          routes.addFirst(
              new Route(it.host(), it.path(), it.upstreamPath(), it.http(), Optional.of(own)));
          draft.routes = routes;
        });
  }

  public Specs idleTimeout(Duration timeout) {
    return with(draft -> draft.idleTimeout = timeout);
  }

  public Specs minimumUptime(Duration uptime) {
    return with(draft -> draft.minimumUptime = uptime);
  }

  /** Idle means frozen, not stopped. */
  public Specs freezing() {
    return with(draft -> draft.sleep = Sleep.FREEZE);
  }

  /** Asleep after so much silence, also under open tunnels. */
  public Specs dozing(Duration after) {
    return dozing(new Doze(after, Heartbeat.AUTO, Optional.empty(), List.of()));
  }

  /** The same with all that can be said of it. */
  public Specs dozing(Doze doze) {
    return with(
        draft -> {
          draft.sleep = Sleep.DOZE;
          draft.doze = doze;
        });
  }

  public Specs startupTimeout(Duration timeout) {
    return with(draft -> draft.startupTimeout = timeout);
  }

  public Specs hold(Duration hold) {
    return with(draft -> draft.hold = hold);
  }

  public Specs maxWaiting(int maxWaiting) {
    return with(draft -> draft.maxWaiting = maxWaiting);
  }

  /** Whose socket may listen at its port. */
  public Specs listener(ServiceSpec.Listener listener) {
    return with(draft -> draft.listener = listener);
  }

  public Specs handshake(Duration timeout) {
    return with(draft -> draft.handshake = timeout);
  }

  /** Ready when this path answers, not when the port accepts. */
  public Specs probe(String path) {
    return with(draft -> draft.probePath = Optional.of(path));
  }

  public Specs gracePeriod(Duration period) {
    return shutdown(spec.shutdown().drain(), period);
  }

  public Specs drain(Duration drain) {
    return shutdown(drain, spec.shutdown().gracePeriod());
  }

  public Specs shutdown(Duration drain, Duration gracePeriod) {
    return shutdown(new Shutdown(drain, gracePeriod, spec.shutdown().signal()));
  }

  public Specs signal(StopSignal signal) {
    return shutdown(new Shutdown(spec.shutdown().drain(), spec.shutdown().gracePeriod(), signal));
  }

  private Specs shutdown(Shutdown shutdown) {
    return with(draft -> draft.shutdown = shutdown);
  }

  public Specs retry(Duration initial, Duration max) {
    var old = spec.retry();
    return with(
        draft -> draft.retry = new Retry(initial, max, old.breakerFailures(), old.breakerWindow()));
  }

  public Specs breaker(int failures, Duration window) {
    var old = spec.retry();
    return with(draft -> draft.retry = new Retry(old.initial(), old.max(), failures, window));
  }

  public Specs keepalive(Duration interval, int failureThreshold) {
    return with(draft -> draft.keepalive = new Keepalive(interval, failureThreshold));
  }

  public Specs access(Access access) {
    return with(draft -> draft.access = access);
  }

  public Specs admitting(int maxConnections, int perClient) {
    var old = spec.access();
    return access(
        new Access(old.allowedOrigins(), maxConnections, perClient, old.trustedProxies()));
  }

  public Specs limits(Limits limits) {
    return with(draft -> draft.limits = limits);
  }

  public Specs headers(Headers headers) {
    return with(draft -> draft.headers = headers);
  }

  public Specs dependsOn(String... names) {
    return with(draft -> draft.dependsOn = List.of(names));
  }

  public Specs warm(Warm... windows) {
    return with(draft -> draft.warm = List.of(windows));
  }

  public Specs fallback(Fallback fallback) {
    return with(draft -> draft.fallback = fallback);
  }

  public Specs servedBy(String region) {
    return servedBy(region, "");
  }

  /** Served elsewhere, at this address where the platform does not send clients there itself. */
  public Specs servedBy(String region, String upstream) {
    return with(draft -> draft.servedBy = Optional.of(new ServedBy(region, unlessEmpty(upstream))));
  }

  /** What a workload that was started from another one is outdated by. */
  public Specs revision(String revision) {
    return with(draft -> draft.revision = revision);
  }

  private Specs with(Consumer<SpecDraft> change) {
    var draft = new SpecDraft(spec);
    change.accept(draft);
    return new Specs(draft.toSpec());
  }
}
