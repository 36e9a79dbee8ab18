package dev.dormouse.activator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.core.Condition;
import dev.dormouse.core.Condition.Reason;
import dev.dormouse.core.Condition.Status;
import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.core.ServiceSpec.Fallback;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What web pages may ask without a socket. None of it is demand (promise 8). */
final class PageScriptIT {
  private static final Specs CABLE =
      Specs.at("/cable").access(new Access(List.of("https://a.example"), 9, 0, List.of()));

  private final Rig rig = new Rig(CABLE);
  private ServiceStatus status = ServiceStatus.initial();

  @AfterEach
  void nobodyWasWoken() {
    int changes = rig.demandChanges.get();
    rig.close();
    assertThat(changes).as("changes of the demand").isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/dormouse.js", "/cable?dormouse=script", "/cable?dormouse=status"})
  void nothingIsToldUnlessTheManifestSaysSo(String target) throws IOException {
    assertThat(get(target)).startsWith("HTTP/1.1 4").doesNotContain("Access-Control");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/dormouse.js", "/dormouse.js?v=1", "/cable?x&dormouse=script"})
  void theScriptIsServedToPagesOfAnyOrigin(String target) throws IOException {
    serveScript(CABLE);
    assertThat(get(target, "Origin: https://b.example"))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .contains("Content-Type: text/javascript; charset=utf-8\r\n")
        .contains("Access-Control-Allow-Origin: *\r\n")
        .contains("export function watch(consumer");
  }

  @Test
  void anUpgradeAndOtherMethodsAreWhatTheyAlwaysWere() throws IOException {
    serveScript(CABLE);
    for (String method : List.of("POST", "OPTIONS")) {
      assertThat(ask(method, "/cable?dormouse=status")).startsWith("HTTP/1.1 426 ");
      assertThat(ask(method, "/dormouse.js")).startsWith("HTTP/1.1 404 ");
    }
    assertThat(get("/cable?dormouse=else")).startsWith("HTTP/1.1 426 ");
    assertThat(get("/up?dormouse=status")).startsWith("HTTP/1.1 404 ");
    String foreign = Wire.upgrade("/cable?dormouse=status", "Origin: https://b.example");
    try (Wire client = rig.connect().send(foreign)) {
      assertThat(client.head()).startsWith("HTTP/1.1 403 ");
    }
  }

  @Test
  void headIsAnsweredWithoutABodyAndTheConnectionKept() throws IOException {
    serveScript(CABLE);
    try (Wire client = rig.connect()) {
      for (String target : List.of("/dormouse.js", "/cable?dormouse=status")) {
        client.send("HEAD " + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(client.head()).startsWith("HTTP/1.1 200 ").doesNotContain("close");
      }
    }
  }

  @Test
  void theStatusIsToldToPagesOfAllowedOriginsOnly() throws IOException {
    serveScript(CABLE);
    assertThat(get("/cable?dormouse=status", "Origin: https://a.example"))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .contains("Access-Control-Allow-Origin: https://a.example\r\n")
        .contains("Vary: Origin\r\n")
        .contains("Cache-Control: no-store\r\n");
    assertThat(get("/cable?dormouse=status"))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .doesNotContain("Access-Control");
    assertThat(get("/cable?dormouse=status", "Origin: https://b.example"))
        .startsWith("HTTP/1.1 403 ")
        .doesNotContain("Access-Control");
    assertThat(rig.events).containsExactly("refused cable foreign-origin");
  }

  @Test
  void theStatusIsPhaseReadinessReasonAndTimeOfTheNextTryAndNothingElse() throws IOException {
    serveScript(CABLE);
    status = status(Phase.DORMANT, available(), inactive(Reason.NO_TRAFFIC, ""));
    assertThat(get("/cable?dormouse=status"))
        .endsWith("\r\n\r\n{\"phase\":\"Dormant\",\"ready\":true,\"reason\":\"NoTraffic\"}");

    var failed = inactive(Reason.START_FAILED, "secret path: /home");
    Instant retry = Instant.parse("2999-01-01T00:00:00Z");
    status = status(Phase.FAILED, failed, failed, retry);
    assertThat(get("/cable?dormouse=status"))
        .contains("{\"phase\":\"Failed\",\"ready\":false,\"reason\":\"StartFailed\"")
        .containsPattern(",\"retryAt\":\"2999-01-01T00:00:00Z\",\"retryInMs\":\\d{13,}}$")
        .doesNotContain("secret");

    status = status(Phase.FAILED, failed, failed, Instant.EPOCH);
    assertThat(get("/cable?dormouse=status")).endsWith("\"retryInMs\":0}");
  }

  @Test
  void onFlyTheRegionThatServesItIsAsked() throws IOException {
    try (Rig fly = new Rig(CABLE, ActivatorSettings.of("127.0.0.1", 0).onFly(true))) {
      fly.serve(scripted(CABLE.servedBy("lhr", "")));
      String ask = "GET /cable?dormouse=status HTTP/1.1\r\nHost: h\r\n";
      try (Wire client = fly.connect().send(ask + "\r\n")) {
        assertThat(client.head()).contains("fly-replay: region=lhr");
      }
      try (Wire client = fly.connect().send(ask + "fly-replay-src: region=ord\r\n\r\n")) {
        assertThat(client.head()).startsWith("HTTP/1.1 200 ").doesNotContain("fly-replay");
      }
      assertThat(fly.demandChanges).hasValue(0);
    }
  }

  private static ServiceSpec scripted(Specs specs) {
    return specs.fallback(new Fallback(503, Duration.ofSeconds(5), Optional.empty(), true)).build();
  }

  private void serveScript(Specs specs) {
    var served = new GatedService(Rig.CABLE, scripted(specs), rig.gate, () -> status);
    rig.activator.serve(RouteTable.of(List.of(served), Optional.empty()));
  }

  private String get(String target, String... headers) throws IOException {
    return ask("GET", target, headers);
  }

  private String ask(String method, String target, String... headers) throws IOException {
    String head = method + " " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n";
    for (String header : headers) {
      head += header + "\r\n";
    }
    try (Wire client = rig.connect().send(head + "\r\n")) {
      return client.head() + "\r\n\r\n" + client.rest();
    }
  }

  private static Condition available() {
    return new Condition(Status.TRUE, Reason.AVAILABLE, "");
  }

  private static Condition inactive(Reason reason, String message) {
    return new Condition(Status.FALSE, reason, message);
  }

  private static ServiceStatus status(Phase phase, Condition ready, Condition active) {
    return status(phase, ready, active, Optional.empty());
  }

  private static ServiceStatus status(
      Phase phase, Condition ready, Condition active, Instant nextRetry) {
    var failure =
        new Failure(FailureReason.EXITED, "secret path: /home", 5, Instant.EPOCH, nextRetry);
    return status(phase, ready, active, Optional.of(failure));
  }

  private static ServiceStatus status(
      Phase phase, Condition ready, Condition active, Optional<Failure> failure) {
    return new ServiceStatus(
        phase,
        ready,
        active,
        1,
        Optional.empty(),
        0,
        0,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        failure);
  }
}
