package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The state directory vanishes under a Dormouse at work. */
class StateRemovedIT {
  @TempDir Path scratch;
  private final String word = "w" + UUID.randomUUID();
  private Path manifest = Path.of("unset");
  private Path state = Path.of("unset");

  @BeforeEach
  void declare() throws IOException {
    state = scratch.resolve("state");
    manifest =
        Files.writeString(
            scratch.resolve("echo.yaml"),
            EchoServer.service(
                    "echo", word, "  path: /cable\n  idleTimeout: 500ms\n  shutdown: {drain: 0s}\n")
                + "---\n"
                + EchoServer.service("other", word + "2", "  path: /other\n  idleTimeout: 10m\n"));
  }

  @Test
  void aSecondDormouseDoesNotEndTheWorkOfTheFirst() throws Exception {
    try (var machine = new Machine(manifest, state)) {
      machine.open("/cable").join();
      ProcessHandle workload = EchoServer.only(word);
      remove();
      refusesBecauseOf(machine);
      remove();
      assertThat(EchoServer.only(word)).isEqualTo(workload);
      assertThat(machine.phase("echo")).isEqualTo("Active");
    }
  }

  @Test
  void norWhenItWasMovedAway() throws Exception {
    try (var machine = new Machine(manifest, state)) {
      machine.open("/cable").join();
      ProcessHandle workload = EchoServer.only(word);
      Files.move(state, scratch.resolve("moved"));
      refusesBecauseOf(machine);
      assertThat(EchoServer.only(word)).isEqualTo(workload);
    }
  }

  @Test
  void itIsMadeAnewAndWhatRunsIsAdoptedAfterACrashAllTheSame() throws Exception {
    ProcessHandle other;
    try (var machine = new Machine(manifest, state)) {
      machine.open("/other").join();
      other = EchoServer.only(word + "2");
      remove();
      machine.open("/cable").join().abort();
      machine.awaitPhase("echo", "Dormant");
      machine.child.await("state directory " + state + " was removed, and is made anew");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state)))
          .isEqualTo("rwx------");
      assertThat(Child.refusal(manifest, state))
          .singleElement()
          .asString()
          .contains("is in use by another dormouse, pid " + machine.child.pid() + ";");
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () ->
                  assertThat(Files.readString(state.resolve("other.json")))
                      .contains("\"pid\":" + other.pid()));
      machine.kill();
    }
    try (var machine = new Machine(manifest, state)) {
      machine.child.await("adopted pid=" + other.pid());
      assertThat(EchoServer.only(word + "2")).isEqualTo(other);
    }
  }

  @Test
  void dormousesOwnKillIsToldAsItsOwn() throws Exception {
    Files.writeString(
        manifest,
        EchoServer.service(
            "echo",
            word + " 0 deaf",
            "  path: /cable\n  idleTimeout: 300ms\n  shutdown: {drain: 0s, gracePeriod: 1s}\n"));
    try (var machine = new Machine(manifest, state)) {
      machine.open("/cable").join().abort();
      machine.child.await("was sent KILL by Dormouse after=");
      machine.child.await("was ended by Dormouse's KILL");
      machine.awaitPhase("echo", "Dormant");
      assertThat(machine.child.lines()).noneMatch(line -> line.contains("by hand"));
    }
  }

  /** Whether the first has noticed yet or not. */
  private void refusesBecauseOf(Machine first) throws InterruptedException {
    assertThat(Child.refusal(manifest, state))
        .singleElement()
        .asString()
        .startsWith("dormouse: state directory " + state + ": ")
        .containsPattern("another dormouse.* pid " + first.child.pid() + "\\b");
  }

  private void remove() throws IOException {
    try (var paths = Files.walk(state)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
