package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** KILL of Dormouse, at each moment of a service's life, and of the service. */
class SuddenDeathIT {
  private static final Path ECHO =
      Path.of(System.getProperty("dormouse.basedir"), "src/test/perl/echo.pl");

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
      kill(machine);
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
      kill(machine);
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
      kill(machine);
    }
    ProcessHandle booting = only();
    try (var machine = machine()) {
      machine.open("/cable").join();
      assertThat(only()).isEqualTo(booting);
      assertThat(machine.starts("echo")).isZero();
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
      kill(machine);
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
        Files.readString(manifest).replace("perl", "sh").replace(ECHO.toString(), "/no/script")
            + "  retry: {initial: 30s}\n");
    try (var machine = machine()) {
      assertThat(machine.open("/cable").refusal()).isEqualTo(503);
      kill(machine);
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
      assertRefused(
          "dormouse: state directory "
              + state
              + ": is in use by another dormouse, pid "
              + machine.child.pid());
      assertThat(only()).isEqualTo(workload);
      assertThat(machine.phase("echo")).isEqualTo("Active");
    }
  }

  @Test
  void aStateDirectoryThatCannotBeUsedIsNamed() throws Exception {
    Files.writeString(state, "a file");
    assertRefused("dormouse: state directory " + state + ": not a directory: " + state);
  }

  @Test
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

  private void assertRefused(String line) throws Exception {
    try (var second =
        Child.dormouse(
            "run",
            "-f",
            manifest.toString(),
            "--listen",
            "127.0.0.1:0",
            "--admin",
            "127.0.0.1:0",
            "--state-dir",
            state.toString())) {
      assertThat(second.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(second.process().exitValue()).isEqualTo(1);
      await().untilAsserted(() -> assertThat(errors(second)).containsExactly(line));
    }
  }

  /** What it says of its end; warnings about manifests come before. */
  private static List<String> errors(Child child) {
    return child.lines().stream().filter(line -> line.startsWith("dormouse: ")).toList();
  }

  private ProcessHandle killWhileActive() throws InterruptedException {
    try (var machine = machine()) {
      machine.open("/cable").join();
      kill(machine);
    }
    return only();
  }

  private static void kill(Machine machine) throws InterruptedException {
    machine.child.process().destroyForcibly().waitFor();
  }

  private Machine machine() {
    return new Machine(manifest, state);
  }

  private void write(String arguments, String more) throws IOException {
    String idle = more.contains("idleTimeout") ? "" : "  idleTimeout: 1s\n";
    String shutdown = more.contains("shutdown") ? "" : "  shutdown: {drain: 0s, gracePeriod: 2s}\n";
    Files.writeString(
        manifest,
        """
        apiVersion: dormouse.dev/v1alpha1
        kind: OnDemandService
        metadata: {name: echo}
        spec:
          command: [perl, ECHO, WORD, MORE]
          port: 0
          path: /cable
          minimumUptime: 0s
        """
                .replace("ECHO", ECHO.toString())
                .replace("WORD", word)
                .replace("MORE", arguments.replaceAll("(\\S+)", "\"$1\"").replace(" ", ", "))
                .replace(", ]", "]")
            + idle
            + shutdown
            + more);
  }

  private ProcessHandle only() {
    List<ProcessHandle> all = workloads();
    assertThat(all).hasSize(1);
    return all.getFirst();
  }

  /** Not the dead: whoever inherits them may be slow to reap. */
  private List<ProcessHandle> workloads() {
    return ProcessHandle.allProcesses()
        .filter(
            p ->
                p.info().arguments().stream()
                    .flatMap(java.util.Arrays::stream)
                    .anyMatch(word::equals))
        .toList();
  }
}
