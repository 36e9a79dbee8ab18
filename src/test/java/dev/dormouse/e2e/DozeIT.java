package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The product as it is built, with the real Puma, Action Cable and Redis asleep under open sockets,
 * in real swap. {@code -Ddormouse.rounds=N} dozes so often; what was measured is left in
 * target/doze-rounds-SERVICE.txt.
 */
@Tag("privileged")
class DozeIT {
  private static final int ROUNDS = Integer.getInteger("dormouse.rounds", 10);
  private static final int CLIENTS = 20;
  private static final Path BASE = Path.of(System.getProperty("dormouse.basedir"));
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long MB = 1 << 20;

  @TempDir Path scratch;
  private final HttpClient http = HttpClient.newHttpClient();
  private Optional<SwapFile> swap = Optional.empty();
  private CableExample example = CableExample.UNSET;

  @BeforeEach
  void swapOn() throws IOException {
    swap = Optional.of(SwapFile.on(scratch.resolve("swap"), 256));
    write(CableExample.Kind.ACTION_CABLE);
  }

  @AfterEach
  void swapOff() {
    swap.ifPresent(SwapFile::close);
  }

  private void write(CableExample.Kind kind) throws IOException {
    example = CableExample.in(scratch.resolve(kind.service), kind, times("after: 300ms"));
  }

  private static String times(String doze) {
    return "idleTimeout: 5m\n  minimumUptime: 0s\n  sleep: Doze\n  doze: {" + doze + "}";
  }

  private Machine machine() {
    return new Machine(example.manifests(), scratch.resolve("state"));
  }

  /** Its dozes that were complete so far. */
  private long dozes(Machine machine) {
    String dozing = example.kind().service + " dozing, ";
    return machine.child.lines().stream().filter(it -> it.contains(dozing)).count();
  }

