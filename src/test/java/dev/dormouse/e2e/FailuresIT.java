package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts that fail: who is told what, and how it is over once the cause is gone. */
class FailuresIT {
  @TempDir Path scratch;
  private Path cause = Path.of("unset");
  private Path manifests = Path.of("unset");

  @BeforeEach
  void nothingIsThere() throws IOException {
    cause = scratch.resolve("database-is-up");
    manifests = Files.createDirectory(scratch.resolve("manifests"));
  }

  @Test
  @Tag("D9")
  @Tag("D45")
  void aFailingStartIsToldEverywhereAndItRecoversOnceTheCauseIsGone() throws Exception {
    declare("cable", needsTheCause(), "", "{initial: 400ms, breaker: {failures: 3, window: 5s}}");
    try (var machine = machine();
        var browser = new Browser()) {
      var live = browser.open("live", "http://127.0.0.1:" + machine.adminPort + "/");
      assertThat(wake(machine, "cable", "--for", "1h")).isEqualTo(1);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> machine.service("cable").at("/failure/breaker").asText().equals("Open"));
      JsonNode cable = machine.service("cable");
      assertThat(cable.path("phase").asText()).isEqualTo("Failed");
      assertThat(cable.at("/failure/reason").asText()).isEqualTo("Exited");
      assertThat(cable.at("/failure/message").asText())
          .isEqualTo("exited with code 3 before it was ready: no database");
      assertThat(cable.at("/failure/count").asInt()).isEqualTo(3);
      assertThat(cable.path("output")).hasSize(50);
      assertThat(cable.at("/output/49").asText()).isEqualTo("no database");
      live.see("[data-field=failure-message]", "no database").see("[data-field=retry]", "breaker");
      live.see("[data-field=output]", "no database").shot("8-live-failed");

      await()
          .atMost(Duration.ofSeconds(40))
          .until(() -> machine.service("cable").path("wakes").size() >= 5);
      List<Long> gaps = gaps(machine.service("cable").path("wakes"));
      assertThat(gaps.get(0)).as("the first back-off").isGreaterThanOrEqualTo(400);
      assertThat(gaps.get(1)).as("twice as long").isGreaterThanOrEqualTo(800);
      assertThat(backOff(machine, 2)).isBetween(Duration.ZERO, Duration.ofMillis(800));
      assertThat(gaps.get(2)).as("the breaker").isGreaterThanOrEqualTo(5_000);
      assertThat(gaps.get(3)).as("open again after the trial").isGreaterThanOrEqualTo(5_000);

      Files.createFile(cause);
      machine.awaitPhase("cable", "Active");
      machine.open("/cable").join();
      assertThat(machine.service("cable").has("failure")).isFalse();
      live.see("[data-field=phase]", "Active").shot("9-live-recovered");
      assertThat(failures(machine, "exited"))
          .isEqualTo(warnings(machine))
          .isGreaterThanOrEqualTo(4L);
    }
  }

  @Test
  @Tag("D9")
  void aWakeByHandResetsTheBreaker() throws Exception {
    declare(
        "cable", needsTheCause(), "", "{initial: 1h, max: 1h, breaker: {failures: 1, window: 1h}}");
    try (var machine = machine()) {
      assertThat(wake(machine, "cable")).isEqualTo(1);
      assertThat(machine.open("/cable").refusal()).isEqualTo(503);
      assertThat(machine.starts("cable")).isEqualTo(1);
      Files.createFile(cause);
      assertThat(machine.open("/cable").refusal()).as("it cannot know").isEqualTo(503);

      assertThat(wake(machine, "cable")).isZero();
      machine.open("/cable").join();
      assertThat(machine.service("cable").has("failure")).isFalse();
    }
  }

  @Test
  @Tag("D5")
  void whyItFailedIsToldApart() throws Exception {
    String retry = "{initial: 1h, max: 1h, breaker: {window: 1h}}";
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      declare("exits", "[sh, -c, 'exit 1']", "", retry);
      declare("silent", "[sleep, '60']", "startup: {timeout: 300ms}", retry);
      declare("absent", "[" + scratch.resolve("no-such-command") + "]", "", retry);
      declare("taken", "[sleep, '60']", "", retry);
      Path file = manifests.resolve("taken.yaml");
      Files.writeString(
          file, Files.readString(file).replace("port: 0", "port: " + taken.getLocalPort()));
      try (var machine = machine()) {
        var told =
            Map.of(
                "exits", "exited",
                "silent", "timed_out",
                "absent", "spawn_failed",
                "taken", "port_busy");
        for (var entry : told.entrySet()) {
          String answer = refusal(machine, "/" + entry.getKey());
          assertThat(answer).contains("\"status\":503").contains("retry-after");
          await(entry.getKey()).until(() -> failures(machine, entry.getValue()) == 1);
        }
        assertThat(refusal(machine, "/silent"))
            .contains("timed-out")
            .doesNotContain("start-failed");
        assertThat(refusal(machine, "/taken")).contains("port-busy");
        assertThat(refusal(machine, "/exits")).contains("start-failed");
      }
    }
  }

  @Test
  @Tag("D7")
  void anExitDuringTheBootIsToldAndNotWaitedFor() throws Exception {
    String retry = "{initial: 1h, max: 1h, breaker: {window: 1h}}";
    declare("cable", "[sh, -c, 'sleep 0.5; echo out of memory >&2; exit 1']", "", retry);
    try (var machine = machine()) {
      assertThat(refusal(machine, "/cable")).contains("\"status\":503").contains("start-failed");
      assertThat(machine.service("cable").path("output").toString()).contains("out of memory");
      assertThat(warnings(machine)).isEqualTo(1);
    }
  }

  @Test
  @Tag("D4")
  @Tag("D8")
  void everybodyWhoWaitsSharesOneFailure() throws Exception {
    String retry = "{initial: 1h, max: 1h, breaker: {window: 1h}}";
    declare("cable", "[sh, -c, 'sleep 0.7; exit 1']", "", retry);
    try (var machine = machine()) {
      List<Machine.Socket> sockets =
          IntStream.range(0, 30).mapToObj(_ -> machine.open("/cable")).toList();
      for (Machine.Socket socket : sockets) {
        assertThat(socket.refusal()).isEqualTo(503);
      }
      assertThat(machine.starts("cable")).isEqualTo(1);
      assertThat(failures(machine, "exited")).isEqualTo(1);
      assertThat(machine.count("dormouse_refusals_total", "reason=\"start-failed\"")).isEqualTo(30);
    }
  }

  private Machine machine() {
    return new Machine(manifests, scratch.resolve("state"));
  }

  /** Says much, then either that it cannot, or serves. */
  private String needsTheCause() {
    return "[sh, -c, 'seq 1 60; test -e \"$CAUSE\" || { echo no database >&2; exit 3; }; exec "
        + SampleCables.command()
        + "']";
  }

  private void declare(String name, String command, String more, String retry) throws IOException {
    Files.writeString(
        manifests.resolve(name + ".yaml"),
        String.format(
            Locale.ROOT,
            """
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata: {name: %s}
            spec:
              command: %s
              env: [{name: CAUSE, value: "%s"}]
              port: 0
              path: /%s
              %s
              retry: %s
            """,
            name,
            command,
            cause,
            name,
            more,
            retry));
  }

  private static int wake(Machine machine, String... arguments) throws Exception {
    return ByHandCommands.run(machine, "wake", arguments).process().waitFor();
  }

  private static String refusal(Machine machine, String path) {
    try (var client = Child.node(Map.of(), "ws-client.mjs", machine.socketUri(path).toString())) {
      return client.await("\"socket-refused\"");
    }
  }

  private static long failures(Machine machine, String reason) {
    return machine.count("dormouse_start_failures_total", "reason=\"" + reason + "\"");
  }

  private static long warnings(Machine machine) {
    return machine.child.lines().stream()
        .filter(line -> line.contains(" WARN ") && line.contains("-> failed"))
        .count();
  }

  /** From the log's line on so many failures to the next try: the gaps have the boots in them. */
  private static Duration backOff(Machine machine, int failures) {
    String line = machine.child.await(" failures=" + failures + " nextRetry=");
    String next = line.replaceAll(".* nextRetry=(\\S+) .*", "$1");
    return Duration.between(
        Instant.parse(line.substring(0, line.indexOf(' '))), Instant.parse(next));
  }

  /** Milliseconds from each start to the next, oldest first. */
  private static List<Long> gaps(JsonNode wakes) {
    List<Instant> times =
        IntStream.range(0, wakes.size())
            .mapToObj(i -> Instant.parse(wakes.path(wakes.size() - 1 - i).path("time").asText()))
            .toList();
    return IntStream.range(1, times.size())
        .mapToObj(i -> Duration.between(times.get(i - 1), times.get(i)).toMillis())
        .toList();
  }
}
