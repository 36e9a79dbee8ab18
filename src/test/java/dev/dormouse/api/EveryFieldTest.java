package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.api.spec.ValidService;
import dev.dormouse.core.Activation;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.core.ServiceSpec.Doze;
import dev.dormouse.core.ServiceSpec.EnvVar;
import dev.dormouse.core.ServiceSpec.Fallback;
import dev.dormouse.core.ServiceSpec.Headers;
import dev.dormouse.core.ServiceSpec.Heartbeat;
import dev.dormouse.core.ServiceSpec.Http;
import dev.dormouse.core.ServiceSpec.Keepalive;
import dev.dormouse.core.ServiceSpec.Limits;
import dev.dormouse.core.ServiceSpec.Listener;
import dev.dormouse.core.ServiceSpec.Monitor;
import dev.dormouse.core.ServiceSpec.OwnAnswer;
import dev.dormouse.core.ServiceSpec.OwnAnswer.When;
import dev.dormouse.core.ServiceSpec.Program;
import dev.dormouse.core.ServiceSpec.Retry;
import dev.dormouse.core.ServiceSpec.Route;
import dev.dormouse.core.ServiceSpec.ServedBy;
import dev.dormouse.core.ServiceSpec.Shutdown;
import dev.dormouse.core.ServiceSpec.Sleep;
import dev.dormouse.core.ServiceSpec.Startup;
import dev.dormouse.core.ServiceSpec.StopSignal;
import dev.dormouse.core.ServiceSpec.Warm;
import dev.dormouse.testing.Specs;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EveryFieldTest {
  static final String EVERYTHING =
      """
      apiVersion: dormouse.dev/v1alpha1
      kind: OnDemandService
      metadata: {name: cable, namespace: shop}
      spec:
        activation: Disabled
        command: [bundle, exec]
        args: [puma, "$(PORT)"]
        workingDir: app/../rails
        env: [{name: A, value: "1"}, {name: B}, {name: C, valueFrom: {fieldRef: {fieldPath: x}}}]
        port: 28080
        routes:
        - {host: Cable.example.com, path: "/rooms/{room}/cable", upstreamPath: "/cable/{room}"}
        - {path: "/regions/{region}/cable", http: Wake}
        - {path: /up, http: Pass, answer: {status: 299, body: ok, contentType: a/b, when: Asleep}}
        image: registry.example.com/showcase:latest
        resources: {requests: {memory: 200Mi}}
        template: {spec: {nodeName: null}}
        scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: cable-0}
        idleTimeout: 1h30m10s500ms
        minimumUptime: 0s
        sleep: Doze
        doze: {after: 20s, heartbeat: ActionCable, wakeEvery: 1h, wakeOn: {files: [db/cable.sqlite3]}}
        startup:
          timeout: 40s
          hold: 20s
          maxWaiting: 10
          handshake: 3s
          scheduling: 20m
          listener: Any
          probe: {http: {path: "/up?x"}}
        shutdown: {drain: 0s, gracePeriod: 20s, signal: QUIT}
        retry: {initial: 2s, max: 30s, breaker: {failures: 7, window: 9m}}
        keepalive: {interval: 5s, failureThreshold: 3}
        access:
          allowedOrigins: ["https://example.com", "https://*.example.com:*"]
          maxConnections: 11
          maxConnectionsPerClient: 12
          trustedProxies: [10.1.0.0/16, "fd00::/8", 192.0.2.1]
          monitors: [{address: 192.0.2.2}, {userAgent: "UptimeRobot/*", address: "fd01::/16"}]
        limits: {maxFrame: 2Mi, maxHead: 32Ki, slowClient: 70s}
        headers: {set: {X-Client: $remote_addr}, remove: [Cookie]}
        dependsOn: [redis]
        warm:
        - {schedule: "30 18 * * FRI", duration: 4h, timeZone: America/New_York}
        - {from: "2026-12-05T18:00:00Z", until: 2026-12-05T23:30:00+01:00}
        fallback: {status: 500, retryAfter: 6s, body: Sorry, script: true, page: true}
        regions:
          iad: {servedBy: {region: lhr, upstream: "http://lhr.example.com:8080"}}
          lhr: {startup: {probe: {tcp: {}, http: null}}, routes: null, path: /cable}
      ---
      apiVersion: dormouse.dev/v1alpha1
      kind: OnDemandService
      metadata: {name: redis, namespace: shop}
      spec: {image: redis, port: 6379}
      """;

  @TempDir Path directory;

  @Test
  void everyFieldIsReadBackAsItWasSet() {
    ValidService cable = cable();
    assertThat(cable.id()).isEqualTo(new ServiceId("shop", "cable"));
    ServiceSpec spec = cable.spec();
    assertThat(spec)
        .isEqualTo(
            new ServiceSpec(
                Activation.DISABLED,
                new Program(
                    List.of("bundle", "exec"),
                    List.of("puma", "$(PORT)"),
                    Optional.of("app/../rails"),
                    List.of(new EnvVar("A", "1"), new EnvVar("B", ""))),
                OptionalInt.of(28080),
                Optional.empty(),
                List.of(
                    new Route(
                        Optional.of("cable.example.com"),
                        "/rooms/{room}/cable",
                        Optional.of("/cable/{room}")),
                    new Route(
                        Optional.empty(),
                        "/regions/{region}/cable",
                        Optional.empty(),
                        Http.WAKE,
                        Optional.empty()),
                    new Route(
                        Optional.empty(),
                        "/up",
                        Optional.empty(),
                        Http.PASS,
                        Optional.of(new OwnAnswer(299, "ok", "a/b", When.ASLEEP)))),
                Duration.ofMillis(5_410_500),
                Duration.ZERO,
                Sleep.STOP, // which Doze is on Kubernetes
                new Doze(
                    Duration.ofSeconds(20),
                    Heartbeat.ACTION_CABLE,
                    Optional.of(Duration.ofHours(1)),
                    List.of(Path.of("rails/db/cable.sqlite3").toAbsolutePath().toString())),
                new Startup(
                    Duration.ofSeconds(40),
                    Duration.ofSeconds(20),
                    10,
                    Duration.ofSeconds(3),
                    Duration.ofMinutes(20),
                    Listener.ANY,
                    Optional.of("/up?x")),
                new Shutdown(Duration.ZERO, Duration.ofSeconds(20), StopSignal.QUIT),
                new Retry(Duration.ofSeconds(2), Duration.ofSeconds(30), 7, Duration.ofMinutes(9)),
                new Keepalive(Duration.ofSeconds(5), 3),
                new Access(
                    List.of("https://example.com", "https://*.example.com:*"),
                    11,
                    12,
                    List.of("10.1.0.0/16", "fd00::/8", "192.0.2.1/32"),
                    List.of(
                        new Monitor(Optional.of("192.0.2.2/32"), Optional.empty()),
                        new Monitor(Optional.of("fd01::/16"), Optional.of("UptimeRobot/*")))),
                new Limits(2 << 20, 32 << 10, Duration.ofSeconds(70)),
                new Headers(Map.of("X-Client", "$remote_addr"), List.of("Cookie")),
                List.of("redis"),
                List.of(
                    new Warm.Recurring("30 18 * * FRI", Duration.ofHours(4), "America/New_York"),
                    new Warm.Once(
                        Instant.parse("2026-12-05T18:00:00Z"),
                        Instant.parse("2026-12-05T22:30:00Z"))),
                new Fallback(500, Duration.ofSeconds(6), Optional.of("Sorry"), true, true),
                Optional.of(new ServedBy("lhr", Optional.of("http://lhr.example.com:8080"))),
                spec.revision()));
  }

  @Test
  void noFieldOfTheSpecIsLeftOutAbove() {
    Set<String> set = new HashSet<>();
    leaves("spec", cable().effective(), set);
    set.add("spec.path"); // instead of routes
    set.add("spec.socket"); // instead of port
    set.add("spec.startup.probe.tcp"); // instead of http
    assertThat(set)
        .containsAll(
            Fields.paths().stream()
                .filter(it -> it.startsWith("spec."))
                .map(it -> it.replace("[]", ""))
                .toList());
  }

  private static void leaves(String path, JsonNode node, Set<String> into) {
    into.add(path);
    node.properties().forEach(it -> leaves(path + "." + it.getKey(), it.getValue(), into));
    if (node.isArray()) {
      node.forEach(it -> leaves(path, it, into));
    }
  }

  @Test
  @Tag("D23")
  void theDefaultsAreThoseOfTheReference() {
    ServiceSpec spec = Reading.in(directory).only(Reading.cable()).spec();
    assertThat(spec)
        .isEqualTo(
            Specs.onDemand()
                .command("puma")
                .workingDir(directory.toString())
                .port(28080)
                .revision(spec.revision())
                .build());
  }

  @Test
  void aDefaultNeverContradictsWhatIsSet() {
    ServiceSpec spec =
        Reading.in(directory)
            .only(Reading.cable("startup: {timeout: 5s}", "retry: {initial: 2m}"))
            .spec();
    assertThat(spec.startup().hold()).isEqualTo(Duration.ofSeconds(5));
    assertThat(spec.retry().max()).isEqualTo(Duration.ofMinutes(2));
  }

  @Test
  void aRelativeWorkingDirectoryStartsAtTheManifest() {
    Reading reading = Reading.in(directory);
    assertThat(workingDir(reading, "../rails"))
        .contains(directory.resolveSibling("rails").toString());
    assertThat(workingDir(reading, "/rails")).contains("/rails");
  }

  private static Optional<String> workingDir(Reading reading, String declared) {
    return reading.only(Reading.cable("workingDir: " + declared)).spec().program().workingDir();
  }

  private ValidService cable() {
    ReaderContext pods = ReaderContext.kubernetes(Optional.of("iad"));
    Manifests read = Reading.in(directory).with(pods).read(EVERYTHING);
    assertThat(read.problems()).isEmpty();
    return read.services().getFirst();
  }
}