  /** Asleep to the end: what its sleep left is logged, and it is not awake again. */
  private void awaitDoze(Machine machine, long before) {
    await("dozing")
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> dozes(machine) > before && phase(machine).equals("Dozing"));
  }

  private static void awaitCause(Machine machine, int from, String cause) {
    machine.child.await(
        "a wake by " + cause, it -> it.contains("waking cause=" + cause), from, LIMIT);
  }

  private String phase(Machine machine) {
    return machine.phase(example.kind().service);
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

  @ParameterizedTest
  @EnumSource
  void everyBroadcastReachesEverySleepersClient(CableExample.Kind kind) throws Exception {
    write(kind);
    try (var machine = machine();
        var cable = CableExample.client(machine)) {
      cable.say(CableExample.FINALS);
      cable.await("\"connected\"");
      List<Subscriber> clients = subscribers(machine, CLIENTS);
      long puma = machine.pid(kind.service);
      List<Long> first = new ArrayList<>();
      List<Long> last = new ArrayList<>();
      long memory = 0;
      for (int round = 0; round < ROUNDS; round++) {
        awaitDoze(machine, round == 0 ? 0 : dozes(machine) - 1);
        memory = machine.service(kind.service).path("memoryBytes").asLong();
        Thread.sleep(1_200); // a shorter doze does not pay, and is paused
        String word = "{\"round\":" + round + "}";
        long before = dozes(machine);
        long begun = System.nanoTime();
        example.publish(word);
        var times =
            clients.stream().mapToLong(it -> it.awaitMessage(word).at() - begun).sorted().toArray();
        first.add(TimeUnit.NANOSECONDS.toMillis(times[0]));
        last.add(TimeUnit.NANOSECONDS.toMillis(times[times.length - 1]));
        cable.await(word);
        awaitDoze(machine, before);
      }
      assertNobodyLeft(clients);
      assertThat(cable.lines()).noneMatch(it -> it.contains("socket-close"));
      assertThat(machine.pid(kind.service)).isEqualTo(puma);
      assertThat(machine.count("dormouse_doze_wakes_total", "cause=\"broadcast\""))
          .isGreaterThanOrEqualTo(ROUNDS);
      long awake = machine.service(kind.service).path("awakeMemoryBytes").asLong();
      assertThat(memory).isLessThan(8 * MB).isLessThan(awake / 2);
      assertThat(machine.service(kind.service).path("savedBytes").asLong()).isPositive();
      report(kind, first, last, memory);
      clients.forEach(Subscriber::leave);
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
      example.publish("{\"after\":\"all\"}");
      clients.forEach(it -> it.awaitMessage("\"all\""));
      assertNobodyLeft(clients);
    }
  }

  @Test
  void aFileTheClockAndPeopleWakeIt() throws Exception {
    Path file = scratch.resolve("cable.sqlite3");
    String files = "wakeOn: {files: [\"" + file + "\"]}";
    example.declare(times("after: 300ms, wakeEvery: 4s, " + files), text -> text);
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
      example.declare(times("after: 300ms"), text -> text.replace("value: cable", "value: cable2"));
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
      example.declare(times("after: 300ms"), text -> text.replace("sleep: Doze", "sleep: Freeze"));
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

  /** Harder than a suspend, in which the clients stand still as well. */
  @Test
  void whenTheMachineWasSuspendedItDozesOnUnderAllItsClients() throws Exception {
    example.declare(times("after: 300ms") + "\n  keepalive: {interval: 1s}", text -> text);
    try (var machine = machine()) {
      List<Subscriber> clients = subscribers(machine, 3);
      awaitDoze(machine, 0);
      Root.run("kill", "-STOP", "" + machine.child.pid());
      Thread.sleep(4_000); // after two intervals without an answer a client is given up
      Root.run("kill", "-CONT", "" + machine.child.pid());
      int before = clients.getFirst().pings().size();
      await("heartbeats after it")
          .atMost(LIMIT)
          .until(() -> clients.getFirst().pings().size() >= before + 2);
      awaitDoze(machine, 0);
      example.publish("{\"after\":\"it\"}");
      clients.forEach(it -> it.awaitMessage("{\"after\":\"it\"}"));
      assertNobodyLeft(clients);
      assertThat(machine.count("dormouse_doze_wakes_total", "cause=\"close\"")).isZero();
    }
  }

  @Test
  void withoutTheRightItIsStopAndThatIsShown() throws Exception {
    example.declare(times("after: 300ms").replace("5m", "300ms"), text -> text);
    var starter = List.of("setpriv", "--bounding-set=-sys_nice", "--inh-caps=-sys_nice", "--");
    Path state = scratch.resolve("state");
    try (var machine = Machine.under(starter, example.manifests(), state)) {
      machine.child.await(
          "sleep: Doze is done as Stop, as it is not possible here: process_madvise is not"
              + " permitted (CAP_SYS_NICE, seccomp)");
      Subscriber client = Subscriber.of(machine, http);
      assertThat(machine.service("cable").path("dozeObstacle").asText()).contains("CAP_SYS_NICE");
      assertThat(machine.count("dormouse_service_dozes", "service=\"cable\"")).isZero();
      String admin = "127.0.0.1:" + machine.adminPort;
      try (var status = Child.dormouse("status", "--admin", admin)) {
        status.await("cable: Doze is done as Stop: process_madvise is not permitted");
      }
      client.leave();
      machine.awaitPhase("cable", "Dormant");
      assertThat(machine.service("cable").has("pid")).isFalse();
      assertThat(dozes(machine)).isZero();
    }
  }

  @Test
  void whatComputesIsNotPutToSleep() throws Exception {
    Files.writeString(
        example.manifests().resolve("app.rb"),
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

  private static void report(CableExample.Kind kind, List<Long> first, List<Long> last, long memory)
      throws IOException {
    Files.writeString(
        BASE.resolve("target/doze-rounds-" + kind.service + ".txt"),
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
