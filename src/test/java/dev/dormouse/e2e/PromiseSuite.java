package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The promises, as a client and an owner see them. Written once, held by every runtime. */
abstract class PromiseSuite {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  private Stage stage;

  /** A stage without services. */
  abstract Stage open() throws Exception;

  @BeforeEach
  void openStage() throws Exception {
    stage = open();
  }

  @AfterEach
  void closeStage() {
    stage.close();
  }

  @Test
  void theFirstUpgradeWakesItAndIsServed() {
    declare(Manifest.greeting("cable", "hello"));
    assertThat(stage.running("cable")).isZero();
    assertThat(status("cable").path("phase").asText()).isEqualTo("Dormant");
    assertThat(condition("cable", "Ready")).as("Ready at zero").isEqualTo("True");
    assertThat(condition("cable", "Active")).isEqualTo("False");
    try (var visitor = knock("cable")) {
      assertThat(visitor.greeting()).isEqualTo("hello");
      awaitStatus("cable", it -> it.path("phase").asText().equals("Active"));
      awaitStatus("cable", it -> it.path("connections").asInt() == 1);
      assertThat(condition("cable", "Active")).isEqualTo("True");
      assertThat(status("cable").at("/lastWake/reason").asText()).isEqualTo("Upgrade");
      assertThat(stage.running("cable")).isEqualTo(1);
    }
    awaitAtRest("cable");
  }

  @Test
  void howeverManyArriveAtOnceThereIsOneStartAndAllAreServed() {
    declare(Manifest.greeting("cable", "hello").running("hello", "1"));
    long epoch = epoch("cable");
    List<Visitor> visitors = IntStream.range(0, 40).mapToObj(_ -> knock("cable")).toList();
    await().atMost(LIMIT).until(() -> stage.running("cable") > 0);
    while (visitors.stream().anyMatch(it -> !it.isConnected())) {
      assertThat(stage.running("cable")).isLessThanOrEqualTo(1);
      visitors.forEach(it -> assertThat(it.greeting()).isEqualTo("hello"));
    }
    assertThat(epoch("cable")).as("one awake period").isEqualTo(epoch);
    visitors.forEach(Visitor::close);
    awaitAtRest("cable");
    assertThat(epoch("cable")).isEqualTo(epoch + 1);
  }

  @Test
  void theStartOutlivesTheClientThatCausedIt() {
    declare(
        Manifest.greeting("cable", "hello").running("hello", "1.5").with("minimumUptime", "5s"));
    var first = knock("cable");
    awaitStatus("cable", it -> it.path("phase").asText().equals("Waking"));
    first.close();
    awaitStatus("cable", it -> it.path("phase").asText().equals("Active"));
    try (var second = knock("cable")) {
      assertThat(second.greeting()).isEqualTo("hello");
    }
  }

  @Test
  void aClientWhoseHoldEndsIsToldSoAndTheStartGoesOn() {
    declare(
        Manifest.greeting("cable", "hello")
            .running("hello", "2")
            .with("minimumUptime", "10s")
            .with("startup", "{timeout: 20s, hold: 700ms}"));
    try (var impatient = knock("cable")) {
      assertThat(impatient.answer()).startsWith("HTTP/1.1 503 ").contains("held-too-long");
    }
    awaitStatus("cable", it -> it.path("phase").asText().equals("Active"));
    try (var next = knock("cable")) {
      assertThat(next.greeting()).isEqualTo("hello");
    }
  }

  @Test
  void anOpenSocketIsNeverCutForIdlenessAndTheClockStartsAtTheLastClose() {
    declare(Manifest.greeting("cable", "hello").with("idleTimeout", "2s"));
    try (var visitor = knock("cable")) {
      assertThat(visitor.greeting()).isEqualTo("hello");
      await("three idle timeouts")
          .during(Duration.ofMillis(6_500))
          .atMost(LIMIT)
          .until(() -> visitor.isConnected() && stage.running("cable") == 1);
    }
    try (var another = knock("cable")) {
      assertThat(another.greeting()).isEqualTo("hello");
      awaitStatus("cable", it -> it.path("phase").asText().equals("Active"));
    }
    awaitStatus("cable", it -> it.has("nextStopTime"));
    awaitAtRest("cable");
  }

