package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Windows in which a service is awake before anybody knocks. */
class WarmIT {
  @TempDir Path scratch;
  private final String word = "w" + UUID.randomUUID();

  @Test
  @Tag("N14")
  @Tag("P6")
  void aWindowWakesAtItsStartServesWithoutABootAndLetsGoAtItsEnd() throws IOException {
    try (var machine = machine("")) {
      Instant from = InstantSource.system().instant().plusSeconds(3);
      write("{from: '" + from + "', until: '" + from.plusSeconds(5) + "'}");
      assertThat(machine.phase("echo")).isEqualTo("Dormant");
      machine.awaitPhase("echo", "Active");
      assertThat(InstantSource.system().instant()).isAfterOrEqualTo(from);
      assertThat(machine.service("echo").at("/lastWake/reason").asText()).isEqualTo("Warm");
      var early = machine.open("/cable");
      early.join();
      assertThat(machine.starts("echo")).as("the first client causes no boot").isEqualTo(1);
      early.join().abort();
      await().during(Duration.ofMillis(500)).until(() -> machine.phase("echo").equals("Active"));
      machine.awaitPhase("echo", "Dormant");
      assertThat(InstantSource.system().instant()).isAfterOrEqualTo(from.plusSeconds(5));
      assertThat(EchoServer.running(word)).isEmpty();
    }
  }

  @Test
  void aScheduleThatHoldsAtTheStartWakesAtOnceAndASocketOutlastsTheEndOfAnyWindow()
      throws IOException {
    try (var machine = machine("{schedule: '* * * * *', duration: 1m}")) {
      machine.awaitPhase("echo", "Active");
      var socket = machine.open("/cable");
      socket.join();
      ProcessHandle workload = EchoServer.only(word);
      write("{schedule: '0 0 1 1 *', duration: 1s, timeZone: Europe/Berlin}");
      machine.child.await("manifests changed");
      await()
          .during(Duration.ofMillis(800))
          .until(() -> machine.phase("echo").equals("Active") && !socket.closed.isDone());
      assertThat(EchoServer.only(word)).isEqualTo(workload);
      socket.join().abort();
      machine.awaitPhase("echo", "Dormant");
    }
  }

  private Path write(String window) throws IOException {
    return Files.writeString(
        scratch.resolve("echo.yaml"),
        EchoServer.service(
            "echo",
            word,
            "  path: /cable\n  idleTimeout: 200ms\n  shutdown: {drain: 0s}\n  warm: ["
                + window
                + "]\n"));
  }

  private Machine machine(String window) throws IOException {
    return new Machine(write(window), scratch.resolve("state"));
  }
}
