package dev.dormouse.bench;

import java.io.IOException;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Measure 8: ordinary requests a second and the time to their answers, on kept connections. */
final class Requests {
  private record Shape(int sockets, int size) {}

  private static final List<Shape> SHAPES =
      List.of(new Shape(50, 64), new Shape(50, 16 * 1024), new Shape(500, 64));

  private Requests() {}

  static void measure(Lab lab, Report report) throws IOException, InterruptedException {
    int rounds = lab.quick() ? 3 : 5;
    int millis = lab.quick() ? 1500 : 4000;
    Map<Peer, Peer.Running> running = new EnumMap<>(Peer.class);
    try {
      for (Peer peer : Peer.values()) {
        running.put(peer, peer == Peer.DORMOUSE ? Peer.forwarding(lab) : peer.start(lab));
      }
      for (Shape shape : SHAPES.subList(0, lab.quick() ? 2 : SHAPES.size())) {
        var results = new EnumMap<Peer, Rounds>(Peer.class);
        for (int round = 0; round < rounds; round++) {
          for (Peer peer : Peer.values()) {
            Rounds of = results.computeIfAbsent(peer, _ -> new Rounds());
            of.add(round(lab, running.get(peer), shape, millis));
          }
        }
        tell(shape, rounds, results, report);
      }
    } finally {
      running.values().forEach(Peer.Running::close);
    }
  }

  /** What the load generator says, and the proxy's own time for a request, in microseconds. */
  private static Map<String, Double> round(Lab lab, Peer.Running running, Shape shape, int millis)
      throws IOException, InterruptedException {
    long before = running.cpuMillis();
    Map<String, Double> answer =
        lab.load("http", running.port(), shape.sockets, shape.size, 1000, millis);
    answer.put("cpu", 1000.0 * (running.cpuMillis() - before) / answer.get("all"));
    return answer;
  }

  private static void tell(Shape shape, int rounds, Map<Peer, Rounds> results, Report report)
      throws IOException {
    String title =
        "HTTP: %d connection(s), answers of %,d bytes".formatted(shape.sockets, shape.size);
    var table =
        new Table(title, "", "requests/s", "x HAProxy", "CPU us", "p50 us", "p99 us", "p99.9 us");
    var bars = new LinkedHashMap<String, Double>();
    double haproxy = results.get(Peer.HAPROXY).median("rate");
    for (Map.Entry<Peer, Rounds> result : results.entrySet()) {
      Rounds of = result.getValue();
      double rate = of.median("rate");
      table.row(
          result.getKey().label,
          rate,
          rate / haproxy,
          of.median("cpu"),
          of.median("p50"),
          of.median("p99"),
          of.median("p999"));
      bars.put(result.getKey().label, rate);
    }
    table.note(
        "Medians of %d interleaved rounds. CPU: the proxy's own time for a request."
            .formatted(rounds));
    report.add(table);
    report.plot(title, "requests/s", bars);
    if (shape.sockets == 50 && shape.size == 64) {
      double ratio = results.get(Peer.DORMOUSE).median("rate") / haproxy;
      report.must("HTTP requests a second, x HAProxy, >= 0.6", ratio, ratio >= 0.6);
    }
  }
}
