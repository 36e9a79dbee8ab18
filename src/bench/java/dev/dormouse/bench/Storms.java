package dev.dormouse.bench;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/** Measure 3: 4,000 upgrades, 256 at a time. */
final class Storms {
  private static final int UPGRADES = 4000;
  private static final int PARALLEL = 256;

  private Storms() {}

  static void measure(Lab lab, Report report) throws IOException, InterruptedException {
    int rounds = lab.quick() ? 2 : 7;
    var cold = new EnumMap<Peer, Rounds>(Peer.class);
    var warm = new EnumMap<Peer, Rounds>(Peer.class);
    for (int round = 0; round < rounds; round++) {
      for (Peer peer : Peer.values()) {
        try (Peer.Running running = peer.start(lab)) {
          cold.computeIfAbsent(peer, _ -> new Rounds()).add(storm(lab, running));
          Thread.sleep(500);
          storm(lab, running);
          Thread.sleep(500);
          warm.computeIfAbsent(peer, _ -> new Rounds()).add(storm(lab, running));
        }
      }
    }
    var dormant = new Rounds();
    for (int round = 0; round < rounds; round++) {
      try (Peer.Running running = Peer.dormouse(lab, "OnDemand", Lab.backend(), Map.of())) {
        dormant.add(storm(lab, running));
      }
    }
    tell(cold, warm, dormant, rounds, report);
  }

  private static void tell(
      Map<Peer, Rounds> cold, Map<Peer, Rounds> warm, Rounds dormant, int rounds, Report report)
      throws IOException {
    var table =
        new Table(
            "%,d upgrades, %d at a time".formatted(UPGRADES, PARALLEL),
            "",
            "s, first after start",
            "s, warm",
            "warm p99 ms",
            "failed");
    for (Peer peer : Peer.values()) {
      Rounds first = cold.get(peer);
      Rounds third = warm.get(peer);
      table.row(
          peer.label,
          first.median("seconds"),
          third.median("seconds"),
          third.median("p99") / 1000,
          first.part("failed", 1) + third.part("failed", 1));
    }
    table.row("Dormouse, dormant", dormant.median("seconds"), "-", "-", dormant.part("failed", 1));
    table.note(
        ("Medians of %d rounds. Dormant: the backend, a JVM, boots within the time, once. First:"
                + " the load generator and the backend are as cold as the proxy.")
            .formatted(rounds));
    report.add(table);
    double first = cold.get(Peer.DORMOUSE).median("seconds");
    report.must("first storm after a start in s, <= 2", first, first <= 2);
    double ratio =
        warm.get(Peer.DORMOUSE).median("seconds") / warm.get(Peer.HAPROXY).median("seconds");
    report.must("warm storm, x HAProxy's time, <= 4 (of 0.5 s: 2 s)", ratio, ratio <= 4);
  }

  private static Map<String, Double> storm(Lab lab, Peer.Running running)
      throws IOException, InterruptedException {
    return lab.load("storm", running.port(), UPGRADES, PARALLEL);
  }
}
