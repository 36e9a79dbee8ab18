package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine that ends, or is suspended, when nothing on it is needed. */
class IdleExitIT {
  private static final Map<String, String> FLY =
      Map.of("FLY_APP_NAME", "scores", "FLY_MACHINE_ID", "d891234");

  @TempDir Path scratch;
  private Path manifest = Path.of("unset");

  /** A cable that would stay for an hour and takes a second to stop, and what always runs. */
  @BeforeEach
  void declare() throws IOException {
    manifest =
        Files.writeString(
            scratch.resolve("services.yaml"),
            String.format(
                Locale.ROOT,
                """
                apiVersion: dormouse.dev/v1alpha1
                kind: OnDemandService
                metadata: {name: cable}
                spec:
                  command: [sh, -c, 'trap "sleep 1; exit 0" TERM; %s & wait']
                  port: 0
                  path: /cable
                  idleTimeout: 1h
                ---
                apiVersion: dormouse.dev/v1alpha1
                kind: OnDemandService
                metadata: {name: store}
                spec: {activation: Always, command: [sleep, '600']}
                """,
                SampleCables.command()));
  }

  @Test
  void itStaysAsLongAsAnybodyIsConnectedThenStopsEverythingAndEndsWithZero() throws Exception {
    try (var machine = machine("--exit-when-idle", "2s")) {
      machine.awaitPhase("store", "Active");
      var socket = machine.open("/cable").join();
      TimeUnit.SECONDS.sleep(4);
      assertThat(machine.phase("cable")).isEqualTo("Active");
      socket.sendClose(1000, "").join();

      assertThat(machine.child.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(machine.child.process().exitValue()).isZero();
      machine.child.awaitEnd();
      assertThat(String.join("\n", machine.child.lines()))
          .containsSubsequence(
              "nothing was needed for PT2S: closing",
              "service=default/cable active -> ",
              "-> dormant",
              "stopping",
              "stopped");
      assertThat(left()).isEmpty();
    }
  }

  @Test
  void whoComesDuringTheClosingIsServedAndTheMachineStaysUp() throws Exception {
    try (var machine = machine("--exit-when-idle", "2s")) {
      machine.open("/cable").join().sendClose(1000, "").join();
      machine.child.await("-> stopping");
      var late = machine.open("/cable");
      late.join();
      machine.child.await("stays up");
      TimeUnit.SECONDS.sleep(3);
      assertThat(machine.phase("cable")).isEqualTo("Active");
      assertThat(machine.starts("cable")).isEqualTo(2);
    }
  }

  @Test
  void aSuspendIsAskedForOverTheSocketAndTheSameProcessServesOn() throws Exception {
    try (var api = new FakeMachinesApi(scratch.resolve("api"), 200);
        var machine = suspending(api)) {
      machine.open("/cable").join().sendClose(1000, "").join();
      assertThat(api.await())
          .startsWith("POST /v1/apps/scores/machines/d891234/suspend HTTP/1.1\r\n")
          .containsIgnoringCase("host: flaps\r\n")
          .doesNotContainIgnoringCase("authorization");
      assertThat(machine.phase("cable")).isEqualTo("Dormant");
      assertThat(machine.phase("store")).isEqualTo("Active");
      var after = machine.open("/cable");
      after.join();
      TimeUnit.SECONDS.sleep(3);
      assertThat(machine.phase("cable")).isEqualTo("Active");
      assertThat(api.requests()).hasSize(1);
      assertThat(machine.child.terminate()).isZero();
    }
  }

  @Test
  void aSuspendThatIsRefusedIsToldAndTriedAgain() throws Exception {
    try (var api = new FakeMachinesApi(scratch.resolve("api"), 412);
        var machine = suspending(api)) {
      api.await();
      machine.child.await("could not be suspended: 412 because it is a test");
      api.await();
      assertThat(machine.child.process().isAlive()).isTrue();
    }
  }

  @Test
  @Tag("P8")
  void whatCannotGoTogetherIsRefusedAtTheStart() throws Exception {
    Files.writeString(
        manifest,
        Files.readString(manifest)
            .replace("idleTimeout: 1h", "warm: [{schedule: '0 9 * * *', duration: 1h}]"));
    assertThat(refused(1, Map.of(), "--exit-when-idle", "2s"))
        .contains("services.yaml:1: default/cable: spec.warm: ");
    assertThat(refused(1, Map.of(), "--exit-when-idle", "2s", "--when-idle", "suspend"))
        .contains("works on a Fly Machine only");
    assertThat(refused(2, Map.of(), "--when-idle", "exit")).contains("needs --exit-when-idle");
    assertThat(refused(2, Map.of(), "--exit-when-idle", "soon")).contains("not a duration");
  }

  private String refused(int code, Map<String, String> env, String... options) throws Exception {
    try (Child child = child(env, Machine.freePort(), Machine.freePort(), options)) {
      assertThat(child.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
      child.awaitEnd();
      String output = String.join("\n", child.lines());
      assertThat(child.process().exitValue()).as(output).isEqualTo(code);
      return output;
    }
  }

  private Machine machine(String... options) {
    return new Machine(manifest, scratch.resolve("state"), options);
  }

  private Machine suspending(FakeMachinesApi api) {
    var env = new java.util.HashMap<>(FLY);
    env.put("DORMOUSE_FLY_API", api.socket().toString());
    return new Machine(
        env,
        manifest,
        scratch.resolve("state"),
        "--exit-when-idle",
        "2s",
        "--when-idle",
        "suspend");
  }

  private Child child(Map<String, String> env, int port, int admin, String... options) {
    var arguments =
        new ArrayList<>(
            List.of(
                "run",
                "-f",
                manifest.toString(),
                "--listen",
                "127.0.0.1:" + port,
                "--admin",
                "127.0.0.1:" + admin,
                "--state-dir",
                scratch.resolve("state").toString()));
    arguments.addAll(List.of(options));
    return Child.dormouse(env, arguments.toArray(String[]::new));
  }

  /** What runs with a directory of this test in its command line. */
  private List<ProcessHandle> left() {
    return ProcessHandle.allProcesses()
        .filter(it -> it.info().commandLine().orElse("").contains(scratch.toString()))
        .toList();
  }
}
