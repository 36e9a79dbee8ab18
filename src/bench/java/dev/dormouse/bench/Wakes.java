package dev.dormouse.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Measure 4: from the moment the backend listens to the client's 101. */
final class Wakes {
  private static final Map<String, String> ROWS =
      new TreeMap<>(
          Map.of(
              "overhead",
              "backend listens -> 101",
              "pass",
              "upgrade -> the pass that starts it",
              "whole",
              "upgrade -> 101"));

  private Wakes() {}

  static void measure(Lab lab, Report report) throws IOException, InterruptedException {
    int wakes = lab.quick() ? 40 : 100;
    Path listening = lab.scratch().resolve("listening");
    var rounds = new Rounds();
    var upgrades = new ArrayList<Double>();
    try (Peer.Running running =
        Peer.dormouse(
            lab, "OnDemand", Lab.backend(), Map.of("BENCH_LISTENING", listening.toString()))) {
      for (int i = 0; i < wakes; i++) {
        Map<String, Double> wake = lab.load("wake", running.port());
        List<String> lines =
            Files.exists(listening) ? Files.readAllLines(listening) : List.<String>of();
        if (lines.size() != i + 1 || wake.get("opened") != 1) {
          throw new IOException("wake %d: %d starts, %s".formatted(i, lines.size(), wake));
        }
        rounds.add("overhead", (wake.get("at") - Double.parseDouble(lines.getLast())) / 1e6);
        rounds.add("whole", wake.get("seconds") * 1000);
        upgrades.add(wake.get("upgraded") / 1000);
        Thread.sleep(700); // idle for 50 ms, TERM, and the end of a JVM
      }
    }
    passes(lab, upgrades, rounds);
    var table = new Table("A wake, in ms", "", "p50", "p99", "most");
    for (Map.Entry<String, String> row : ROWS.entrySet()) {
      String key = row.getKey();
      table.row(row.getValue(), rounds.median(key), rounds.part(key, 0.99), rounds.part(key, 1));
    }
    table.note(
        wakes
            + " wakes of a JVM as the backend, whose own boot is most of the whole. When the pass"
            + " ran is told by the log, to the millisecond.");
    report.add(table);
    double p99 = rounds.part("overhead", 0.99);
    report.must("activation overhead in ms, p99 <= 10", p99, p99 <= 10);
    puma(lab, report);
  }

  /** From each upgrade to the line that tells of its pass. */
  private static void passes(Lab lab, List<Double> upgrades, Rounds rounds) throws IOException {
    List<Double> passes;
    try (Stream<String> lines = Files.lines(lab.scratch().resolve("dormouse.log"))) {
      passes =
          lines
              .filter(line -> line.contains(" dormant -> waking"))
              .map(line -> (double) Instant.parse(line.split(" ")[0]).toEpochMilli())
              .toList();
    }
    int earlier = passes.size() - upgrades.size();
    for (int i = 0; i < upgrades.size(); i++) {
      rounds.add("pass", Math.max(0, passes.get(earlier + i) - upgrades.get(i)));
    }
  }

  /** The whole wake of the example that this is made for, if its gems are installed. */
  private static void puma(Lab lab, Report report) throws IOException, InterruptedException {
    Optional<Puma> puma = Puma.find(lab);
    if (puma.isEmpty()) {
      report.add(new Table("A wake of Puma: not measured, Puma or Redis is not installed", ""));
      return;
    }
    try (Puma cable = puma.get()) {
      report.add(cable.wakes(lab.quick() ? 5 : 20));
    }
  }
}
