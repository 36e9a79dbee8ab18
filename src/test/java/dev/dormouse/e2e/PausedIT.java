package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * SIGSTOP of Dormouse, or of a workload, while clients are connected, arrive and wait. {@code
 * -Dpause.seconds=60} makes it a minute.
 */
class PausedIT {
  private static final Duration PAUSE = Duration.ofSeconds(Integer.getInteger("pause.seconds", 5));
  private static final int CLIENTS = 20;

  @TempDir Path scratch;
  private final String word = "w" + UUID.randomUUID();
  private Path manifest = Path.of("unset");
  private Path state = Path.of("unset");

  /** All limits are shorter than the pause. */
  @BeforeEach
  void declare() throws IOException {
    state = scratch.resolve("state");
    manifest =
        Files.writeString(
            scratch.resolve("echo.yaml"),
            EchoServer.service(
                    "echo",
                    word,
                    """
                      path: /cable
                      idleTimeout: 2s
                      shutdown: {drain: 0s}
                      keepalive: {interval: 1s, failureThreshold: 2}
                      limits: {slowClient: 2s}
                    """)
                + "---\n"
                + EchoServer.service(
                    "slow",
                    word + "slow 1 slow",
                    "  path: /slow\n  idleTimeout: 10m\n  startup: {timeout: 4s, hold: 4s}\n"));
  }

  @Test
  void aDormouseThatWasStoppedCutsNobodyAndServesWhoCameMeanwhile() throws Exception {
    try (var machine = new Machine(manifest, state)) {
      List<Machine.Socket> clients = connect(machine);
      ProcessHandle workload = EchoServer.only(word);
      machine.open("/slow");
      machine.child.await("service=default/slow started pid=");
      Root.run("kill", "-s", "STOP", "" + machine.child.pid());
      var meanwhile = machine.open("/cable");
      pause();
      assertThat(meanwhile.opened).isNotDone();
      Root.run("kill", "-s", "CONT", "" + machine.child.pid());
      meanwhile.join();
      machine.awaitPhase("slow", "Active");
      assertThat(machine.starts("slow")).isEqualTo(1);
      assertThat(clients).noneMatch(client -> client.closed.isDone());
      assertThat(machine.phase("echo")).isEqualTo("Active");
      assertThat(EchoServer.only(word)).isEqualTo(workload);
      assertThat(machine.child.lines()).noneMatch(line -> line.contains("-> failed"));
      Stream.concat(clients.stream(), Stream.of(meanwhile)).forEach(it -> it.join().abort());
      machine.awaitPhase("echo", "Dormant");
    }
  }

  @Test
  void aWorkloadThatWasStoppedKeepsItsClientsAndGetsNewOnes() throws Exception {
    try (var machine = new Machine(manifest, state)) {
      List<Machine.Socket> clients = connect(machine);
      ProcessHandle workload = EchoServer.only(word);
      Root.run("kill", "-s", "STOP", "" + workload.pid());
      pause();
      assertThat(machine.phase("echo")).isEqualTo("Active");
      var meanwhile = machine.open("/cable");
      Root.run("kill", "-s", "CONT", "" + workload.pid());
      meanwhile.join();
      assertThat(clients).noneMatch(client -> client.closed.isDone());
      assertThat(EchoServer.only(word)).isEqualTo(workload);
      Stream.concat(clients.stream(), Stream.of(meanwhile)).forEach(it -> it.join().abort());
      machine.awaitPhase("echo", "Dormant");
    }
  }

  private static List<Machine.Socket> connect(Machine machine) {
    List<Machine.Socket> clients =
        Stream.generate(() -> machine.open("/cable")).limit(CLIENTS).toList();
    clients.forEach(Machine.Socket::join);
    return clients;
  }

  private static void pause() {
    await().pollDelay(PAUSE).atMost(PAUSE.multipliedBy(3)).until(() -> true);
  }
}
