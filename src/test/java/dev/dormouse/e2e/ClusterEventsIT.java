package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Event;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code kubectl describe} shows below a service. */
@Tag("cluster")
class ClusterEventsIT {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  private ClusterStage stage;

  @BeforeEach
  void open() {
    stage = new ClusterStage();
  }

  @AfterEach
  void close() {
    stage.close();
  }

  @Test
  void anAwakePeriodIsToldFromItsWakeToItsSleep() {
    declare(Manifest.greeting("cable", "hello"));
    try (var visitor = knock("cable")) {
      assertThat(visitor.greeting()).isEqualTo("hello");
      awaitEvent("cable", "Awake");
    }
    awaitEvent("cable", "Sleeping");
    assertThat(reasons("cable")).contains("Waking", "Awake", "Sleeping");
  }

  @Test
  void thatNobodyIsConnectedIsTold() {
    declare(Manifest.greeting("cable", "hello").with("idleTimeout", "10m"));
    try (var visitor = knock("cable")) {
      assertThat(visitor.greeting()).isEqualTo("hello");
      await().atMost(LIMIT).until(() -> stage.status("cable").path("connections").asInt() == 1);
    }
    awaitEvent("cable", "Idle");
  }

  @Test
  void aDrainIsTold() {
    declare(Manifest.greeting("cable", "before"));
    try (var visitor = knock("cable")) {
      assertThat(visitor.greeting()).isEqualTo("before");
      stage.declare(List.of(Manifest.greeting("cable", "after")));
      awaitEvent("cable", "Draining");
      assertThat(visitor.farewell()).isEqualTo(1012);
    }
  }

  @Test
  void aStartThatFailsIsAWarning() {
    declare(Manifest.greeting("cable", "fail"));
    try (var visitor = knock("cable")) {
      assertThat(visitor.answer()).startsWith("HTTP/1.1 503 ");
    }
    assertThat(awaitEvent("cable", "StartFailed").getType()).isEqualTo("Warning");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{spec: {priorityClassName: of-nobody}}    | of-nobody",
        "{spec: {hostname: Not_A_Name}}            | hostname",
        "{spec: {securityContext: {bogus: 1}}}     | bogus",
      })
  void whatTheApiServerRefusesIsAFailedStartInItsWords(String template, String named) {
    declare(
        Manifest.greeting("cable", "hello")
            .with("template", template)
            .with("startup", "{hold: 3s}"));
    try (var visitor = knock("cable")) {
      Event told = awaitEvent("cable", "StartFailed");
      assertThat(told.getType()).isEqualTo("Warning");
      assertThat(told.getMessage()).contains(named);
      await()
          .atMost(LIMIT)
          .until(() -> stage.status("cable").at("/failure/message").asText().contains(named));
      assertThat(visitor.answer()).startsWith("HTTP/1.1 503 ");
    }
  }

  @Test
  void aMistakeIsAWarningAndToldOnce() {
    String nowhere = "[{schedule: '0 1 * * *', duration: 1h, timeZone: Nowhere/Land}]";
    stage.declare(List.of(Manifest.greeting("cable", "hello").with("warm", nowhere)));
    Event told = awaitEvent("cable", "InvalidSpec");
    assertThat(told.getType()).isEqualTo("Warning");
    assertThat(told.getMessage()).contains("Nowhere/Land");
    assertThat(told.getCount()).isEqualTo(1);
  }

  private void declare(Manifest manifest) {
    stage.declare(List.of(manifest));
    await(manifest.name()).atMost(LIMIT).until(() -> stage.status(manifest.name()).has("epoch"));
  }

  private Visitor knock(String service) {
    return Visitor.knock(stage.door(), stage.host(service), "/" + service);
  }

  private Event awaitEvent(String service, String reason) {
    return await(reason)
        .atMost(LIMIT)
        .until(
            () -> events(service).stream().filter(it -> it.getReason().equals(reason)).toList(),
            it -> !it.isEmpty())
        .getFirst();
  }

  private List<String> reasons(String service) {
    return events(service).stream().map(Event::getReason).toList();
  }

  private List<Event> events(String service) {
    return stage.client.v1().events().inNamespace(stage.namespace).list().getItems().stream()
        .filter(it -> it.getInvolvedObject().getName().equals(service))
        .filter(it -> it.getInvolvedObject().getKind().equals("OnDemandService"))
        .toList();
  }
}
