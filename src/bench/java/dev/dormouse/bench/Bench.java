package dev.dormouse.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** All measures, or those that are named; see {@code src/bench/run}. */
final class Bench {
  private interface Measure {
    void measure(Lab lab, Report report) throws IOException, InterruptedException;
  }

  private Bench() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    Locale.setDefault(Locale.ROOT);
    Map<String, Measure> measures = new LinkedHashMap<>();
    measures.put("echo", Echoes::measure);
    measures.put("http", Requests::measure);
    measures.put("memory", Memories::measure);
    measures.put("storm", Storms::measure);
    measures.put("wake", Wakes::measure);
    measures.put("doze", Dozes::measure);
    measures.put("footprint", Footprint::measure);
    measures.put("nap", NapBench::measure);
    measures.put("arithmetic", Arithmetic::measure);
    var words = new ArrayList<>(List.of(args));
    boolean quick = words.remove("--quick");
    boolean gate = words.remove("--gate");
    if (!measures.keySet().containsAll(words)) {
      System.err.println("src/bench/run [--quick] [--gate] " + measures.keySet());
      System.exit(2);
    }
    Path target = Path.of("target", "bench").toAbsolutePath();
    Path scratch = Files.createTempDirectory(Files.createDirectories(target), "scratch");
    var lab = new Lab(Path.of("target", "dormouse").toAbsolutePath(), scratch, quick);
    var report = new Report(target, preface(quick));
    for (Map.Entry<String, Measure> measure : measures.entrySet()) {
      if (words.isEmpty() || words.contains(measure.getKey())) {
        measure.getValue().measure(lab, report);
      }
    }
    System.out.println("report: " + target.resolve("report.md"));
    report.missed().forEach(must -> System.out.println("missed: " + must));
    System.exit(gate && !report.missed().isEmpty() ? 1 : 0);
  }

  private static String preface(boolean quick) throws IOException {
    String load = Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
    return "%s%s, %d processors, load average at the start %s, Java %s, %s."
        .formatted(
            LocalDateTime.now().truncatedTo(ChronoUnit.MINUTES),
            quick ? ", quick" : "",
            Runtime.getRuntime().availableProcessors(),
            load,
            Runtime.version(),
            Lab.hasTwoCores()
                ? "what is measured on one core, load generator and backend on another"
                : "everything on one core");
  }
}
