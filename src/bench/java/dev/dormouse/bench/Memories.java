package dev.dormouse.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;

/** Measure 2: what an idle tunnel costs, and what is left when all have gone. */
final class Memories {
  private Memories() {}

  static void measure(Lab lab, Report report) throws IOException, InterruptedException {
    int most = Math.min(lab.quick() ? 4000 : 9000, Lab.connections() - 100);
    var table =
        new Table(
            "Memory per idle tunnel, in kB",
            "",
            "RSS at 1,000",
            "RSS at %,d".formatted(most),
            "live heap at %,d".formatted(most),
            "MB before",
            "MB after all left");
    var bars = new LinkedHashMap<String, Double>();
    for (Peer peer : Peer.values()) {
      if (peer != Peer.DIRECT) {
        try (Peer.Running running = peer.start(lab)) {
          double[] kilobytes = tell(lab, running, most, table);
          bars.put(peer.label, kilobytes[0]);
          if (peer == Peer.DORMOUSE) {
            report.must("RSS per idle tunnel in kB, <= 8", kilobytes[0], kilobytes[0] <= 8);
            report.must("live heap per idle tunnel in kB, <= 8", kilobytes[1], kilobytes[1] <= 8);
          }
        }
      }
    }
    table.note(
        "Before: 200 tunnels were opened and closed, so that what is loaded once is loaded.");
    report.add(table);
    report.plot("Memory per idle tunnel", "kB of RSS", bars);
  }

  private static double[] tell(Lab lab, Peer.Running running, int most, Table table)
      throws IOException, InterruptedException {
    lab.load("storm", running.port(), 200, 50);
    double heapBefore = heapKilobytes(running);
    Thread.sleep(1000);
    double before = running.memory("VmRSS:");
    double atThousand = held(lab, running, 1000) - before;
    Thread.sleep(1000);
    double beforeMost = running.memory("VmRSS:");
    double heap;
    double atMost;
    try (Server load = lab.startLoad("hold", running.port(), most, 64)) {
      load.answer();
      Thread.sleep(1000);
      atMost = running.memory("VmRSS:") - before;
      heap = heapKilobytes(running) - heapBefore;
      load.release();
    }
    Thread.sleep(3000);
    double after = running.memory("VmRSS:");
    table.row(
        running.peer().label,
        atThousand / 1000,
        atMost / most,
        heap / most,
        beforeMost / 1024,
        after / 1024);
    return new double[] {atMost / most, heap / most};
  }

  private static double held(Lab lab, Peer.Running running, int sockets)
      throws IOException, InterruptedException {
    try (Server load = lab.startLoad("hold", running.port(), sockets, 64)) {
      load.answer();
      Thread.sleep(1000);
      double kilobytes = running.memory("VmRSS:");
      load.release();
      return kilobytes;
    }
  }

  /** Of all live objects; their histogram is taken after a full collection. */
  private static double heapKilobytes(Peer.Running running)
      throws IOException, InterruptedException {
    if (running.peer() != Peer.DORMOUSE) {
      return Double.NaN;
    }
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Process process =
        new ProcessBuilder(jcmd, Long.toString(running.proxy().pid()), "GC.class_histogram")
            .start();
    double bytes = Double.NaN;
    try (BufferedReader lines = process.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("Total")) {
          bytes = Double.parseDouble(line.strip().split("\\s+")[2]);
        }
      }
    }
    process.waitFor();
    return bytes / 1024;
  }
}
