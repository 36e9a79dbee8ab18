package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The product as it is built, with the real Puma, Action Cable and Redis asleep under open sockets,
 * in real swap. {@code -Ddormouse.rounds=N} dozes so often; what was measured is left in
 * target/doze-rounds.txt.
 */
@Tag("privileged")
class DozeIT {
  private static final int ROUNDS = Integer.getInteger("dormouse.rounds", 20);
  private static final int CLIENTS = 20;
  private static final Path BASE = Path.of(System.getProperty("dormouse.basedir"));
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long MB = 1 << 20;

  @TempDir Path scratch;
  private final HttpClient http = HttpClient.newHttpClient();
  private final int redis = Machine.freePort();
  private Path swap = Path.of("unset");
  private Path manifests = Path.of("unset");

  @BeforeEach
  void swapOn() throws IOException {
    Root.require();
    swap = scratch.resolve("swap");
    Root.run("dd", "if=/dev/zero", "of=" + swap, "bs=1M", "count=256", "status=none");
    Root.run("chmod", "600", swap.toString());
    Root.run("mkswap", swap.toString());
    Root.run("swapon", swap.toString());
    manifests = Files.createDirectory(scratch.resolve("manifests"));
    try (Stream<Path> files = Files.list(BASE.resolve("manifests/examples/action-cable"))) {
      for (Path file : files.toList()) {
        Files.writeString(
            manifests.resolve(file.getFileName().toString()),
            Files.readString(file).replace("28080", "0").replace("26380", "" + redis));
      }
    }
    declare("after: 300ms");
  }

  @AfterEach
  void swapOff() {
    Root.run("swapoff", swap.toString());
  }

  private void declare(String doze) throws IOException {
    declare(doze, text -> text);
  }

  private void declare(String doze, java.util.function.UnaryOperator<String> more)
      throws IOException {
    Path cable = manifests.resolve("cable.yaml");
    String text =
        Files.readString(BASE.resolve("manifests/examples/action-cable/cable.yaml"))
            .replace("28080", "0")
            .replace("26380", "" + redis)
            .replaceAll(
                "idleTimeout: 30s", "sleep: Doze\n  doze: {" + doze + "}\n  idleTimeout: 5m")
            .replaceAll("minimumUptime: 10s", "minimumUptime: 0s");
    Files.writeString(cable, more.apply(text));
  }

  private Machine machine() {
    return new Machine(manifests, scratch.resolve("state"));
  }

  /** Its dozes that were complete so far. */
  private static long dozes(Machine machine) {
    return machine.child.lines().stream().filter(it -> it.contains("cable dozing, ")).count();
  }

