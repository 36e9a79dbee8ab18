package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A memory limit, of a control group, that ends a workload, or Dormouse. */
@Tag("privileged")
class MemoryLimitIT {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");
  private static final Path FIRST = ROOT.resolve("memory");

  /** Allocates for ever when it is told to by USR1. */
  private static final String GREEDY =
      "$SIG{USR1} = sub { 1 while $x .= \"x\" x 1e6 }; do \"" + Echo.SCRIPT + "\"";

  @TempDir Path scratch;
  private final String word = "w" + UUID.randomUUID();
  private final Path group =
      (Files.isDirectory(FIRST) ? FIRST : ROOT).resolve("dormouse-" + UUID.randomUUID());
  private Path manifest = Path.of("unset");

  @BeforeEach
  void makeGroup() throws IOException {
    Root.require();
    Files.createDirectory(group);
  }

  @AfterEach
  void removeGroup() {
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .until(() -> Files.deleteIfExists(group));
  }

  @Test
  void aWorkloadThatIsKilledForWantOfMemoryClosesItsClientsAndIsStartedByTheNext()
      throws Exception {
    limit(60 << 20);
    declare("echo $$ >" + procs() + "; exec perl -e '\\''" + GREEDY + "'\\'' " + word);
    try (var machine = new Machine(manifest, scratch.resolve("state"))) {
      var socket = machine.open("/cable");
      socket.join();
      ProcessHandle workload = Echo.only(word);
      Root.run("kill", "-s", "USR1", "" + workload.pid());
      await().atMost(Duration.ofSeconds(60)).until(socket.closed::isDone);
      machine.child.await("was ended by KILL (by hand, or for want of memory) while it served");
      machine.open("/cable").join();
      assertThat(Echo.only(word)).isNotEqualTo(workload);
    }
  }

  @Test
  void whatRunsOutlivesADormouseThatIsKilledForWantOfMemory() throws Exception {
    limit(200 << 20);
    Path outside = group.resolveSibling("cgroup.procs");
    declare("echo $$ >" + outside + "; exec perl " + Echo.SCRIPT + " " + word);
    List<String> inside = List.of("sh", "-c", "echo $$ >" + procs() + "; exec \"$@\"", "sh");
    ProcessHandle workload;
    try (var machine = Machine.under(inside, manifest, scratch.resolve("state"));
        var hog = hog()) {
      machine.open("/cable").join();
      workload = Echo.only(word);
      hog.say("now");
      assertThat(machine.child.process().waitFor()).isEqualTo(128 + 9);
    }
    try (var machine = new Machine(manifest, scratch.resolve("state"))) {
      machine.child.await("adopted pid=" + workload.pid());
      machine.open("/cable").join();
      assertThat(Echo.only(word)).isEqualTo(workload);
    }
  }

  /** Takes all that the group may have, and is the last to be killed. */
  private Child hog() {
    String script =
        "echo $$ >"
            + procs()
            + "; echo -1000 >/proc/self/oom_score_adj; exec perl -e '<STDIN>; $x = \"x\" x 190e6;"
            + " sleep 1000'";
    return Child.start(Map.of(), List.of("sh", "-c", script));
  }

  private void limit(long bytes) throws IOException {
    Path first = group.resolve("memory.limit_in_bytes");
    Files.writeString(Files.exists(first) ? first : group.resolve("memory.max"), "" + bytes);
  }

  private Path procs() {
    return group.resolve("cgroup.procs");
  }

  private void declare(String script) throws IOException {
    manifest =
        Files.writeString(
            scratch.resolve("echo.yaml"),
            """
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata: {name: echo}
            spec:
              command:
              - sh
              - -c
              - |-
                SCRIPT
              port: 0
              path: /cable
              idleTimeout: 10m
              shutdown: {drain: 0s, gracePeriod: 1s}
              retry: {initial: 100ms}
            """
                .replace("SCRIPT", script.replace("'\\''", "'")));
  }
}