  @Test
  void aDeclaredMonitorNeitherWakesItNorKeepsItAwake() {
    declare(
        Manifest.greeting("cable", "hello")
            .with("idleTimeout", "2s")
            .with("access", "{monitors: [{userAgent: Uptime/*}]}"));
    try (var early = monitor("cable")) {
      assertThat(early.answer()).startsWith("HTTP/1.1 503 ").contains("asleep");
    }
    assertThat(stage.running("cable")).isZero();
    Visitor monitor;
    try (var visitor = knock("cable")) {
      assertThat(visitor.greeting()).isEqualTo("hello");
      monitor = monitor("cable");
      assertThat(monitor.greeting()).isEqualTo("hello");
    }
    assertThat(monitor.farewell()).isEqualTo(1001);
    monitor.close();
    awaitAtRest("cable");
  }

  private Visitor monitor(String service) {
    return Visitor.knock(
        stage.door(), stage.host(service), "/" + service, "User-Agent: Uptime/1.0");
  }

  @Test
  void aChangedDefinitionIsAppliedAfterAPoliteClose() {
    declare(Manifest.greeting("cable", "before"));
    try (var old = knock("cable")) {
      assertThat(old.greeting()).isEqualTo("before");
      declare(Manifest.greeting("cable", "after"));
      assertThat(old.farewell()).isEqualTo(1012);
    }
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              try (var visitor = knock("cable")) {
                assertThat(visitor.greeting()).isEqualTo("after");
              }
            });
  }

  @Test
  void whatDoesNotConcernTheProgramIsAppliedUnderOpenSockets() {
    declare(Manifest.greeting("cable", "hello").with("idleTimeout", "10m"));
    try (var visitor = knock("cable")) {
      assertThat(visitor.greeting()).isEqualTo("hello");
      declare(Manifest.greeting("cable", "hello").with("path", "/moved"));
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () -> {
                try (var moved = Visitor.knock(stage.door(), stage.host("cable"), "/moved")) {
                  assertThat(moved.greeting()).isEqualTo("hello");
                }
              });
      assertThat(visitor.isConnected()).isTrue();
    }
    awaitAtRest("cable");
  }

  @Test
  void aDisabledServiceRefusesAndStopsPolitely() {
    declare(Manifest.greeting("cable", "hello"));
    try (var visitor = knock("cable")) {
      assertThat(visitor.greeting()).isEqualTo("hello");
      declare(Manifest.greeting("cable", "hello").with("activation", "Disabled"));
      assertThat(visitor.farewell()).isEqualTo(1001);
    }
    awaitStatus("cable", it -> it.path("phase").asText().equals("Disabled"));
    awaitNothingRuns("cable");
    try (var refused = knock("cable")) {
      assertThat(refused.answer()).startsWith("HTTP/1.1 503 ").contains("disabled");
    }
    assertThat(condition("cable", "Ready")).isEqualTo("False");
    declare(Manifest.greeting("cable", "hello"));
    awaitStatus("cable", it -> it.path("phase").asText().equals("Dormant"));
    try (var visitor = knock("cable")) {
      assertThat(visitor.greeting()).isEqualTo("hello");
    }
  }

  @Test
  void aFailedStartIsToldCountedAndTriedAgain() {
    declare(Manifest.greeting("cable", "fail"));
    try (var refused = knock("cable")) {
      assertThat(refused.answer()).startsWith("HTTP/1.1 503 ");
    }
    awaitStatus("cable", it -> it.at("/failure/count").asInt() > 0);
    assertThat(status("cable").at("/failure/reason").asText()).isNotEmpty();
    declare(Manifest.greeting("cable", "mended"));
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              try (var visitor = knock("cable")) {
                assertThat(visitor.greeting()).isEqualTo("mended");
              }
            });
    awaitStatus("cable", it -> !it.has("failure"));
    awaitAtRest("cable");
  }

  @Test
  void aServerThatAcceptsAndDoesNotAnswerIsReplaced() {
    Manifest cable = Manifest.greeting("cable", "hello").with("idleTimeout", "10m");
    String startup = "{timeout: 20s, hold: 20s, handshake: 1s}";
    declare(cable.running("deaf", "0").with("startup", startup));
    try (var refused = knock("cable")) {
      assertThat(refused.answer()).startsWith("HTTP/1.1 504 ");
    }
    awaitStatus("cable", it -> it.at("/failure/count").asInt() > 0);
    assertThat(status("cable").at("/failure/message").asText()).contains("does not answer");
    declare(cable);
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              try (var visitor = knock("cable")) {
                assertThat(visitor.greeting()).isEqualTo("hello");
              }
            });
  }

  @Test
  void aDependencyIsReadyFirstAndSleepsLast() {
    var redis = Manifest.greeting("redis", "pong").running("pong", "1").without("path");
    declare(Manifest.greeting("cable", "hello").with("dependsOn", "[redis]"), redis);
    try (var visitor = knock("cable")) {
      await().atMost(LIMIT).until(() -> stage.running("redis") == 1);
      assertThat(visitor.greeting()).isEqualTo("hello");
      assertThat(status("redis").path("phase").asText()).isEqualTo("Active");
      assertThat(status("redis").at("/lastWake/reason").asText()).isEqualTo("Dependent");
    }
    awaitAtRest("cable");
    awaitAtRest("redis");
  }

  @Test
  void aRegionHasItsOwnWay() {
    String here = "{" + Stage.REGION + ": {path: /here}, lhr: {path: /there}}";
    declare(Manifest.greeting("cable", "hello").with("regions", here));
    try (var visitor = Visitor.knock(stage.door(), stage.host("cable"), "/here");
        var lost = Visitor.knock(stage.door(), stage.host("cable"), "/cable")) {
      assertThat(visitor.greeting()).isEqualTo("hello");
      assertThat(lost.answer()).startsWith("HTTP/1.1 404 ");
    }
  }

  @Test
  void aWarmWindowKeepsItAwakeAndNoLonger() {
    Instant until = Instant.now().plusSeconds(6).truncatedTo(ChronoUnit.SECONDS);
    String window = "[{from: \"2026-01-01T00:00:00Z\", until: \"" + until + "\"}]";
    declare(Manifest.greeting("cable", "hello").with("warm", window));
    awaitStatus("cable", it -> it.path("phase").asText().equals("Active"));
    assertThat(status("cable").at("/lastWake/reason").asText()).isEqualTo("Warm");
    awaitAtRest("cable");
    assertThat(Instant.now()).isAfterOrEqualTo(until);
  }

  @Test
  void nothingButAnUpgradeOnItsRouteWakesIt() {
    declare(Manifest.greeting("cable", "hello"));
    try (var reader = Visitor.ask(stage.door(), stage.host("cable"), "/cable");
        var lost = Visitor.knock(stage.door(), stage.host("cable"), "/elsewhere");
        var scanner = Visitor.ask(stage.door(), stage.host("cable"), "/.env")) {
      assertThat(reader.answer()).startsWith("HTTP/1.1 426 ");
      assertThat(lost.answer()).startsWith("HTTP/1.1 404 ");
      assertThat(scanner.answer()).startsWith("HTTP/1.1 404 ");
    }
    await("a start")
        .during(Duration.ofSeconds(1))
        .atMost(LIMIT)
        .until(() -> stage.running("cable") == 0);
    assertThat(status("cable").path("phase").asText()).isEqualTo("Dormant");
  }

  @Test
  void ofARemovedServiceNothingIsLeft() {
    declare(Manifest.greeting("cable", "hello"), Manifest.greeting("other", "still here"));
    try (var visitor = knock("cable");
        var other = knock("other")) {
      assertThat(visitor.greeting()).isEqualTo("hello");
      assertThat(other.greeting()).isEqualTo("still here");
      declare(Manifest.greeting("other", "still here"));
      assertThat(visitor.farewell()).isEqualTo(1001);
      awaitNothingRuns("cable");
      await().atMost(LIMIT).until(() -> stage.status("cable").isMissingNode());
      assertThat(other.isConnected()).isTrue();
    }
  }

  private void declare(Manifest... manifests) {
    stage.declare(List.of(manifests));
    for (Manifest manifest : manifests) {
      await(manifest.name() + " is known")
          .atMost(LIMIT)
          .until(() -> status(manifest.name()).has("epoch") && stage.knows(manifest.name()));
    }
  }

  private Visitor knock(String service) {
    return Visitor.knock(stage.door(), stage.host(service), "/" + service);
  }

  private JsonNode status(String service) {
    return stage.status(service);
  }

  private long epoch(String service) {
    return status(service).path("epoch").asLong();
  }

  private String condition(String service, String type) {
    return status(service)
        .path("conditions")
        .valueStream()
        .filter(it -> it.path("type").asText().equals(type))
        .map(it -> it.path("status").asText())
        .findFirst()
        .orElse("absent");
  }

  private void awaitStatus(String service, Predicate<JsonNode> wanted) {
    await(service)
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> stage.status(service), wanted);
  }

  private void awaitAtRest(String service) {
    awaitStatus(service, it -> it.path("phase").asText().equals("Dormant"));
    awaitNothingRuns(service);
  }

  private void awaitNothingRuns(String service) {
    await("nothing runs for " + service)
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> stage.running(service) == 0);
  }
}
