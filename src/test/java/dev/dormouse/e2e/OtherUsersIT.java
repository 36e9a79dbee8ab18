package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What other users of the machine put in Dormouse's way, and what it may see of them. */
@Tag("privileged")
class OtherUsersIT {
  private static final String NOBODY = "65534";

  /** As another user, with what a service of Dormouse has in its environment. */
  private static final List<String> AS_NOBODY =
      List.of("setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups");

  @TempDir Path scratch;
  private final String word = "w" + UUID.randomUUID();
  private Path manifest = Path.of("unset");
  private Path state = Path.of("unset");

  @BeforeEach
  void declare() throws IOException {
    Root.require();
    Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rwxr-xr-x"));
    state = scratch.resolve("state");
    manifest =
        Files.writeString(
            scratch.resolve("echo.yaml"),
            EchoServer.service(
                "echo", word, "  path: /cable\n  idleTimeout: 500ms\n  shutdown: {drain: 0s}\n"));
  }

  @Test
  void aDirectoryThatSomebodyElsePreparedIsRefused() throws Exception {
    Files.createDirectory(state);
    Root.run("chown", NOBODY, state.toString());
    assertThat(Child.refusal(manifest, state))
        .containsExactly(
            "dormouse: state directory "
                + state
                + ": belongs to user 65534, and Dormouse runs as user 0");
    Root.run("chown", "0", state.toString());
    Path planted = Files.writeString(state.resolve("echo.log"), "");
    Root.run("chown", NOBODY, planted.toString());
    assertThat(Child.refusal(manifest, state))
        .containsExactly(
            "dormouse: state directory "
                + state
                + ": a file in it belongs to user 65534: echo.log");
  }

  @Test
  void theMarkOnAnothersOlderProcessEndsNobody() throws Exception {
    Files.writeString(manifest, Files.readString(manifest).replace("500ms", "10m"));
    ProcessHandle workload;
    String mark;
    try (var machine = new Machine(manifest, state)) {
      machine.open("/cable").join();
      workload = EchoServer.only(word);
      mark = mark(workload);
      machine.awaitPhase("echo", "Active");
    }
    try (var older = forged(mark);
        var machine = new Machine(manifest, state)) {
      machine.open("/cable").join();
      workload = EchoServer.only(word);
      machine.kill();
      try (var again = new Machine(manifest, state)) {
        again.child.await("adopted pid=" + workload.pid());
        again.open("/cable").join();
        assertThat(EchoServer.only(word)).isEqualTo(workload);
      }
      assertThat(older.process().isAlive()).isTrue();
    }
  }

  @Test
  void aServiceThatBecomesAnotherUserIsAdopted() throws Exception {
    Files.writeString(
        manifest,
        """
        apiVersion: dormouse.dev/v1alpha1
        kind: OnDemandService
        metadata: {name: echo}
        spec:
          command: [setpriv, --reuid, "65534", --regid, "65534", --clear-groups, perl, SCRIPT, WORD]
          port: 0
          path: /cable
          idleTimeout: 500ms
          minimumUptime: 0s
          shutdown: {drain: 0s}
        """
            .replace("SCRIPT", Files.copy(EchoServer.SCRIPT, scratch.resolve("echo.pl")).toString())
            .replace("WORD", word));
    ProcessHandle workload;
    try (var machine = new Machine(manifest, state)) {
      machine.open("/cable").join();
      workload = EchoServer.only(word);
      machine.kill();
    }
    try (var machine = new Machine(manifest, state)) {
      machine.child.await("adopted pid=" + workload.pid());
      machine.open("/cable").join().abort();
      machine.awaitPhase("echo", "Dormant");
      assertThat(EchoServer.running(word)).isEmpty();
    }
  }

  @Test
  void whereProcessesOfOthersAreHiddenEverythingWorks() throws Exception {
    Path script = Files.copy(EchoServer.SCRIPT, scratch.resolve("echo.pl"));
    Files.writeString(
        manifest,
        Files.readString(manifest).replace(EchoServer.SCRIPT.toString(), script.toString()));
    Files.createDirectory(state);
    Root.run("chown", NOBODY, state.toString());
    ProcessHandle workload;
    try (var machine = hidden()) {
      machine.open("/cable").join();
      workload = EchoServer.only(word);
      assertThat(machine.service("echo").path("memoryBytes").asLong()).isPositive();
      machine.kill();
    }
    try (var machine = hidden()) {
      machine.child.await("adopted pid=" + workload.pid());
      machine.open("/cable").join().abort();
      machine.awaitPhase("echo", "Dormant");
      assertThat(EchoServer.running(word)).isEmpty();
      assertThat(machine.child.terminate()).isZero();
    }
  }

  /** As nobody, who sees only processes of their own. */
  private Machine hidden() {
    return Machine.under(
        List.of(
            "unshare",
            "--mount",
            "sh",
            "-c",
            "mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid 65534 --regid 65534"
                + " --clear-groups --inh-caps=-all \"$@\"",
            "sh"),
        manifest,
        state);
  }

  private static Child forged(String mark) {
    var command = new ArrayList<>(AS_NOBODY);
    command.addAll(List.of("env", mark, "sleep", "1000"));
    return Child.start(Map.of(), command);
  }

  private static String mark(ProcessHandle workload) throws IOException {
    String environment = Files.readString(Path.of("/proc/" + workload.pid() + "/environ"));
    return List.of(environment.split("\0", -1)).stream()
        .filter(it -> it.startsWith("DORMOUSE_SERVICE="))
        .findFirst()
        .orElseThrow();
  }
}
