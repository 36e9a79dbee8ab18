package dev.dormouse.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Measure 4: from the moment the backend listens to the client's 101. */
final class Wakes {
  private static final Map<String, String> ROWS =
      new TreeMap<>(
          Map.of(
              "overhead",
              "backend listens -> 101",
              "pass",
              "upgrade -> the pass that decides to start it",
              "whole",
              "upgrade -> 101"));

  private static final Pattern LAST_WAKE = Pattern.compile("\"lastWake\":\\{\"time\":\"([^\"]+)\"");

  /** Of Dormouse: the first wake after each is a cold one. */
  private static final int STARTS = 3;

  /** By then a start is over, with what Dormouse prepares behind it. */
  private static final Duration SETTLE = Duration.ofSeconds(1);

  private Wakes() {}

  static void measure(Lab lab, Report report) throws IOException, InterruptedException {
    int wakes = lab.quick() ? 40 : 100;
    var rounds = new Rounds();
    for (int i = 0; i < STARTS; i++) {
      wakes(lab, wakes, SETTLE, "", rounds);
      wakes(lab, 1, Duration.ZERO, "first ", rounds);
    }
    var table = new Table("A wake, in ms", "", "p50", "p99", "most", "p50 of the first");
    for (Map.Entry<String, String> row : ROWS.entrySet()) {
      String key = row.getKey();
      table.row(
          row.getValue(),
          rounds.median(key),
          rounds.part(key, 0.99),
          rounds.part(key, 1),
          rounds.median("first " + key));
    }
    table.note(
        ("%d starts of Dormouse, %d wakes each, of a small Perl program that boots in about 10 ms."
                + " They begin a second after it; the first: of as many other starts, at once.")
            .formatted(STARTS, wakes));
    report.add(table);
    double p99 = rounds.part("overhead", 0.99);
    report.must("activation overhead in ms, p99 <= 10", p99, p99 <= 10);
    double pass = rounds.median("pass");
    report.must("upgrade -> pass in ms, p50 <= 1", pass, pass <= 1);
    puma(lab, report);
  }

  /**
   * Of one start.
   *
   * @param prefix of what the rounds are to call them
   */
  private static void wakes(Lab lab, int wakes, Duration settle, String prefix, Rounds rounds)
      throws IOException, InterruptedException {
    Path listening = Files.createTempFile(lab.scratch(), "listening", "");
    List<String> backend =
        List.of("perl", Path.of("src/test/perl/echo.pl").toAbsolutePath().toString(), "bench");
    var env = Map.of("LISTENING", listening.toString());
    try (HttpClient http = HttpClient.newHttpClient();
        Peer.Running running = Peer.dormouse(lab, "OnDemand", backend, env)) {
      Thread.sleep(settle);
      for (int i = 0; i < wakes; i++) {
        Knock knock = Knock.at(running.port());
        List<String> starts = Files.readAllLines(listening);
        if (starts.size() != i + 1) {
          throw new IOException("wake %d: %d starts".formatted(i, starts.size()));
        }
        long listens = Long.parseLong(starts.getLast());
        var times = new TreeMap<String, Double>();
        times.put("overhead", Knock.millis(knock.answeredNanos() - listens));
        times.put("whole", Knock.millis(knock.answerNanos()));
        Duration pass = Duration.between(knock.sent(), lastPass(http, running));
        times.put("pass", Knock.millis(pass.toNanos()));
        times.forEach((key, value) -> rounds.add(prefix + key, value));
        Thread.sleep(400); // idle for 50 ms, TERM, and its end
      }
    }
  }

  /** When the pass decided that started what runs now. */
  private static Instant lastPass(HttpClient http, Peer.Running running)
      throws IOException, InterruptedException {
    var services = URI.create("http://127.0.0.1:" + running.adminPort() + "/services");
    String json =
        http.send(HttpRequest.newBuilder(services).build(), BodyHandlers.ofString()).body();
    Matcher wake = LAST_WAKE.matcher(json);
    if (!wake.find()) {
      throw new IOException("no wake: " + json);
    }
    return Instant.parse(wake.group(1));
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
