package dev.dormouse.bench;

import dev.dormouse.bench.CableApp.Example;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Measure 8: applications that sleep under silent subscribers, and are woken by broadcasts. */
final class Dozes {
  private static final String DOZE =
      "idleTimeout: 5m\n  minimumUptime: 0s\n  sleep: Doze\n  doze: {after: 100ms}";
  private static final Path CACHES = Path.of("/proc/sys/vm/drop_caches");
  private static final long DOZE_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** Two dozes in a row may be too short to pay. */
  private static final int HURRIED = 2;

  private final Lab lab;
  private final Report report;
  private final Table table =
      new Table(
          "Asleep under its clients",
          "",
          "clients",
          "RSS awake, MB",
          "RSS, MB",
          "PSS, MB",
          "broadcasts",
          "to the first, ms p50",
          "p99",
          "to the last, ms p50",
          "p99",
          "CPU of it, ms a minute",
          "of Dormouse");

  /** How long a doze must last to pay, as far as is known. */
  private long patienceMillis = 1000;

  private Dozes(Lab lab, Report report) {
    this.lab = lab;
    this.report = report;
  }

  /**
   * How much of it is measured, within which time.
   *
   * @param cpuSeconds for how long nothing is done but to look what that costs
   */
  private record Extent(
      int clients,
      int cached,
      int cachedSeconds,
      int dropped,
      int droppedSeconds,
      int cpuSeconds) {}

  static void measure(Lab lab, Report report) throws IOException, InterruptedException {
    boolean rails = Example.RAILS.isInstalled();
    if (!rails && !Example.CABLE.isInstalled()) {
      report.add(new Table("A doze: not measured, Puma, Redis or gems are missing", ""));
      return;
    }
    Example example = rails ? Example.RAILS : Example.CABLE;
    try (Swap swap = Swap.on(lab).orElse(null)) {
      if (swap == null) {
        report.add(new Table("A doze: not measured, no swap", ""));
        return;
      }
      var dozes = new Dozes(lab, report);
      dozes.measure(example);
      new Hour(lab, report, example).measure();
    }
  }

  private void measure(Example example) throws IOException, InterruptedException {
    var hundred = new Extent(100, 100, 165, 30, 45, 60);
    if (lab.quick()) {
      asleep(example, new Extent(1, 5, 10, 4, 8, 0));
      asleep(example, new Extent(100, 15, 25, 6, 15, 10));
    } else {
      asleep(example, new Extent(1, 20, 25, 10, 15, 0));
      asleep(example, hundred);
      asleep(example, new Extent(1_000, 20, 35, 10, 15, 0));
      if (example == Example.RAILS) {
        asleep(Example.CABLE, new Extent(100, 20, 25, 0, 0, 0));
      }
    }
    alone(example);
    table.note(
        "Broadcasts are published in Redis while it dozes. Dropped: the pages of files, before"
            + " each.");
    report.add(table);
  }

  private void asleep(Example example, Extent extent) throws IOException, InterruptedException {
    try (CableApp app = CableApp.under(lab, example, DOZE);
        var audience = new Audience(app.port())) {
      audience.join(extent.clients());
      double awake = megabytes(app.pid(), "status", "VmRSS:");
      awaitDoze(app, 0);
      double rss = megabytes(app.pid(), "status", "VmRSS:");
      double pss = megabytes(app.pid(), "smaps_rollup", "Pss:");
      var cpu = cpu(app, extent.cpuSeconds());
      Rounds cached = rounds(app, audience, extent.cached(), extent.cachedSeconds(), false);
      row(example.title, extent.clients(), List.of(awake, rss, pss), cached, cpu);
      Rounds dropped = rounds(app, audience, extent.dropped(), extent.droppedSeconds(), true);
      if (dropped.count("last") > 0) {
        row(example.title + ", dropped", extent.clients(), List.of(awake, rss, pss), dropped, cpu);
      }
      if (extent.clients() == 100 && extent.cpuSeconds() > 0) {
        musts(example, rss, cached.median("last"));
      }
    }
  }

