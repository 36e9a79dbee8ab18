package dev.dormouse.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Measure 6: what a machine has left with a cable that is always on, and with one that sleeps. */
final class Arithmetic {
  private Arithmetic() {}

  static void measure(Lab lab, Report report) throws IOException, InterruptedException {
    if (!Puma.installed()) {
      report.add(new Table("Memory of the machine: not measured, Puma or Redis is missing", ""));
      return;
    }
    var table =
        new Table(
            "Memory of the whole, in MB",
            "",
            "PSS of Dormouse",
            "PSS of Puma and Redis",
            "sum",
            "MemAvailable fell by");
    var bars = new LinkedHashMap<String, Double>();
    row(lab, "always on", Puma.always(lab), table, bars);
    row(lab, "dormant, Stop", Puma.find(lab).orElseThrow(), table, bars);
    try (Swap swap = Swap.on(lab).orElse(null)) {
      if (swap == null) {
        table.note("Freeze: not measured, no swap.");
      } else {
        row(lab, "dormant, Freeze", Puma.frozen(lab), table, bars);
      }
    }
    table.note(
        "Without Dormouse, always on is its second column alone. An idle Puma with Action Cable and"
            + " no Rails application; an application adds to the second column of the first row"
            + " only.");
    report.add(table);
    report.plot("Dormouse, Puma and Redis", "MB of PSS", bars);
  }

  private static void row(Lab lab, String state, Puma puma, Table table, Map<String, Double> bars)
      throws IOException, InterruptedException {
    double before = available();
    try (Server dormouse = puma.start()) {
      Knock.at(puma.port());
      Thread.sleep(38_000); // by then Dormouse itself sleeps, too
      double own = dormouse.memory("Pss:", false) / 1024.0;
      double all = dormouse.memory("Pss:", true) / 1024.0;
      table.row(state, own, all - own, all, before - available());
      bars.put(state, all);
    }
    Thread.sleep(1000);
  }

  private static double available() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
      Optional<String> line = lines.filter(it -> it.startsWith("MemAvailable:")).findFirst();
      return Long.parseLong(line.orElseThrow().replaceAll("\\D", "")) / 1024.0;
    }
  }
}
