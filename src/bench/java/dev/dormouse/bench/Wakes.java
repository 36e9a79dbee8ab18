package dev.dormouse.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Measure 4: from the moment the backend listens to the client's 101. */
final class Wakes {
  private Wakes() {}

  static void measure(Lab lab, Report report) throws IOException, InterruptedException {
    int wakes = lab.quick() ? 40 : 100;
    Path listening = lab.scratch().resolve("listening");
    var rounds = new Rounds();
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
        Thread.sleep(700); // idle for 50 ms, TERM, and the end of a JVM
      }
    }
    var table = new Table("A wake, in ms", "", "p50", "p99", "most");
    for (String key : List.of("overhead", "whole")) {
      String label = key.equals("overhead") ? "backend listens -> 101" : "upgrade -> 101";
      table.row(label, rounds.median(key), rounds.part(key, 0.99), rounds.part(key, 1));
    }
    table.note(
        wakes + " wakes of a JVM as the backend, whose own boot is the difference of the rows.");
    report.add(table);
    double p99 = rounds.part("overhead", 0.99);
    report.must("activation overhead in ms, p99 <= 10", p99, p99 <= 10);
    puma(lab, report);
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
