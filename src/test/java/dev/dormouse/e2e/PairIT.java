package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real cable and the real Redis that it depends on. */
class PairIT {
  @TempDir Path scratch;
  private CableExample example = CableExample.UNSET;

  @BeforeEach
  void copyTheExample() throws IOException {
    example = CableExample.in(scratch.resolve("manifests"));
  }

  @AfterEach
  void nothingIsLeft() {
    try {
      assertThat(example.processes()).isEmpty();
    } finally {
      example.processes().forEach(ProcessHandle::destroyForcibly);
    }
  }

  @Test
  @Tag("D34")
  @Tag("P9")
  void theCableWaitsForARedisThatBootsSlowly() throws Exception {
    Path go = scratch.resolve("go");
    String late = "until [ -e " + go + " ]; do sleep 0.1; done; exec redis-server \"$@\"";
    example.replace("redis.yaml", "[redis-server,", "[sh, -c, '" + late + "', redis,");
    try (var machine = machine();
        var client = CableExample.client(machine)) {
      client.say(CableExample.FINALS);
      await().until(() -> machine.service("cable").path("waiting").asInt() == 1);
      assertThat(machine.service("cable").at("/conditions/1/reason").asText())
          .isEqualTo("WaitingForDependency");
      assertThat(example.pumas()).isEmpty();
      Files.createFile(go);
      client.await("\"connected\"");
      assertThat(client.lines()).noneMatch(line -> line.contains("\"socket-close\""));
      assertThat(machine.count("dormouse_start_failures_total", "")).isZero();
    }
  }

  @Test
  @Tag("D27")
  void whenRedisDiesTheClientsComeBackToACableThatConfirmsAndHears() throws Exception {
    try (var machine = machine();
        var client = CableExample.client(machine)) {
      client.say(CableExample.FINALS);
      client.await("\"connected\"");
      ProcessHandle redis = example.redises().getFirst();
      int since = client.lines().size();
      redis.destroyForcibly();
      client.awaitFrom(since, "\"connected\"");
      assertThat(example.redises()).hasSize(1).doesNotContain(redis);
      example.publish("{\"heat\":21}");
      client.awaitFrom(since, "{\"heat\":21}");
    }
  }

  @Test
  @Tag("D32")
  void aPairThatOutlivedDormouseIsAdoptedServesOnAndSleepsAtLast() throws Exception {
    example.replace("cable.yaml", "idleTimeout: 1s", "idleTimeout: 10s");
    List<ProcessHandle> pair;
    int port;
    try (var machine = machine()) {
      port = machine.port;
      for (int i = 0; i < 20; i++) {
        machine.open("/cable").join();
      }
      pair = example.processes();
      machine.kill();
    }
    assertThat(example.processes()).hasSize(2).containsExactlyInAnyOrderElementsOf(pair);
    try (var machine = new Machine(port, example.manifests(), scratch.resolve("state"));
        var client = CableExample.client(machine)) {
      client.say(CableExample.FINALS);
      client.await("\"connected\"");
      example.publish("{\"heat\":22}");
      client.await("{\"heat\":22}");
      assertThat(example.processes()).containsExactlyInAnyOrderElementsOf(pair);
      assertThat(machine.starts("cable") + machine.starts("redis")).isZero();
      client.say("{\"cmd\":\"close\"}");
      machine.awaitPhase("cable", "Dormant");
      assertThat(example.pumas()).isEmpty();
      await()
          .during(Duration.ofMillis(300))
          .until(() -> machine.phase("redis").equals("Active") && example.redises().size() == 1);
      assertThat(machine.child.terminate()).isZero();
    }
  }

  private Machine machine() {
    return new Machine(example.manifests(), scratch.resolve("state"));
  }
}