  private void musts(Example example, double rss, double last) throws IOException {
    String what = " with 100 sockets asleep: ";
    report.must(example.title + what + "RSS in MB <= 8", rss, rss <= 8);
    report.must(
        example.title + what + "broadcast to the last in ms, p50 <= 120", last, last <= 120);
  }

  /** The same without Dormouse: it never sleeps. */
  private void alone(Example example) throws IOException, InterruptedException {
    try (CableApp app = CableApp.alone(lab, example);
        var audience = new Audience(app.port())) {
      audience.join(100);
      double awake = megabytes(app.pid(), "status", "VmRSS:");
      var rounds = new Rounds();
      for (int i = 0; i < (lab.quick() ? 20 : 100); i++) {
        broadcast(app, audience, i, rounds);
        Thread.sleep(20);
      }
      row(
          "without Dormouse",
          100,
          List.of(awake, awake, megabytes(app.pid(), "smaps_rollup", "Pss:")),
          rounds,
          List.of());
    }
  }

  private void row(String name, int clients, List<Double> memory, Rounds rounds, List<Double> cpu) {
    table.row(
        name,
        clients,
        memory.get(0),
        memory.get(1),
        memory.get(2),
        rounds.count("last"),
        rounds.median("first"),
        rounds.part("first", 0.99),
        rounds.median("last"),
        rounds.part("last", 0.99),
        cpu.isEmpty() ? Double.NaN : cpu.get(0),
        cpu.isEmpty() ? Double.NaN : cpu.get(1));
  }

  /** What a minute of doze costs: of it, and of Dormouse. */
  private static List<Double> cpu(CableApp app, int seconds)
      throws IOException, InterruptedException {
    if (seconds == 0) {
      return List.of();
    }
    long its = Server.cpuMillis(app.pid());
    long ours = app.server().cpuMillis(false);
    Thread.sleep(TimeUnit.SECONDS.toMillis(seconds));
    double minutes = seconds / 60.0;
    return List.of(
        (Server.cpuMillis(app.pid()) - its) / minutes,
        (app.server().cpuMillis(false) - ours) / minutes);
  }

  /** So many broadcasts, or as many as there is time for. */
  private Rounds rounds(CableApp app, Audience audience, int count, int seconds, boolean drop)
      throws IOException, InterruptedException {
    var rounds = new Rounds();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    int asleep = 0;
    for (int i = 0; i < count && System.nanoTime() < end; i++) {
      awaitDoze(app, asleep);
      int hesitations = app.told("more often than its sleep pays");
      Thread.sleep(i % (HURRIED + 1) == HURRIED ? patienceMillis : 50);
      if (drop && Files.isWritable(CACHES)) {
        Files.writeString(CACHES, "3\n");
      }
      asleep = app.told(" dozing, ");
      broadcast(app, audience, i, rounds);
      patienceMillis += app.told("more often than its sleep pays") > hesitations ? 1000 : 0;
    }
    return rounds;
  }

  private static void broadcast(CableApp app, Audience audience, int round, Rounds rounds)
      throws IOException, InterruptedException {
    String word = "{\"round\":" + round + "}";
    audience.expect(word);
    long begun = app.publish(word);
    Audience.Heard heard = audience.heard();
    rounds.add("first", Knock.millis(heard.first() - begun));
    rounds.add("last", Knock.millis(heard.last() - begun));
  }

  /** Asleep to the end of its page-out, once more than before, and still. */
  private static void awaitDoze(CableApp app, int before) throws IOException, InterruptedException {
    long end = System.nanoTime() + DOZE_LIMIT_NANOS;
    while (app.told(" dozing, ") <= before || !isStopped(app.pid())) {
      if (System.nanoTime() > end) {
        throw new IOException("it does not doze");
      }
      Thread.sleep(20);
    }
  }

  /** proc(5): the state, behind the name. */
  private static boolean isStopped(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
    return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
  }

  private static double megabytes(long pid, String file, String key) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), file))) {
      return lines
              .filter(line -> line.startsWith(key))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .findFirst()
              .orElse(0)
          / 1024.0;
    }
  }
}
