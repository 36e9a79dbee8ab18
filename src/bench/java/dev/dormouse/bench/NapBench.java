package dev.dormouse.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Measure 7: what Dormouse costs while it sleeps itself, and what that adds to the next upgrade.
 */
final class NapBench {
  private static final int LOOK_SECONDS = 30;
  private static final int LIMIT_SECONDS = 60;
  private static final Path CACHES = Path.of("/proc/sys/vm/drop_caches");

  private NapBench() {}

  static void measure(Lab lab, Report report) throws IOException, InterruptedException {
    int count = lab.quick() ? 20 : 100;
    var table =
        new Table(
            "A nap", "", "RSS MB", "PSS MB", "wake-ups a minute", "upgrade -> 101 ms, p50", "p99");
    var rounds = new Rounds();
    try (Peer.Running running = start(lab, "never")) {
      Knock.at(running.port());
      Thread.sleep(2000);
      double[] rest = rest(running);
      wakes(running, count, "never", false, rounds);
      row(table, "--nap never", rest, rounds, "never");
    }
    try (Peer.Running running = start(lab, "1s")) {
      awaitNap(running);
      double[] rest = rest(running);
      wakes(running, count, "nap", false, rounds);
      row(table, "--nap, pages cached", rest, rounds, "nap");
      if (Files.isWritable(CACHES)) {
        wakes(running, Math.max(5, count / 5), "dropped", true, rounds);
        row(table, "--nap, pages dropped", rest, rounds, "dropped");
      }
      musts(report, rest, rounds);
    }
    table.note("%d upgrades each, onto a small Perl program that boots in 10 ms.".formatted(count));
    report.add(table);
    sum(lab, report);
  }

  private static void musts(Report report, double[] rest, Rounds rounds) throws IOException {
    report.must("RSS in a nap in MB, <= 3", rest[0], rest[0] <= 3);
    report.must("PSS in a nap in MB, <= 1", rest[1], rest[1] <= 1);
    report.must("wake-ups a minute in a nap, 0", rest[2], rest[2] == 0);
    double p50 = rounds.median("nap") - rounds.median("never");
    double p99 = rounds.part("nap", 0.99) - rounds.median("never");
    report.must("what a nap adds in ms, p50 <= 350", p50, p50 <= 350);
    report.must("what a nap adds in ms, p99 <= 600", p99, p99 <= 600);
  }

  private static Peer.Running start(Lab lab, String nap) throws IOException, InterruptedException {
    List<String> backend =
        List.of("perl", Path.of("src/test/perl/echo.pl").toAbsolutePath().toString(), "bench");
    return Peer.dormouse(lab, "OnDemand", backend, Map.of(), "--nap", nap);
  }

  /** RSS and PSS in MB, and how often it runs in a minute. */
  private static double[] rest(Peer.Running running) throws IOException, InterruptedException {
    double before = switches(running);
    Thread.sleep(LOOK_SECONDS * 1000L);
    return new double[] {
      running.memory("VmRSS:") / 1024.0,
      running.memory("Pss:") / 1024.0,
      (switches(running) - before) * 60 / LOOK_SECONDS
    };
  }

  /** Of all threads. */
  private static double switches(Peer.Running running) throws IOException {
    double sum = 0;
    try (var tasks = Files.list(Path.of("/proc", "" + running.proxy().pid(), "task"))) {
      for (Path task : tasks.toList()) {
        for (String line : Files.readAllLines(task.resolve("status"))) {
          if (line.contains("voluntary_ctxt_switches:")) {
            sum += Double.parseDouble(line.substring(line.indexOf(':') + 1).strip());
          }
        }
      }
    }
    return sum;
  }

  private static void wakes(
      Peer.Running running, int count, String key, boolean drop, Rounds rounds)
      throws IOException, InterruptedException {
    for (int i = 0; i < count; i++) {
      if (!key.equals("never")) {
        awaitNap(running);
      }
      if (drop) {
        Files.writeString(CACHES, "3\n");
      }
      rounds.add(key, Knock.millis(Knock.at(running.port()).answerNanos()));
      Thread.sleep(500);
    }
  }

  private static void awaitNap(Peer.Running running) throws IOException, InterruptedException {
    Path exe = Path.of("/proc", "" + running.proxy().pid(), "exe");
    for (int i = 0; i < LIMIT_SECONDS * 20; i++) {
      if (isShell(exe)) {
        Thread.sleep(200);
        return;
      }
      Thread.sleep(50);
    }
    throw new IOException("no nap");
  }

  /** While a thread becomes another program, its process has none. */
  private static boolean isShell(Path exe) throws IOException {
    try {
      return !Files.readSymbolicLink(exe).endsWith("java");
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static void row(Table table, String name, double[] rest, Rounds rounds, String key) {
    table.row(name, rest[0], rest[1], rest[2], rounds.median(key), rounds.part(key, 0.99));
  }

  /** The sum that this was made for: a whole cable, its Redis, and Dormouse, at rest and awake. */
  private static void sum(Lab lab, Report report) throws IOException, InterruptedException {
    Optional<Puma> puma = Puma.find(lab);
    if (puma.isEmpty()) {
      report.add(new Table("The sum of a nap: not measured, Puma or Redis is missing", ""));
      return;
    }
    var table = new Table("Dormouse, Puma and Redis, MB of PSS", "", "Dormouse", "the rest", "sum");
    for (String nap : List.of("never", "1s")) {
      try (Server dormouse = puma.get().start("--nap", nap)) {
        Knock.untilWelcome(puma.get().port());
        Thread.sleep(nap.equals("never") ? 38_000 : 12_000);
        sums(dormouse, "at rest, --nap " + nap, table);
        try (var open = Knock.open(puma.get().port())) {
          sums(dormouse, "awake, --nap " + nap, table);
          open.shutdownOutput();
        }
      }
    }
    report.add(table);
  }

  private static void sums(Server dormouse, String state, Table table) throws IOException {
    double own = dormouse.memory("Pss:", false) / 1024.0;
    double all = dormouse.memory("Pss:", true) / 1024.0;
    table.row(state, own, all - own, all);
  }
}
