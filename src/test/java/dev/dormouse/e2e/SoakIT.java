package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients come and go while their cable falls asleep, is killed, flooded and redefined, and so is
 * Dormouse. Only what happens under a disturbance is excused: at any other time every client is
 * served and nobody is cut. At the end nothing has grown and nothing is left.
 *
 * <p>{@code src/bench/soak} makes it long; the report is in the log and in {@code soak-report.txt}
 * of the build directory.
 */
@Tag("soak")
class SoakIT {
  private static final System.Logger LOG = System.getLogger(SoakIT.class.getName());
  private static final Duration LENGTH =
      Duration.ofSeconds((long) (60 * Double.parseDouble(System.getProperty("soak.minutes", "1"))));
  private static final long SEED = Long.getLong("soak.seed", 20260501L);

  /** Dies more often than a breaker would take, and boots on a machine that others keep busy. */
  private static final String OFTEN =
      """

        startup: {timeout: 2m, hold: 1m}
        shutdown: {drain: 200ms}
        retry: {initial: 100ms, max: 500ms, breaker: {failures: 1000}}
      """;

  private static final int CLIENTS = 6;
  private static final int MAX_MORE_FILES = 8;
  private static final long MAX_MORE_KILOBYTES = 16_384;

  @TempDir Path scratch;
  private final String word = "w" + UUID.randomUUID();
  private final HttpClient http = HttpClient.newHttpClient();
  private final Queue<String> wrongs = new ConcurrentLinkedQueue<>();
  private final AtomicInteger served = new AtomicInteger();
  private final AtomicInteger excused = new AtomicInteger();

  /** Odd while something is disturbed. */
  private final AtomicInteger disturbances = new AtomicInteger();

  private final List<String> report = new ArrayList<>();
  private CableExample example = CableExample.UNSET;

  @SuppressWarnings("NullAway.Init") // started first thing
  private volatile Machine machine;

  private volatile boolean over;
  private volatile boolean quiet;
  private long idleStops;

  /** What Dormouse itself uses when all its services sleep. */
  private record Footprint(long files, long kilobytes, int threads) {}

