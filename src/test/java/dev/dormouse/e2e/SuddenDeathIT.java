package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** KILL of Dormouse, at each moment of a service's life, and of the service. */
class SuddenDeathIT {
  @TempDir Path scratch;
  private Path manifest = Path.of("unset");
  private Path state = Path.of("unset");

  /** In the arguments of the services' processes. */
  private final String word = "w" + UUID.randomUUID();

  @BeforeEach
  void declare() throws IOException {
    manifest = scratch.resolve("echo.yaml");
    state = scratch.resolve("state");
    write("", "");
  }

  @AfterEach
  void nothingIsLeft() {
    try {
      assertThat(workloads()).isEmpty();
    } finally {
      workloads().forEach(ProcessHandle::destroyForcibly);
    }
  }

  @Test
  @Tag("D32")
  void aLiveCableIsAdoptedAndItsIdleTimeoutBeginsAnew() throws Exception {
    ProcessHandle before;
    try (var machine = machine()) {
      machine.open("/cable").join();
      before = only();
      machine.kill();
    }
    assertThat(workloads()).contains(before);
    try (var machine = machine()) {
      machine.awaitPhase("echo", "Active");
      machine.child.await("adopted pid=" + before.pid());
      assertThat(machine.service("echo").path("pid").asLong()).isEqualTo(before.pid());
      var again = machine.open("/cable");
      again.join();
      assertThat(only()).isEqualTo(before);
      assertThat(machine.starts("echo")).isZero();
      again.join().abort();
      machine.awaitPhase("echo", "Dormant");
      assertThat(workloads()).doesNotContain(before);
    }
  }

  @Test
  @Tag("D32")
  @Tag("D19")
  void anAdoptedCableThatNobodyComesBackToGoesToSleep() throws Exception {
    killWhileActive();
    try (var machine = machine()) {
      machine.awaitPhase("echo", "Active");
      assertThat(workloads()).hasSize(1);
      machine.awaitPhase("echo", "Dormant");
    }
  }

  @Test
  @Tag("D32")
  void killedWhileDormantNothingRunsAndTheNextWakeWorks() throws Exception {
    try (var machine = machine()) {
      machine.awaitPhase("echo", "Dormant");
      machine.kill();
    }
    try (var machine = machine()) {
      assertThat(workloads()).isEmpty();
      machine.open("/cable").join();
      assertThat(workloads()).hasSize(1);
    }
  }

  @Test
  @Tag("D32")
  void killedWhileWakingOneBootIsEnough() throws Exception {
    write("0.8 slow", "");
    try (var machine = machine()) {
      machine.open("/cable");
      machine.child.await("started pid=");
      machine.kill();
    }
    ProcessHandle booting = only();
    try (var machine = machine()) {
      machine.open("/cable").join();
      assertThat(only()).isEqualTo(booting);
      assertThat(machine.child.lines()).noneMatch(line -> line.contains("started pid="));
    }
  }

  @Test
  @Tag("D13")
  @Tag("D32")
  void killedWhileStoppingTheStopIsCompletedBeforeTheNextStart() throws Exception {
    write("0 deaf", "  idleTimeout: 200ms\n  shutdown: {drain: 0s, gracePeriod: 1s}\n");
    ProcessHandle stubborn;
    try (var machine = machine()) {
      machine.open("/cable").join().abort();
      stubborn = only();
      machine.child.await("active -> stopping");
      machine.kill();
    }
    assertThat(workloads()).contains(stubborn);
    try (var machine = machine()) {
      machine.open("/cable").join();
      assertThat(workloads()).doesNotContain(stubborn);
      assertThat(workloads()).hasSize(1);
    }
  }

  @Test
  @Tag("D32")
  void killedBetweenForkAndFileTheStrangerIsRemovedAndOneIsStarted() throws Exception {
    ProcessHandle stranger = killWhileActive();
    Files.delete(state.resolve("echo.json"));
    try (var machine = machine()) {
      machine.open("/cable").join();
      assertThat(workloads()).doesNotContain(stranger);
      assertThat(workloads()).hasSize(1);
    }
  }

  @Test
  @Tag("D33")
  void aDefinitionThatChangedMeanwhileReplacesTheWorkload() throws Exception {
    ProcessHandle outdated = killWhileActive();
    write("0 changed", "");
    try (var machine = machine()) {
      machine.open("/cable").join();
      assertThat(workloads()).doesNotContain(outdated);
      assertThat(workloads()).hasSize(1);
    }
  }

