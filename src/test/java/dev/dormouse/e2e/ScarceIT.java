package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A control group without another process, or without more memory. */
@Tag("privileged")
class ScarceIT {
  private static final long MEGABYTE = 1 << 20;

  @TempDir Path scratch;
  private final String word = "w" + UUID.randomUUID();
  private Path state = Path.of("unset");

  @BeforeEach
  void require() {
    Root.require();
    state = scratch.resolve("state");
  }

  /** Java has a thread for each child, and fails when it has made the child. */
  @Test
  void whereNoThreadIsToBeHadTheStartFailsAndTheNextOneSucceeds() throws Exception {
    Path manifest =
        Files.writeString(
            scratch.resolve("echo.yaml"),
            EchoServer.service(
                "echo",
                word,
                """
                  path: /cable
                  idleTimeout: 10m
                  retry: {initial: 300ms, max: 300ms, breaker: {failures: 500}}
                """));
    try (var group = Cgroup.of("pids")) {
      for (int left = 0; left <= 1; left++) {
        try (var machine =
            Machine.under(group.starter(), manifest, state.resolve("" + left), "--nap", "never")) {
          settle(group);
          group.limitPids(group.pids() + left);
          assertThat(machine.open("/cable").refusal()).isEqualTo(503);
          assertThat(EchoServer.running(word)).isEmpty();
          assertThat(machine.get(machine.adminPort, "/readyz").statusCode()).isEqualTo(200);
          group.allowPids();
          await("it is served again")
              .atMost(Duration.ofSeconds(60))
              .ignoreExceptions()
              .until(() -> machine.open("/cable").join() != null);
          machine.child.await(
              "reason=SPAWN_FAILED: cannot run perl: no more threads and processes");
          assertThat(EchoServer.running(word)).hasSize(1);
          assertThat(machine.child.lines()).noneMatch(line -> line.contains("bug"));
        }
      }
    }
  }

  @Test
  void aWorkloadThatTheKernelKillsIsSaidToBeKilledAndStartedByTheNextUpgrade() throws Exception {
    try (var group = Cgroup.of("memory");
        var machine = new Machine(growing(group.enter(), 256), state)) {
      group.limitBytes(64 * MEGABYTE);
      var socket = machine.open("/cable");
      socket.join();
      ProcessHandle first = EchoServer.only(word);
      grow(first);
      machine.child.await("reason=CRASHED: was ended by KILL");
      await().atMost(Duration.ofSeconds(30)).until(socket.closed::isDone);
      machine.open("/cable").join();
      assertThat(EchoServer.only(word)).isNotEqualTo(first);
    }
  }

  /** As the kernel does it where Dormouse and its services share one container. */
  @Test
  void whenTheKernelKillsDormouseTheNextOneAdoptsWhatRuns() throws Exception {
    Path manifest = growing(":", 12);
    ProcessHandle workload;
    try (var group = Cgroup.of("memory")) {
      try (var machine = Machine.under(group.starter(), manifest, state, "--nap", "never")) {
        machine.open("/cable").join();
        machine.awaitPhase("echo", "Active");
        workload = EchoServer.only(word);
        Files.writeString(Path.of("/proc/" + machine.child.pid() + "/oom_score_adj"), "1000");
        group.limitBytes(group.anonymousBytes() + 4 * MEGABYTE);
        grow(workload);
        assertThat(machine.child.process().waitFor()).isEqualTo(128 + 9);
        assertThat(EchoServer.only(word)).isEqualTo(workload);
        try (var next = new Machine(manifest, state)) {
          next.child.await("adopted pid=" + workload.pid());
          next.open("/cable").join();
          assertThat(EchoServer.only(word)).isEqualTo(workload);
        }
      }
    }
  }

  /** The silent server, which takes so many megabytes when it is told to. */
  private Path growing(String first, int megabytes) throws IOException {
    return Files.writeString(
        scratch.resolve("echo.yaml"),
        """
        apiVersion: dormouse.dev/v1alpha1
        kind: OnDemandService
        metadata: {name: echo}
        spec:
          command: [sh, -c, 'FIRST; exec perl -e "$0" SCRIPT WORD', GROW]
          port: 0
          path: /cable
          idleTimeout: 10m
          retry: {initial: 100ms}
        """
            .replace("FIRST", first)
            .replace("SCRIPT", EchoServer.SCRIPT.toString())
            .replace("WORD", word)
            .replace("GROW", "'$many = BYTES; $SIG{USR1} = sub { $all = \"x\" x $many }; do shift'")
            .replace("BYTES", "" + megabytes * MEGABYTE));
  }

  private static void grow(ProcessHandle workload) {
    Root.run("kill", "-s", "USR1", "" + workload.pid());
  }

  /** The dry run, the log and whatever else has a thread for a while have ended. */
  private static void settle(Cgroup group) {
    var before = new AtomicLong();
    await()
        .during(Duration.ofSeconds(3))
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              long now = group.pids();
              return before.getAndSet(now) == now;
            });
  }
}