  @Test
  @Timeout(value = 3, unit = TimeUnit.HOURS)
  void nobodyIsCutNothingGrowsAndNothingIsLeft() throws Exception {
    example = CableExample.in(scratch.resolve("manifests"));
    example.replace("cable.yaml", "  path: /cable", "  path: /cable" + OFTEN);
    example.replace("redis.yaml", "  activation: Always", "  activation: Always" + OFTEN);
    declareEcho("600ms", "");
    machine = new Machine(example.manifests(), scratch.resolve("state"));
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CLIENTS; i++) {
        var random = new Random(SEED + i);
        var _ = clients.submit(() -> comeAndGo(random));
      }
      try {
        disturb(new Random(SEED));
      } finally {
        over = true;
      }
    }
    end();
    assertThat(wrongs).isEmpty();
  }

  @AfterEach
  void nothingIsLeftBehindAFailure() {
    over = true;
    machine.close();
  }

  /** Kills, floods and changes for the whole time; in the last third Dormouse itself is spared. */
  private void disturb(Random random) throws Exception {
    long begun = System.nanoTime();
    long end = begun + LENGTH.toNanos();
    long spared = begun + LENGTH.toNanos() * 2 / 3;
    int[] done = new int[7];
    int turn = 0;
    Footprint before = null;
    while (System.nanoTime() < end) {
      boolean mayKillDormouse = System.nanoTime() < spared;
      if (!mayKillDormouse && before == null) {
        before = footprintAtRest();
      }
      Thread.sleep(2_000 + random.nextInt(3_000));
      int what = turn++ % (mayKillDormouse ? 7 : 5);
      done[what]++;
      disturbances.incrementAndGet();
      switch (what) {
        case 0 -> killOne(example.pumas());
        case 1 -> killOne(example.redises());
        case 2 -> killOne(EchoServer.running(word));
        case 3 -> flood();
        case 4 -> redefine(random.nextInt());
        case 5 -> restart(() -> machine.kill());
        default -> restart(() -> assertThat(machine.child.terminate()).isZero());
      }
      pause(300);
      settle();
      disturbances.incrementAndGet();
      Thread.sleep(200);
      declareEcho(400 + random.nextInt(400) + "ms", currentEnv());
    }
    Footprint after = footprintAtRest();
    report.add("disturbances (puma, redis, echo, flood, spec, kill, term): " + List.of(box(done)));
    report.add("at rest before: " + before + ", after: " + after);
    if (before != null) {
      check(after.files() - before.files() <= MAX_MORE_FILES, "open files: " + report.getLast());
      check(
          after.kilobytes() - before.kilobytes() <= MAX_MORE_KILOBYTES,
          "memory: " + report.getLast());
    }
  }

  private void comeAndGo(Random random) {
    while (!over) {
      pause(random.nextInt(2_500));
      if (quiet) {
        continue;
      }
      int calm = disturbances.get();
      boolean cable = random.nextBoolean();
      var client = new SoakClient(http, machine.socketUri(cable ? "/cable" : "/echo"));
      String wrong = "";
      try {
        client.awaitOpen();
        if (cable) {
          client.subscribe();
        }
        pause(random.nextInt(3_000));
        wrong = client.ended.getNow("");
      } catch (RuntimeException e) {
        wrong = "not served: " + e;
      }
      client.leave(random.nextBoolean());
      if (calm % 2 == 1 || disturbances.get() != calm) {
        excused.incrementAndGet();
      } else {
        served.incrementAndGet();
        check(wrong.isEmpty(), (cable ? "cable" : "echo") + " client " + wrong);
      }
    }
  }

  /** After a disturbance both services must serve again. */
  private void settle() {
    for (String path : List.of("/cable", "/echo")) {
      long limit = System.nanoTime() + Duration.ofMinutes(2).toNanos();
      String wrong = "not tried";
      while (!wrong.isEmpty() && System.nanoTime() < limit) {
        var client = new SoakClient(http, machine.socketUri(path));
        try {
          client.awaitOpen();
          if (path.equals("/cable")) {
            client.subscribe();
          }
          wrong = "";
        } catch (RuntimeException e) {
          wrong = e.toString();
          pause(200);
        }
        client.leave(true);
      }
      check(wrong.isEmpty(), path + " does not recover: " + wrong);
    }
  }

  private void redefine(int value) throws IOException {
    int since = machine.child.lines().size();
    declareEcho("600ms", "  env: [{name: N, value: '" + value + "'}]\n");
    machine.child.awaitFrom(since, "manifests changed");
  }

  private void flood() {
    List<SoakClient> all =
        Stream.generate(() -> new SoakClient(http, machine.socketUri("/echo"))).limit(200).toList();
    for (int i = 0; i < all.size(); i += 2) {
      all.get(i).leave(false);
    }
    for (int i = 1; i < all.size(); i += 2) {
      try {
        all.get(i).awaitOpen();
      } catch (RuntimeException e) {
        check(false, "flood: " + e);
      }
      all.get(i).leave(i % 3 == 0);
    }
  }

  private interface End {
    void run() throws Exception;
  }

  private void restart(End how) throws Exception {
    readLog();
    how.run();
    int port = machine.port;
    machine = new Machine(port, example.manifests(), scratch.resolve("state"));
  }

  private Footprint footprintAtRest() throws IOException {
    quiet = true;
    try {
      machine.awaitPhase("cable", "Dormant");
      machine.awaitPhase("echo", "Dormant");
      collectGarbage();
      pause(500);
      Path proc = Path.of("/proc/" + machine.child.pid());
      try (Stream<Path> files = Files.list(proc.resolve("fd"))) {
        return new Footprint(
            files.count(), status(proc, "RssAnon:"), (int) status(proc, "Threads:"));
      }
    } finally {
      quiet = false;
    }
  }

  /** What is kept, not what has not been collected yet, must not grow. */
  private void collectGarbage() throws IOException {
    Path java = Path.of(ProcessHandle.current().info().command().orElseThrow());
    var command = List.of(java.resolveSibling("jcmd") + "", machine.child.pid() + "", "GC.run");
    Process jcmd = new ProcessBuilder(command).redirectOutput(Redirect.DISCARD).start();
    assertThat(jcmd.onExit().orTimeout(60, TimeUnit.SECONDS).join().exitValue()).isZero();
  }

  private static long status(Path proc, String field) throws IOException {
    try (Stream<String> lines = Files.lines(proc.resolve("status"))) {
      return lines
          .filter(line -> line.startsWith(field))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }

  private void end() throws IOException {
    footprintAtRest();
    check(
        EchoServer.running(word).isEmpty() && example.pumas().isEmpty(), "something runs at rest");
    check(machine.child.terminate() == 0, "it did not end well");
    readLog();
    check(example.processes().isEmpty(), "left behind: " + example.processes());
    check(EchoServer.running(word).isEmpty(), "left behind: " + EchoServer.running(word));
    var ports =
        List.of(machine.port, machine.adminPort, example.cablePort(), example.redisPort()).stream()
            .filter(SoakIT::isTaken)
            .toList();
    check(ports.isEmpty(), "ports left behind: " + ports);
    report.add("served in calm: " + served + ", excused: " + excused + ", wrong: " + wrongs.size());
    report.add("idle stops: " + idleStops + ", length: " + LENGTH + ", seed: " + SEED);
    check(served.get() > 0, "nobody came");
    check(idleStops > 0, "it never slept");
    report.addAll(wrongs);
    report.forEach(line -> LOG.log(Level.INFO, line));
    Files.write(
        Path.of(System.getProperty("dormouse.home")).resolveSibling("soak-report.txt"), report);
  }

  private static boolean isTaken(int port) {
    try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  private void readLog() {
    var log = new SoakLog(machine.child.lines());
    idleStops += log.idleStops().count();
    wrongs.addAll(log.wrongs());
  }

  private String currentEnv() throws IOException {
    String now = Files.readString(example.manifests().resolve("echo.yaml"));
    int at = now.indexOf("  env:");
    return at < 0 ? "" : now.substring(at);
  }

  private void declareEcho(String idle, String env) throws IOException {
    Path next = scratch.resolve("next.yaml");
    Files.writeString(
        next,
        EchoServer.service("echo", word, "  path: /echo\n  idleTimeout: " + idle + OFTEN + env));
    Files.move(
        next,
        example.manifests().resolve("echo.yaml"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  private static void killOne(List<ProcessHandle> which) {
    which.stream().findFirst().ifPresent(ProcessHandle::destroyForcibly);
  }

  private static Integer[] box(int[] numbers) {
    return java.util.Arrays.stream(numbers).boxed().toArray(Integer[]::new);
  }

  private void check(boolean right, String otherwise) {
    if (!right) {
      wrongs.add(otherwise);
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