  @Test
  @Tag("D33")
  void aServiceThatWasRemovedMeanwhileIsStopped() throws Exception {
    ProcessHandle removed = killWhileActive();
    Files.writeString(manifest, Files.readString(manifest).replace("name: echo", "name: other"));
    try (var machine = machine()) {
      await().until(() -> !workloads().contains(removed));
      machine.open("/cable").join();
      assertThat(workloads()).hasSize(1);
      await().until(() -> !Files.exists(state.resolve("echo.json")));
    }
  }

  @Test
  @Tag("D10")
  void aWorkloadThatIsKilledClosesItsClientsAndIsStartedByTheNextUpgrade() {
    try (var machine = machine()) {
      var socket = machine.open("/cable");
      socket.join();
      ProcessHandle first = only();
      first.destroyForcibly();
      await().until(socket.closed::isDone);
      machine.open("/cable").join();
      assertThat(only()).isNotEqualTo(first);
      machine.child.await("reason=CRASHED");
    }
  }

  @Test
  @Tag("D9")
  void theBackOffOfACrashLoopOutlivesDormouse() throws Exception {
    Files.writeString(
        manifest,
        Files.readString(manifest)
                .replace("perl", "sh")
                .replace(EchoServer.SCRIPT.toString(), "/no/script")
            + "  retry: {initial: 30s}\n");
    try (var machine = machine()) {
      assertThat(machine.open("/cable").refusal()).isEqualTo(503);
      machine.kill();
    }
    try (var machine = machine()) {
      machine.awaitPhase("echo", "Failed");
      assertThat(machine.service("echo").path("failure").path("count").asInt()).isEqualTo(1);
      assertThat(machine.open("/cable").refusal()).isEqualTo(503);
      assertThat(machine.child.lines()).noneMatch(line -> line.contains("started pid="));
    }
  }

  @Test
  @Tag("D42")
  void aSecondDormouseOverTheSameStateDirectoryEndsWithOneLineAndChangesNothing() throws Exception {
    try (var machine = machine()) {
      machine.open("/cable").join();
      ProcessHandle workload = only();
      assertThat(Child.refusal(manifest, state))
          .containsExactly(
              "dormouse: state directory "
                  + state
                  + ": is in use by another dormouse, pid "
                  + machine.child.pid()
                  + "; --state-dir DIR names another");
      assertThat(only()).isEqualTo(workload);
      assertThat(machine.phase("echo")).isEqualTo("Active");
    }
  }

  @Test
  void aStateDirectoryThatCannotBeUsedIsNamed() throws Exception {
    Files.writeString(state, "a file");
    assertThat(Child.refusal(manifest, state))
        .containsExactly("dormouse: state directory " + state + ": not a directory: " + state);
  }

  @Test
  @Tag("D25")
  void anHttpProbeHoldsClientsUntilItSucceedsThoughTheChildListensAtOnce() throws IOException {
    write("1.5", "  startup: {probe: {http: {path: /up}}}\n");
    try (var machine = machine()) {
      var socket = machine.open("/cable");
      await().until(() -> !workloads().isEmpty());
      await()
          .during(Duration.ofMillis(700))
          .until(() -> !socket.opened.isDone() && machine.phase("echo").equals("Waking"));
      socket.join();
      assertThat(machine.service("echo").path("lastWake").path("latencyMs").asLong())
          .isGreaterThan(1_300);
    }
  }

  private ProcessHandle killWhileActive() throws InterruptedException {
    try (var machine = machine()) {
      machine.open("/cable").join();
      machine.kill();
    }
    return only();
  }

  private Machine machine() {
    return new Machine(manifest, state);
  }

  private void write(String arguments, String more) throws IOException {
    String idle = more.contains("idleTimeout") ? "" : "  idleTimeout: 1s\n";
    String shutdown = more.contains("shutdown") ? "" : "  shutdown: {drain: 0s, gracePeriod: 2s}\n";
    Files.writeString(
        manifest,
        EchoServer.service(
            "echo", word + " " + arguments, "  path: /cable\n" + idle + shutdown + more));
  }

  private ProcessHandle only() {
    return EchoServer.only(word);
  }

  private List<ProcessHandle> workloads() {
    return EchoServer.running(word);
  }
}
