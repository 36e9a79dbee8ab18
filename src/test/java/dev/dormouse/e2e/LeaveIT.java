package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the real clients of the real cable are taken leave of, and how their own leave is seen. */
class LeaveIT {
  private static final Path BASE = Path.of(System.getProperty("dormouse.basedir"));
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path scratch;
  private Path manifests = Path.of("unset");

  @BeforeEach
  void copyTheExample() throws IOException {
    var example = CableExample.in(scratch.resolve("manifests"));
    manifests = example.manifests();
    example.replace(
        "cable.yaml",
        "  path: /cable",
        "  path: /cable\n  shutdown: {drain: 2s}\n  keepalive: {interval: 1s}");
  }

  @Test
  @Tag("D36")
  @Tag("P8")
  void everyClientIsToldAndComesBackToTheNextDormouse() throws Exception {
    try (var before = new Machine(manifests, scratch.resolve("state"));
        var rails = CableExample.client(before);
        var compressing = plain(before, true, true);
        var plain = plain(before, false, true)) {
      rails.say(CableExample.FINALS);
      rails.await("\"connected\"");
      compressing.await("welcome");
      plain.await("welcome");
      assertThat(before.child.terminate()).isZero();

      JsonNode told = json(rails.await("\"cable-disconnect\""));
      assertThat(told.path("reason").asText()).isEqualTo("server_restart");
      assertThat(told.path("reconnect").asBoolean()).isTrue();
      for (Child client : List.of(compressing, plain)) {
        assertThat(client.await("disconnect")).contains("server_restart");
      }
      for (Child client : List.of(rails, compressing, plain)) {
        assertThat(json(client.await("\"socket-close\"")).path("code").asInt()).isEqualTo(1001);
      }

      int since = rails.lines().size();
      try (var _ = new Machine(before.port, manifests, scratch.resolve("state"))) {
        rails.awaitFrom(since, "\"connected\"");
      }
    }
  }

  @Test
  @Tag("D32")
  @Tag("D36")
  void anInterruptIsObeyedAsATermIs() throws Exception {
    try (var machine = new Machine(manifests, scratch.resolve("state"))) {
      var socket = machine.open("/cable");
      socket.join();
      signal("INT", machine.child);
      assertThat(socket.closed.get(20, TimeUnit.SECONDS)).isEqualTo(1001);
      assertThat(machine.child.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(machine.child.process().exitValue()).isZero();
    }
  }

  @Test
  @Tag("D37")
  void aClientThatStopsLeavesTheDemandAndTheCableSleeps() throws Exception {
    try (var machine = new Machine(manifests, scratch.resolve("state"));
        var client = CableExample.client(machine)) {
      client.say(CableExample.FINALS);
      client.await("\"connected\"");
      client.await("\"socket-ping\"");
      signal("STOP", client);
      try {
        machine.awaitPhase("cable", "Dormant");
        assertThat(machine.get(machine.adminPort, "/metrics").body())
            .containsPattern("dormouse_cuts_total\\{[^}]*reason=\"no-pong\"[^}]*} 1");
      } finally {
        signal("CONT", client);
      }
    }
  }

  @Test
  @Tag("D37")
  void aClientThatNeverAnswersPingsLeavesAndOneThatDoesStays() throws Exception {
    try (var machine = new Machine(manifests, scratch.resolve("state"));
        var polite = plain(machine, true, true);
        var mute = plain(machine, true, false)) {
      polite.await("welcome");
      mute.await("welcome");
      mute.await("\"socket-ping\"");
      mute.await("\"socket-close\"");
      polite.await("\"socket-ping\"");
      assertThat(machine.service("cable").path("connections").asInt()).isEqualTo(1);
      assertThat(polite.lines()).noneMatch(line -> line.contains("\"socket-close\""));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Tag("D36")
  @Tag("D41")
  void pingsAndTheFarewellFitIntoAFloodOfFragments(boolean deflate) throws Exception {
    Path flood = Files.createDirectory(scratch.resolve("flood"));
    Files.writeString(
        flood.resolve("flood.yaml"),
        String.format(
            Locale.ROOT,
            """
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata: {name: flood}
            spec:
              command: [node, %s, $(PORT)]
              port: 0
              path: /cable
              shutdown: {drain: 2s}
              keepalive: {interval: 1s}
            """,
            BASE.resolve("src/test/node/ws-server.mjs")));
    try (var machine = new Machine(flood, scratch.resolve("state"));
        var client = plain(machine, deflate, true)) {
      assertThat(json(client.await("\"socket-open\"")).path("extensions").asText())
          .isEqualTo(deflate ? "permessage-deflate" : "");
      client.await("\"socket-ping\"");
      int pinged = client.lines().size();
      client.awaitFrom(pinged, "\"socket-ping\"");
      assertThat(machine.child.terminate()).isZero();
      assertThat(json(client.await("\"socket-close\"")).path("code").asInt()).isEqualTo(1001);
      assertThat(client.lines().get(client.lines().size() - 2)).contains("server_restart");
      assertThat(client.lines()).noneMatch(line -> line.contains("\"socket-error\""));
      assertThat(client.lines().stream().filter(line -> line.contains("\"message\"")))
          .hasSizeGreaterThan(3);
    }
  }

  private static Child plain(Machine machine, boolean deflate, boolean autoPong) {
    return Child.node(
        Map.of(),
        "ws-client.mjs",
        machine.socketUri("/cable").toString(),
        "{\"protocols\":[\"actioncable-v1-json\"],\"perMessageDeflate\":"
            + deflate
            + ",\"autoPong\":"
            + autoPong
            + "}");
  }

  private static void signal(String name, Child to) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder("kill", "-" + name, "" + to.pid()).start().waitFor()).isZero();
  }

  private static JsonNode json(String line) throws IOException {
    return JSON.readTree(line);
  }
}
