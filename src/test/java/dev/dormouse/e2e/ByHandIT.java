package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dormouse wake}, {@code sleep} and {@code status} against a running machine. */
class ByHandIT {
  @TempDir Path scratch;

  /** A cable that idles for a second, and what it depends on. */
  @BeforeEach
  void declare() throws IOException {
    Files.writeString(
        scratch.resolve("services.yaml"),
        String.format(
            Locale.ROOT,
            """
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata: {name: store}
            spec: {command: [sleep, '600'], port: 0, path: /store}
            ---
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata: {name: cable}
            spec:
              command: [sh, -c, 'exec %1$s']
              port: 0
              path: /cable
              idleTimeout: 1s
              minimumUptime: 0s
              dependsOn: [base]
            ---
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata: {name: base}
            spec: {command: [sh, -c, 'exec %1$s'], port: 0, idleTimeout: 1s, minimumUptime: 0s}
            ---
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata: {name: paused}
            spec: {command: [sleep, '600'], activation: Disabled, port: 0, path: /paused}
            """,
            SampleCables.command()));
  }

  @Test
  @Tag("D19")
  void aWakeWithoutATimeCountsAsOneMomentOfDemand() {
    try (var machine = machine()) {
      machine.awaitPhase("cable", "Dormant");
      var wake = run(machine, 0, "wake", "cable");
      assertThat(wake).contains("is waking").contains("cable is awake after ");
      machine.awaitPhase("cable", "Dormant");
      machine.awaitPhase("base", "Dormant");
      String log = String.join("\n", machine.child.lines());
      assertThat(log).contains("service=default/cable told to wake");
      assertThat(machine.starts("base")).isEqualTo(1);
      assertThat(millisBetween(machine, "waking -> active", "active -> stopping"))
          .as("the idle timeout, from ready")
          .isGreaterThanOrEqualTo(1_000L);
    }
  }

  @Test
  void aWakeWithATimeKeepsItAwakeUntilItIsOverOrItIsPutToSleep() throws Exception {
    try (var machine = machine()) {
      run(machine, 0, "wake", "cable", "--for", "1h");
      TimeUnit.MILLISECONDS.sleep(1_500);
      assertThat(machine.phase("cable")).isEqualTo("Active");
      assertThat(run(machine, 1, "sleep", "base")).contains("depends on it");
      assertThat(run(machine, 0, "sleep", "cable")).contains("default/cable is falling asleep");
      machine.awaitPhase("cable", "Dormant");
      run(machine, 0, "wake", "cable", "--for", "4s");
      machine.awaitPhase("cable", "Dormant");
      assertThat(machine.starts("cable")).isEqualTo(2);
    }
  }

  @Test
  void aSleepCutsNobodyUnlessItIsToldToDrain() {
    try (var machine = machine()) {
      var socket = machine.open("/cable");
      socket.join();
      String refused = run(machine, 1, "sleep", "cable");
      assertThat(refused).contains("1 open and 0 waiting");
      assertThat(machine.phase("cable")).isEqualTo("Active");
      assertThat(socket.closed).isNotDone();

      assertThat(run(machine, 0, "sleep", "cable", "--drain")).contains("cable is dormant after ");
      assertThat(machine.phase("cable")).as("it waits").isEqualTo("Dormant");
      assertThat(socket.closed.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo(1001);
    }
  }

  @Test
  void whatCannotBeDoneIsSaid() {
    try (var machine = machine()) {
      assertThat(run(machine, 1, "wake", "nobody")).contains("no service default/nobody");
      assertThat(run(machine, 1, "wake", "paused")).contains("default/paused is disabled");
      assertThat(run(machine, 1, "wake", "cable", "--for", "soon")).contains("not a duration");
      assertThat(run(machine, 1, "sleep", "../x")).contains("is not NAME");
      assertThat(run(machine, 0, "sleep", "cable")).contains("does not run");
      assertThat(machine.starts("cable")).isZero();
    }
    var gone = Child.dormouse("status", "--admin", "127.0.0.1:" + Machine.freePort());
    assertThat(end(gone)).isEqualTo(1);
    assertThat(gone.lines()).anyMatch(line -> line.contains("does dormouse run?"));
  }

  @Test
  void oneServiceIsShownWithWhoKeepsItAwake() throws Exception {
    try (var machine = machine()) {
      machine.awaitPhase("store", "Dormant");
      assertThat(run(machine, 0, "status", "store")).contains("store ").doesNotContain("cable");
      var socket = machine.open("/cable").join();
      socket.sendPing(java.nio.ByteBuffer.allocate(3)).join();
      assertThat(machine.service("cable").path("why").asText()).isEqualTo("1 client is connected");
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> machine.service("cable").at("/clients/0/receivedBytes").asLong() > 0);
      var client = machine.service("cable").at("/clients/0");
      assertThat(client.path("address").asText()).isEqualTo("127.0.0.1");
      assertThat(client.path("userAgent").asText()).startsWith("Java-http-client/");
      assertThat(java.time.Instant.parse(client.path("lastByteTime").asText()))
          .isAfterOrEqualTo(java.time.Instant.parse(client.path("since").asText()).minusMillis(1));
      assertThat(run(machine, 0, "status", "cable", "--clients"))
          .contains("awake because 1 client is connected", "ADDRESS", "USER-AGENT")
          .containsPattern(
              "127\\.0\\.0\\.1 +\\d+s ago +\\d+B +\\d+B +\\d+s ago +Java-http-client/");
      assertThat(run(machine, 0, "status", "cable", "-o", "json"))
          .startsWith("{\"name\":\"cable\"");
      assertThat(run(machine, 1, "status", "nobody")).contains("there is no such service");
      assertThat(run(machine, 2, "status", "--clients")).contains("needs the NAME");
    }
  }

  @Test
  @Tag("P5")
  void statusIsATableOrJsonAndFollowsChanges() {
    try (var machine = machine();
        var watch = ByHandCommands.run(machine, "status", "--watch")) {
      watch.await("cable                Dormant ");
      assertThat(run(machine, 0, "status"))
          .contains("NAME ", "PHASE", "SOCKETS", "WAITING", "LAST-WAKE", "NEXT-STOP", "MEMORY")
          .containsPattern("paused +Disabled +0 +0 +never +- +0MB +-");
      assertThat(run(machine, 0, "status", "-o", "json"))
          .startsWith("[{\"name\":\"base\"")
          .contains("\"name\":\"store\"");
      machine.open("/cable").join();
      watch.await("cable                Active          1       0");
      assertThat(run(machine, 0, "status")).containsPattern("cable +Active +1 +0 +\\d+s ago \\(");
    }
  }

  private Machine machine() {
    return new Machine(scratch.resolve("services.yaml"), scratch.resolve("state"));
  }

  private static String run(Machine machine, int code, String command, String... arguments) {
    var child = ByHandCommands.run(machine, command, arguments);
    assertThat(end(child)).as(command + " " + child.lines()).isEqualTo(code);
    return String.join("\n", child.lines());
  }

  private static int end(Child child) {
    try {
      assertThat(child.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
      return child.process().exitValue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long millisBetween(Machine machine, String from, String to) {
    return Duration.between(time(machine, from), time(machine, to)).toMillis();
  }

  private static java.time.Instant time(Machine machine, String transition) {
    String line = machine.child.await("service=default/cable " + transition);
    return java.time.Instant.parse(line.substring(0, line.indexOf(' ')));
  }
}
