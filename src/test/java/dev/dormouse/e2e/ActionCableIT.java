package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real Puma, Action Cable and Redis of the example, with the real client. */
class ActionCableIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path scratch;
  private CableExample example = CableExample.UNSET;

  @BeforeEach
  void copyTheExample() throws IOException {
    example = CableExample.in(scratch.resolve("manifests"));
  }

  @Test
  void aCableWakesForTheRealClientCarriesBroadcastsAndSleepsWhenItHasLeft() throws Exception {
    try (var machine = start()) {
      machine.awaitPhase("redis", "Active");
      assertThat(machine.phase("cable")).isEqualTo("Dormant");
      assertThat(example.pumas()).isEmpty();

      try (var client = CableExample.client(machine)) {
        client.say(CableExample.FINALS);
        assertThat(json(client.await("\"socket-open\"")).path("protocol").asText())
            .isEqualTo("actioncable-v1-json");
        client.await("\"cable-welcome\"");
        client.await("\"connected\"");
        assertThat(example.pumas()).hasSize(1);

        client.say("{\"cmd\":\"perform\",\"action\":\"score\",\"data\":{\"heat\":7}}");
        client.await("{\"heat\":7}");
        example.publish("{\"heat\":12,\"score\":87}");
        client.await("{\"heat\":12,\"score\":87}");

        client.await("\"cable-ping\"");
        int afterFirst = indexOf(client, "\"cable-ping\"") + 1;
        client.awaitFrom(afterFirst, "\"cable-ping\"");
        assertThat(machine.phase("cable")).as("open for many idle timeouts").isEqualTo("Active");
      }
      machine.awaitPhase("cable", "Dormant");
      assertThat(example.pumas()).isEmpty();
      assertThat(machine.starts("cable")).isEqualTo(1);
      assertThat(machine.phase("redis")).isEqualTo("Active");
    }
    assertThat(example.processes()).isEmpty();
  }

  @Test
  @Tag("D10")
  void theClientsOwnReconnectWakesACableThatWasKilled() throws Exception {
    try (var machine = start();
        var client = CableExample.client(machine)) {
      client.say(CableExample.FINALS);
      client.await("\"connected\"");
      ProcessHandle puma = example.pumas().getFirst();
      puma.destroyForcibly();
      client.await("\"disconnected\"");
      int since = client.lines().size();
      client.awaitFrom(since, "\"connected\"");
      assertThat(example.pumas()).hasSize(1).doesNotContain(puma);
      example.publish("{\"heat\":13}");
      client.awaitFrom(since, "{\"heat\":13}");
    }
  }

  @Test
  @Tag("D3")
  @Tag("D4")
  @Tag("D8")
  void twoHundredUpgradesAtOnceAreOneBootAndTwoHundredWelcomes() {
    try (var machine = start()) {
      List<Machine.Socket> sockets =
          IntStream.range(0, 200).mapToObj(_ -> machine.open("/cable")).toList();
      for (Machine.Socket socket : sockets) {
        assertThat(socket.join().getSubprotocol()).isEqualTo("actioncable-v1-json");
        assertThat(socket.first.orTimeout(20, TimeUnit.SECONDS).join())
            .isEqualTo("{\"type\":\"welcome\"}");
      }
      assertThat(boots(machine)).isEqualTo(1);
      assertThat(machine.service("cable").path("connections").asInt()).isEqualTo(200);
    }
  }

  @Test
  @Tag("D1")
  @Tag("D2")
  void theFirstClientLeavesDuringTheBootAndTheOthersAreServed() {
    try (var machine = start()) {
      try (var first =
          Child.node(Map.of(), "ws-client.mjs", machine.socketUri("/cable").toString())) {
        machine.child.await("service=default/cable dormant -> waking");
        first.process().destroyForcibly();
      }
      var second = machine.open("/cable");
      var third = machine.open("/cable");
      second.join();
      third.join();
      assertThat(boots(machine)).isEqualTo(1);
      assertThat(machine.starts("cable")).as("a boot may end before it says so").isEqualTo(1);
    }
  }

  @Test
  @Tag("D20")
  @Tag("D21")
  void whatIsNotAnUpgradeFromAnAllowedOriginWakesNothing() throws IOException {
    try (var machine = start()) {
      machine.awaitPhase("redis", "Active");
      assertThat(machine.get(machine.port, "/cable").statusCode()).isEqualTo(426);
      assertThat(machine.get(machine.port, "/up").statusCode()).isEqualTo(404);
      for (String method : List.of("HEAD", "OPTIONS", "POST")) {
        var request =
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + machine.port + "/cable"))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        assertThat(machine.send(request).statusCode()).as(method).isBetween(400, 499);
      }
      assertThat(machine.open("/cable/other").refusal()).isEqualTo(404);
      try (var stranger =
          Child.node(
              Map.of(),
              "ws-client.mjs",
              machine.socketUri("/cable").toString(),
              "{\"origin\":\"https://stranger.example\"}")) {
        assertThat(json(stranger.await("\"socket-refused\"")).path("status").asInt())
            .isEqualTo(403);
      }
      machine.get(machine.adminPort, "/livez");
      machine.get(machine.adminPort, "/metrics");
      assertThat(machine.starts("cable")).isZero();
      assertThat(machine.phase("cable")).isEqualTo("Dormant");
    }
  }

  @Test
  @Tag("D40")
  void pumasOwn404ForAForeignOriginReachesTheClientUnchanged() throws IOException {
    Path cable = example.manifests().resolve("cable.yaml");
    String text = Files.readString(cable);
    Files.writeString(cable, text.substring(0, text.indexOf("  access:")));
    try (var machine = start();
        var stranger =
            Child.node(
                Map.of(),
                "ws-client.mjs",
                machine.socketUri("/cable").toString(),
                "{\"origin\":\"https://stranger.example\"}")) {
      JsonNode refused = json(stranger.await("\"socket-refused\""));
      assertThat(refused.path("status").asInt()).isEqualTo(404);
      assertThat(refused.path("body").asText()).isEqualTo("Page not found");
    }
  }

  @Test
  @Tag("D32")
  @Tag("P8")
  void termStopsEverythingTheCableBeforeItsRedisAndEndsWithZero() throws Exception {
    try (var machine = start()) {
      machine.open("/cable").join();
      assertThat(example.pumas()).hasSize(1);
      assertThat(machine.child.terminate()).isZero();
      machine.child.awaitEnd();
      assertThat(String.join("\n", machine.child.lines()))
          .containsSubsequence(
              "service=default/cable active -> draining",
              "service=default/cable gone",
              "service=default/redis active -> stopping",
              "service=default/redis gone",
              " stopped");
    }
    assertThat(example.processes()).isEmpty();
  }

  private Machine start() {
    return new Machine(example.manifests(), scratch.resolve("state"));
  }

  private static long boots(Machine machine) {
    return machine.child.lines().stream().filter(line -> line.contains("Puma starting")).count();
  }

  private static int indexOf(Child child, String text) {
    List<String> lines = child.lines();
    return IntStream.range(0, lines.size())
        .filter(i -> lines.get(i).contains(text))
        .findFirst()
        .orElseThrow();
  }

  private static JsonNode json(String line) throws IOException {
    return JSON.readTree(line);
  }
}
