package dev.dormouse.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Measure 5: what {@code dormouse run} itself takes, probed and scraped, asleep and awake. */
final class Footprint {
  private static final Pattern CLASSES = Pattern.compile("(\\d+) classes \\((\\d+) shared\\)");

  /** It calls it a day after 30 s; then it takes a moment to fall asleep. */
  private static final int ASLEEP_SECONDS = 34;

  private final HttpClient http = HttpClient.newHttpClient();
  private final Table table =
      new Table("Footprint of dormouse run", "", "RSS MB", "PSS MB", "RssAnon MB", "swapped MB");
  private final Map<String, Double> bars = new LinkedHashMap<>();
  private final Lab lab;

  private Footprint(Lab lab) {
    this.lab = lab;
  }

  static void measure(Lab lab, Report report) throws IOException, InterruptedException {
    new Footprint(lab).measure(report);
  }

  private void measure(Report report) throws IOException, InterruptedException {
    double start = start();
    table.note("Start to listening: %.2f s (median).".formatted(start));
    report.must("start in s, <= 0.5", start, start <= 0.5);
    if (Swap.exists()) {
      table.note("Without swap: not measured, this machine has some.");
    } else {
      withoutSwap(report);
    }
    try (Swap swap = Swap.on(lab).orElse(null)) {
      if (swap == null) {
        table.note("With swap: not measured, it could not be made.");
      } else {
        withSwap(report);
      }
    }
    report.add(table);
    report.plot("Footprint", "MB of RSS", bars);
  }

  private double start() throws IOException, InterruptedException {
    var starts = new Rounds();
    for (int i = 0; i < (lab.quick() ? 5 : 15); i++) {
      long begin = System.nanoTime();
      try (Peer.Running running = Peer.dormouse(lab, "OnDemand", Lab.backend(), Map.of())) {
        starts.add("seconds", (System.nanoTime() - begin) / 1e9);
        Lab.awaitPort(running.port());
      }
    }
    return starts.median("seconds");
  }

  private void withoutSwap(Report report) throws IOException, InterruptedException {
    try (Peer.Running running = Peer.dormouse(lab, "OnDemand", Lab.backend(), Map.of())) {
      watched(running, 15);
      row(running, "just started");
      watched(running, lab.quick() ? 45 : 90);
      double anonymous = row(running, "dormant, probed and scraped");
      double resident = running.memory("VmRSS:") / 1024.0;
      table.note(classes(running) + " " + running.memory("Threads:") + " threads.");
      int days = lab.quick() ? 1 : 7;
      watchedFor(running, days);
      row(running, "after the probes and scrapes of %d day(s)".formatted(days));
      awake(running);
      watched(running, ASLEEP_SECONDS);
      row(running, "%d s after the last client".formatted(ASLEEP_SECONDS));
      report.must("RSS dormant in MB, <= 60", resident, resident <= 60);
      report.must("RssAnon dormant in MB, <= 25", anonymous, anonymous <= 25);
    }
  }

  private void withSwap(Report report) throws IOException, InterruptedException {
    try (Peer.Running running = Peer.dormouse(lab, "OnDemand", Lab.backend(), Map.of())) {
      awake(running);
      Thread.sleep(1000L * ASLEEP_SECONDS);
      row(running, "swap: %d s after the last client".formatted(ASLEEP_SECONDS));
      double resident = running.memory("VmRSS:") / 1024.0;
      watched(running, 45);
      row(running, "swap: then probed and scraped");
      report.must(
          "RSS with swap 30 s after the last client in MB, <= 25", resident, resident <= 25);
    }
  }

  private void awake(Peer.Running running) throws IOException, InterruptedException {
    for (int sockets : new int[] {1, 100}) {
      try (Server load = lab.startLoad("hold", running.port(), sockets, 16)) {
        load.answer();
        watched(running, 3);
        row(running, "awake, %d socket(s)".formatted(sockets));
        load.release();
      }
    }
  }

  private double row(Peer.Running running, String state) throws IOException {
    double resident = running.memory("VmRSS:") / 1024.0;
    double anonymous = running.memory("RssAnon:") / 1024.0;
    table.row(
        state,
        resident,
        running.memory("Pss:") / 1024.0,
        anonymous,
        running.memory("VmSwap:") / 1024.0);
    bars.put(state, resident);
    return anonymous;
  }

  /** As a platform does it: /livez every 10 s, /metrics every 15 s. */
  private void watched(Peer.Running running, int seconds) throws IOException, InterruptedException {
    for (int second = 0; second < seconds; second++) {
      if (second % 10 == 0) {
        get(running, "/livez");
      }
      if (second % 15 == 0) {
        get(running, "/metrics");
      }
      Thread.sleep(1000);
    }
  }

  /** As many of both as in these days, at once: sooner or later all that they use is compiled. */
  private void watchedFor(Peer.Running running, int days) throws IOException, InterruptedException {
    for (int minute = 0; minute < days * 24 * 60; minute++) {
      for (int probe = 0; probe < 6; probe++) {
        get(running, "/livez");
      }
      for (int scrape = 0; scrape < 4; scrape++) {
        get(running, "/metrics");
      }
    }
  }

  private void get(Peer.Running running, String path) throws IOException, InterruptedException {
    var uri = URI.create("http://127.0.0.1:" + running.adminPort() + path);
    int status =
        http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding()).statusCode();
    if (status != 200) {
      throw new IOException(path + ": " + status);
    }
  }

  private static String classes(Peer.Running running) throws IOException, InterruptedException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    var command = new ProcessBuilder(jcmd, Long.toString(running.proxy().pid()), "VM.metaspace");
    Process process = command.start();
    String found = "Classes loaded: unknown.";
    try (BufferedReader lines = process.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher matcher = CLASSES.matcher(line);
        if (matcher.find()) {
          found =
              "Classes loaded: %s, of which %s from the AOT cache."
                  .formatted(matcher.group(1), matcher.group(2));
        }
      }
    }
    process.waitFor();
    return found;
  }
}
