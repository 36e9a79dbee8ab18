package dev.dormouse.activator;

import dev.dormouse.core.Activation;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.core.ServiceSpec.Fallback;
import dev.dormouse.core.ServiceSpec.Headers;
import dev.dormouse.core.ServiceSpec.Keepalive;
import dev.dormouse.core.ServiceSpec.Limits;
import dev.dormouse.core.ServiceSpec.Program;
import dev.dormouse.core.ServiceSpec.Retry;
import dev.dormouse.core.ServiceSpec.Route;
import dev.dormouse.core.ServiceSpec.ServedBy;
import dev.dormouse.core.ServiceSpec.Shutdown;
import dev.dormouse.core.ServiceSpec.Sleep;
import dev.dormouse.core.ServiceSpec.Startup;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Specs of services, said in the few words that matter to the data path. */
record Specs(
    List<Route> routes,
    Startup startup,
    Access access,
    Headers headers,
    Fallback fallback,
    Optional<ServedBy> servedBy) {

  static final List<String> LOOPBACK = List.of("127.0.0.0/8", "::1/128");

  static Specs at(String path) {
    return new Specs(
        List.of(new Route(Optional.empty(), path, Optional.empty())),
        startup(Duration.ofSeconds(15), 256, Duration.ofSeconds(10)),
        new Access(List.of(), 10_000, 0, LOOPBACK),
        new Headers(Map.of(), List.of()),
        new Fallback(503, Duration.ofSeconds(5), Optional.empty()),
        Optional.empty());
  }

  static Startup startup(Duration hold, int maxWaiting, Duration handshake) {
    Duration timeout = Duration.ofSeconds(30);
    return new Startup(timeout, hold, maxWaiting, handshake, timeout, Optional.empty());
  }

  static Route route(String host, String path, String upstreamPath) {
    return new Route(
        Optional.of(host).filter(h -> !h.isEmpty()),
        path,
        Optional.of(upstreamPath).filter(u -> !u.isEmpty()));
  }

  Specs routed(Route... to) {
    return new Specs(List.of(to), startup, access, headers, fallback, servedBy);
  }

  Specs holding(Duration hold) {
    return with(startup(hold, startup.maxWaiting(), startup.handshake()));
  }

  Specs with(Startup other) {
    return new Specs(routes, other, access, headers, fallback, servedBy);
  }

  Specs with(Access other) {
    return new Specs(routes, startup, other, headers, fallback, servedBy);
  }

  Specs with(Headers other) {
    return new Specs(routes, startup, access, other, fallback, servedBy);
  }

  Specs with(Fallback other) {
    return new Specs(routes, startup, access, headers, other, servedBy);
  }

  Specs admitting(int maxConnections, int perClient) {
    return with(
        new Access(access.allowedOrigins(), maxConnections, perClient, access.trustedProxies()));
  }

  Specs servedBy(String region, String upstream) {
    var by = new ServedBy(region, Optional.of(upstream).filter(u -> !u.isEmpty()));
    return new Specs(routes, startup, access, headers, fallback, Optional.of(by));
  }

  ServiceSpec build() {
    return build(
        Duration.ofSeconds(5),
        new Keepalive(Duration.ofSeconds(25), 2),
        new Limits(1 << 20, Duration.ofSeconds(60)));
  }

  ServiceSpec build(Duration drain, Keepalive keepalive, Limits limits) {
    return new ServiceSpec(
        Activation.ON_DEMAND,
        new Program(List.of("true"), List.of(), Optional.empty(), List.of()),
        OptionalInt.of(28080),
        routes,
        Duration.ofMinutes(15),
        Duration.ofMinutes(1),
        Sleep.STOP,
        startup,
        new Shutdown(drain, Duration.ofSeconds(10)),
        new Retry(Duration.ofSeconds(1), Duration.ofMinutes(1), 5, Duration.ofMinutes(5)),
        keepalive,
        access,
        limits,
        headers,
        List.of(),
        List.of(),
        fallback,
        servedBy,
        "1");
  }
}
