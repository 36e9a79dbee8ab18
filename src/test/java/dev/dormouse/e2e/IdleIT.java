package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a service that nobody needs goes to sleep, and when it does not. */
class IdleIT {
  @TempDir Path scratch;
  private final String word = "w" + UUID.randomUUID();

  @Test
  @Tag("D16")
  @Tag("N5")
  void aSilentSocketIsKeptForManyIdleTimeouts() throws IOException {
    try (var machine = machine("0", "idleTimeout: 300ms")) {
      var silent = machine.open("/cable");
      silent.join();
      ProcessHandle workload = EchoServer.only(word);
      await()
          .during(Duration.ofMillis(1_500))
          .until(() -> machine.phase("echo").equals("Active") && !silent.closed.isDone());
      assertThat(EchoServer.only(word)).isEqualTo(workload);
    }
  }

  @Test
  @Tag("D17")
  void theIdleTimeoutBeginsWithTheLastCloseNotWithTheLastConnect() throws IOException {
    try (var machine = machine("0", "idleTimeout: 2s")) {
      var page = machine.open("/cable").join();
      ProcessHandle workload = EchoServer.only(word);
      await()
          .pollDelay(Duration.ofMillis(2_300))
          .until(() -> machine.service("echo").path("connections").asInt() == 1);
      page.abort();
      await().until(() -> machine.service("echo").path("connections").asInt() == 0);
      machine.open("/cable").join();
      assertThat(EchoServer.only(word)).isEqualTo(workload);
      assertThat(machine.starts("echo")).isEqualTo(1);
    }
  }

  @Test
  @Tag("D18")
  void whoeverConnectsAtTheMomentOfTheIdleStopIsServedAndStays() throws Exception {
    try (var machine = machine("0", "idleTimeout: 60ms")) {
      long starts = 0;
      int early = 0;
      int late = 0;
      long pauseMillis = 40;
      // The moment differs with the machine: it is approached from both sides.
      for (int round = 0; round < 200 && Math.min(early, late) < 15; round++) {
        var socket = machine.open("/cable");
        var opened = socket.join();
        Thread.sleep(20); // a stop that was under way would cut it now
        assertThat(socket.closed).as("round " + round).isNotDone();
        boolean stopped = machine.starts("echo") > starts;
        starts = machine.starts("echo");
        early += stopped ? 0 : 1;
        late += stopped ? 1 : 0;
        pauseMillis = stopped ? Math.max(0, pauseMillis - 7) : pauseMillis + 10;
        opened.abort();
        Thread.sleep(pauseMillis);
      }
      assertThat(early).as("came in time").isGreaterThanOrEqualTo(15);
      assertThat(late).as("came too late").isGreaterThanOrEqualTo(15);
      assertThat(machine.count("dormouse_cuts_total", "")).isZero();
      assertThat(machine.count("dormouse_refusals_total", "")).isZero();
    }
  }

  @Test
  @Tag("D19")
  @Tag("D35")
  @Tag("P10")
  void aBootThatNobodyWaitedForGoesToSleepAgain() throws IOException {
    try (var machine = machine("0.5 slow", "idleTimeout: 300ms")) {
      var impatient = machine.open("/cable");
      machine.awaitPhase("echo", "Waking");
      impatient.opened.cancel(true);
      machine.child.await("was ended by TERM");
      assertThat(machine.child.lines())
          .as("an obeyed TERM is no mistake")
          .noneMatch(line -> line.matches(".* (WARN|ERROR) service=.*"));
      machine.awaitPhase("echo", "Dormant");
      assertThat(machine.starts("echo")).isEqualTo(1);
      assertThat(EchoServer.running(word)).isEmpty();
    }
  }

  private Machine machine(String arguments, String idle) throws IOException {
    Path manifest =
        Files.writeString(
            scratch.resolve("echo.yaml"),
            EchoServer.service(
                "echo",
                word + " " + arguments,
                "  path: /cable\n  shutdown: {drain: 0s}\n  " + idle + "\n"));
    return new Machine(manifest, scratch.resolve("state"));
  }
}
