package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Dormouse is the first process of a container without an init. */
@Tag("privileged")
class FirstProcessIT {
  private static final int ORPHANS = 200;

  /** SIGINT and SIGQUIT, in a mask of proc_pid_status(5). */
  private static final long KEYBOARD = (1L << 1) | (1L << 2);

  @TempDir Path scratch;
  private Path manifest = Path.of("unset");

  @BeforeEach
  void declare() throws IOException {
    Root.require();
    manifest =
        Files.writeString(
            scratch.resolve("parent.yaml"),
            """
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata: {name: parent}
            spec:
              command: [sh, -c, 'for i in $(seq 200); do (sleep 0.2 &); done; exec perl ECHO first']
              port: 0
              path: /cable
              idleTimeout: 300ms
              minimumUptime: 0s
              shutdown: {drain: 0s}
            ---
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata: {name: failing}
            spec: {command: [sh, -c, 'exit 7'], port: 0, path: /failing, retry: {initial: 30s}}
            """
                .replace("200", "" + ORPHANS)
                .replace("ECHO", EchoServer.SCRIPT.toString()));
  }

  @Test
  void orphansAreReapedAndExitCodesOfServicesStayRight() throws Exception {
    try (var machine = start("sh")) {
      var socket = machine.open("/cable");
      socket.join();
      ProcessHandle first = first(machine);
      await().atMost(Duration.ofSeconds(30)).until(() -> sleepers(first) == 0);
      await().atMost(Duration.ofSeconds(10)).until(() -> zombies(first).isEmpty());
      assertThat(machine.open("/failing").refusal()).isEqualTo(503);
      machine.child.await("exited with code 7 before it was ready");
      socket.join().abort();
      machine.awaitPhase("parent", "Dormant");
      assertThat(machine.child.lines()).noneMatch(line -> line.contains("KILL"));
      await().atMost(Duration.ofSeconds(10)).until(() -> zombies(first).isEmpty());
      end(machine);
    }
  }

  @Test
  void servicesDoNotIgnoreTheKeyboard() throws Exception {
    try (var machine = start("sh")) {
      machine.open("/cable").join();
      long workload =
          EchoServer.running("first").stream().map(ProcessHandle::pid).findFirst().orElseThrow();
      String ignored =
          Files.readAllLines(Path.of("/proc/" + workload + "/status")).stream()
              .filter(line -> line.startsWith("SigIgn:"))
              .findFirst()
              .orElseThrow();
      assertThat(Long.parseUnsignedLong(ignored.substring(7).strip(), 16) & KEYBOARD).isZero();
      end(machine);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void aSignalStopsEverythingAndEndsItWithSuccess(String signal) throws Exception {
    for (String shell : List.of("sh", "bash")) {
      try (var machine = start(shell)) {
        machine.open("/cable").join();
        Root.run("kill", "-s", signal, "" + first(machine).pid());
        ended(machine);
        assertThat(machine.child.lines().getLast()).endsWith("INFO stopped");
      }
    }
  }

  /** Where the launcher's shell is another one. */
  private Machine start(String shell) {
    return Machine.under(
        List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", shell),
        manifest,
        scratch.resolve("state-" + shell));
  }

  private static void end(Machine machine) throws InterruptedException {
    first(machine).destroy();
    ended(machine);
  }

  private static void ended(Machine machine) throws InterruptedException {
    assertThat(machine.child.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(machine.child.process().exitValue()).isZero();
    machine.child.awaitEnd();
  }

  /** The process 1 of its name space, as it is seen from here. */
  private static ProcessHandle first(Machine machine) {
    return machine.child.process().children().findFirst().orElseThrow();
  }

  private static long sleepers(ProcessHandle first) {
    return states(first).filter(state -> state.startsWith("sleep ")).count();
  }

  private static List<String> zombies(ProcessHandle first) {
    return states(first).filter(state -> state.endsWith(" Z")).toList();
  }

  /** Name and state of all that descend from it. */
  private static Stream<String> states(ProcessHandle first) {
    return first
        .descendants()
        .flatMap(
            process -> {
              try {
                String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
                int end = stat.lastIndexOf(')');
                return Stream.of(
                    stat.substring(stat.indexOf('(') + 1, end) + stat.substring(end + 1, end + 3));
              } catch (IOException e) {
                return Stream.of();
              }
            });
  }
}
