package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A state directory on a file system of its own, which is very small. */
@Tag("privileged")
class FullDiskIT {
  private static final Path ECHO =
      Path.of(System.getProperty("dormouse.basedir"), "src/test/perl/echo.pl");

  @TempDir Path scratch;
  private Path manifest = Path.of("unset");
  private Path state = Path.of("unset");

  @BeforeEach
  void mount() throws IOException {
    Root.require();
    state = Files.createDirectory(scratch.resolve("state"));
    Root.run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", state.toString());
    manifest =
        Files.writeString(
            scratch.resolve("echo.yaml"),
            """
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata: {name: echo}
            spec:
              command: [perl, ECHO, full]
              port: 0
              path: /cable
              idleTimeout: 300ms
              minimumUptime: 0s
              shutdown: {drain: 0s}
            """
                .replace("ECHO", ECHO.toString()));
  }

  @AfterEach
  void unmount() {
    Root.run("umount", "-l", state.toString());
  }

  @Test
  void aDiskThatIsFullAtStartIsNamed() throws Exception {
    fill();
    assertThat(Child.refusal(manifest, state))
        .containsExactly("dormouse: state directory " + state + ": No space left on device");
  }

  @Test
  void aDiskThatFillsUpLaterStopsNothingAndWhatCouldNotBeSavedIsSavedOnceItCan() throws Exception {
    try (var machine = new Machine(manifest, state)) {
      var before = machine.open("/cable");
      before.join();
      Path filler = fill();
      assertThat(machine.phase("echo")).isEqualTo("Active");
      before.join().abort();
      machine.awaitPhase("echo", "Dormant");
      fill();
      machine.open("/cable").join();
      assertThat(machine.phase("echo")).isEqualTo("Active");
      machine.child.await("state cannot be saved, trying again: ");
      Files.delete(filler);
      machine.child.await("state saved");
      assertThat(Files.readString(state.resolve("echo.json")))
          .contains("\"pid\":" + machine.service("echo").path("pid").asLong());
    }
  }

  @Test
  void aDiskThatIsReadOnlyAtStartIsNamed() throws Exception {
    Root.run("mount", "-o", "remount,ro", state.toString());
    assertThat(Child.refusal(manifest, state))
        .containsExactly("dormouse: state directory " + state + ": Read-only file system");
  }

  @Test
  void aDiskThatBecomesReadOnlyLaterStopsNothing() throws Exception {
    try (var machine = new Machine(manifest, state)) {
      var before = machine.open("/cable");
      before.join();
      Root.run("mount", "--bind", state.toString(), state.toString());
      Root.run("mount", "-o", "remount,bind,ro", state.toString());
      try {
        before.join().abort();
        machine.awaitPhase("echo", "Dormant");
        machine.open("/cable").join();
        assertThat(machine.phase("echo")).isEqualTo("Active");
        machine.child.await("state cannot be saved, trying again: ");
        assertThat(machine.get(machine.adminPort, "/readyz").statusCode()).isEqualTo(200);
      } finally {
        Root.run("umount", "-l", state.toString());
      }
      machine.child.await("state saved");
    }
  }

  @Test
  @Tag("D29")
  void whatEndsWhenItsOutputIsRefusedIsStartedOnAFullDiskAllTheSame() throws Exception {
    declare("echo booting || exit 1; exec perl ECHO full");
    try (var machine = new Machine(manifest, state)) {
      fill();
      machine.open("/cable").join();
      machine.child.await("service=default/echo output is lost: ");
    }
  }

  @Test
  @Tag("D29")
  void whatEndsWhenItsOutputIsRefusedOutlivesADiskThatFillsUp() throws Exception {
    declare("(while sleep 0.3; do printf %1000d 1 || kill $$; done) & exec perl ECHO full");
    try (var machine = new Machine(manifest, state)) {
      var socket = machine.open("/cable");
      socket.join();
      fill();
      await().during(Duration.ofSeconds(4)).until(() -> !socket.closed.isDone());
      assertThat(machine.starts("echo")).isEqualTo(1);
    }
  }

  /** In place of the silent server; Ruby ends as the shell does here. */
  private void declare(String script) throws IOException {
    Files.writeString(
        manifest,
        Files.readString(manifest)
            .replace("perl, " + ECHO + ", full", "sh, -c, '" + script + "'")
            .replace("ECHO", ECHO.toString()));
  }

  private Path fill() throws IOException {
    Path filler = state.resolve("filler");
    try (OutputStream out = Files.newOutputStream(filler)) {
      for (int i = 0; i < 10_000; i++) {
        out.write(new byte[1024]);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space");
    }
    return filler;
  }
}