  /** Asleep to the end: what its sleep left is logged, and it is not awake again. */
  private static void awaitDoze(Machine machine, long before) {
    await("dozing")
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> dozes(machine) > before && machine.phase("cable").equals("Dozing"));
  }

  private static void awaitCause(Machine machine, int from, String cause) {
    machine.child.await(
        "a wake by " + cause, it -> it.contains("waking cause=" + cause), from, LIMIT);
  }

  private void publish(String payload) throws IOException {
    Process client =
        new ProcessBuilder("redis-cli", "-p", "" + redis, "-x", "PUBLISH", "cable:scores_finals")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (var in = client.getOutputStream()) {
      in.write(payload.getBytes(StandardCharsets.UTF_8));
    }
    assertThat(client.onExit().join().exitValue()).isZero();
  }

  private List<Subscriber> subscribers(Machine machine, int count) {
    List<Subscriber> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(Subscriber.of(machine, http));
    }
    return all;
  }

  private static void assertNobodyLeft(List<Subscriber> clients) {
    assertThat(clients).noneMatch(it -> it.closed.isDone());
  }

  @Test
  void everyBroadcastReachesEverySleepersClient() throws Exception {
    try (var machine = machine();
        var cable =
            Child.node(Map.of(), "cable-client.mjs", "ws://127.0.0.1:" + machine.port + "/cable")) {
      cable.say(
          "{\"cmd\":\"subscribe\",\"channel\":\"ScoresChannel\",\"params\":{\"event\":\"finals\"}}");
      cable.await("\"connected\"");
      List<Subscriber> clients = subscribers(machine, CLIENTS);
      long puma = machine.pid("cable");
      List<Long> first = new ArrayList<>();
      List<Long> last = new ArrayList<>();
      long memory = 0;
      for (int round = 0; round < ROUNDS; round++) {
        awaitDoze(machine, round == 0 ? 0 : dozes(machine) - 1);
        memory = machine.service("cable").path("memoryBytes").asLong();
        Thread.sleep(1_200); // a shorter doze does not pay, and is paused
        String word = "{\"round\":" + round + "}";
        long before = dozes(machine);
        long begun = System.nanoTime();
        publish(word);
        var times =
            clients.stream().mapToLong(it -> it.awaitMessage(word).at() - begun).sorted().toArray();
        first.add(TimeUnit.NANOSECONDS.toMillis(times[0]));
        last.add(TimeUnit.NANOSECONDS.toMillis(times[times.length - 1]));
        cable.await(word);
        awaitDoze(machine, before);
      }
      assertNobodyLeft(clients);
      assertThat(cable.lines()).noneMatch(it -> it.contains("socket-close"));
      assertThat(machine.pid("cable")).isEqualTo(puma);
      assertThat(machine.count("dormouse_doze_wakes_total", "cause=\"broadcast\""))
          .isGreaterThanOrEqualTo(ROUNDS);
      long awake = machine.service("cable").path("awakeMemoryBytes").asLong();
      assertThat(memory).isLessThan(8 * MB).isLessThan(awake / 2);
      assertThat(machine.service("cable").path("savedBytes").asLong()).isPositive();
      report(first, last, memory);
      clients.forEach(Subscriber::leave);
    }
  }

  /** The monitor of the real client reconnects after 6 s without a ping. */
  @Test
  void whoIsSilentStaysConnectedByHeartbeats() throws Exception {
    try (var machine = machine();
        var cable =
            Child.node(Map.of(), "cable-client.mjs", "ws://127.0.0.1:" + machine.port + "/cable")) {
      cable.say(
          "{\"cmd\":\"subscribe\",\"channel\":\"ScoresChannel\",\"params\":{\"event\":\"finals\"}}");
      cable.await("\"connected\"");
      Subscriber client = Subscriber.of(machine, http);
      awaitDoze(machine, 0);
      long wakes = machine.count("dormouse_doze_wakes_total", "");
      int before = client.pings().size();
      await("heartbeats in its sleep")
          .atMost(LIMIT)
          .until(() -> client.pings().size() - before >= 6);
      assertThat(machine.phase("cable")).isEqualTo("Dozing");
      assertThat(machine.count("dormouse_doze_wakes_total", "")).isEqualTo(wakes);
      List<Subscriber.Told> pings = client.pings();
      for (int i = Math.max(before, 1); i < pings.size(); i++) {
        assertThat(pings.get(i).at() - pings.get(i - 1).at()).isLessThan(6_000_000_000L);
      }
      assertThat(cable.lines()).noneMatch(it -> it.contains("socket-close"));
      assertThat(client.closed).isNotDone();
    }
  }

  @Test
  void aClientsMessageItsEndAndANewOneWakeIt() throws Exception {
    try (var machine = machine()) {
      List<Subscriber> clients = subscribers(machine, 3);
      awaitDoze(machine, 0);
      int from = machine.child.lines().size();
      clients.getFirst().askFor("first");
      clients.getFirst().awaitMessage("\"first\"");
      awaitCause(machine, from, "Message");

      awaitDoze(machine, dozes(machine) - 1);
      from = machine.child.lines().size();
      clients.get(1).drop();
      awaitCause(machine, from, "Close");
      machine.child.await(
          "the server hears of it", it -> it.contains("stopped streaming"), from, LIMIT);

      awaitDoze(machine, dozes(machine) - 1);
      from = machine.child.lines().size();
      clients.add(Subscriber.of(machine, http));
      awaitCause(machine, from, "Upgrade");
      clients.remove(1);
      publish("{\"after\":\"all\"}");
      clients.forEach(it -> it.awaitMessage("\"all\""));
      assertNobodyLeft(clients);
    }
  }

  @Test
  void aFileTheClockAndPeopleWakeIt() throws Exception {
    Path file = scratch.resolve("cable.sqlite3");
    declare("after: 300ms, wakeEvery: 4s, wakeOn: {files: [\"" + file + "\"]}");
    try (var machine = machine()) {
      Subscriber client = Subscriber.of(machine, http);
      awaitDoze(machine, 0);
      int from = machine.child.lines().size();
      Files.writeString(scratch.resolve("cable.sqlite3-wal"), "x");
      awaitCause(machine, from, "File");
      awaitDoze(machine, dozes(machine) - 1);
      awaitCause(machine, machine.child.lines().size(), "Timer");
      awaitDoze(machine, dozes(machine) - 1);
      from = machine.child.lines().size();
      try (var wake =
          Child.dormouse(Map.of(), "wake", "cable", "--admin", "127.0.0.1:" + machine.adminPort)) {
        wake.awaitEnd();
      }
      awaitCause(machine, from, "Warm");
      assertThat(client.closed).isNotDone();
    }
  }

  @Test
  void aNewDefinitionClosesPolitelyAndStartsAnew() throws Exception {
    try (var machine = machine()) {
      Subscriber client = Subscriber.of(machine, http);
      long puma = machine.pid("cable");
      awaitDoze(machine, 0);
      declare("after: 300ms", text -> text.replace("value: cable", "value: cable2"));
      client.awaitMessage("server_restart");
      assertThat(client.closed.get(30, TimeUnit.SECONDS)).isEqualTo(1012);
      Subscriber next = Subscriber.of(machine, http);
      assertThat(machine.pid("cable")).isNotEqualTo(puma);
      next.leave();
    }
  }

  @Test
  void whoDoesNotWantItAnyMoreIsWokenAndNobodyIsCut() throws Exception {
    try (var machine = machine()) {
      Subscriber client = Subscriber.of(machine, http);
      awaitDoze(machine, 0);
      int from = machine.child.lines().size();
      declare("after: 300ms", text -> text.replace("sleep: Doze", "sleep: Freeze"));
      awaitCause(machine, from, "Definition");
      client.askFor("still");
      client.awaitMessage("\"still\"");
      assertThat(client.closed).isNotDone();
    }
  }

  @Test
  void afterACrashTheSameServerHearsThatItsClientsAreGone() throws Exception {
    long puma;
    try (var machine = machine()) {
      Subscriber.of(machine, http);
      awaitDoze(machine, 0);
      puma = machine.pid("cable");
      machine.kill();
    }
    try (var machine = machine()) {
      machine.child.await("cable adopted frozen");
      machine.child.await("stopped streaming");
      Subscriber client = Subscriber.of(machine, http);
      assertThat(machine.pid("cable")).isEqualTo(puma);
      awaitDoze(machine, 0);
      client.leave();
    }
  }

  @Test
  void aSleeperThatDiesIsNotHeldOpen() throws Exception {
    try (var machine = machine()) {
      Subscriber client = Subscriber.of(machine, http);
      long puma = machine.pid("cable");
      awaitDoze(machine, 0);
      Root.run("kill", "-9", "" + puma);
      await("closed").atMost(LIMIT).until(client.closed::isDone);
      Subscriber.of(machine, http).leave();
      assertThat(machine.pid("cable")).isNotEqualTo(puma);
    }
  }

  @Test
  void whatComputesIsNotPutToSleep() throws Exception {
    Files.writeString(
        manifests.resolve("app.rb"),
        "Thread.new { sleep 1; t = Time.now; 1 while Time.now - t < 12 }\n",
        java.nio.file.StandardOpenOption.APPEND);
    try (var machine = machine()) {
      Subscriber client = Subscriber.of(machine, http);
      machine.child.await("computes, and is not put to sleep meanwhile");
      assertThat(dozes(machine)).isZero();
      awaitDoze(machine, 0);
      client.leave();
    }
  }

  @Test
  void termEndsItPolitely() throws Exception {
    try (var machine = machine()) {
      Subscriber client = Subscriber.of(machine, http);
      awaitDoze(machine, 0);
      machine.child.terminate();
      assertThat(client.closed.get(30, TimeUnit.SECONDS)).isEqualTo(1001);
      assertThat(machine.child.process().waitFor()).isZero();
    }
  }

  private static void report(List<Long> first, List<Long> last, long memory) throws IOException {
    Files.writeString(
        BASE.resolve("target/doze-rounds.txt"),
        String.format(
            Locale.ROOT,
            "clients=%d PSS=%.1f MB%nbroadcast to the first: %s%nto the last: %s%n",
            CLIENTS,
            memory / (double) MB,
            quantiles(first),
            quantiles(last)));
  }

  private static String quantiles(List<Long> millis) {
    List<Long> sorted = millis.stream().sorted().toList();
    int end = sorted.size() - 1;
    return String.format(
        Locale.ROOT,
        "n=%d p50=%d ms p99=%d ms",
        sorted.size(),
        sorted.get(end / 2),
        sorted.get(end * 99 / 100));
  }
}
