package dev.dormouse.bench;

import dev.dormouse.bench.CableApp.Example;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * An hour in the life of an application, in time lapse, with each kind of sleep, all at once: views
 * of a page, tabs that stay open, broadcasts.
 */
final class Hour {
  private static final int MINUTES = 60;

  /**
   * What an hour lasts here. A boot and a page-out are not shortened: that speaks against sleep.
   */
  private static final int SECONDS = 90;

  private static final int QUICK_SECONDS = 40;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Somebody leaves a tab open for three quarters of it. */
  private static final List<Event> EVENTS =
      List.of(
          new Event(1, Kind.VIEW),
          new Event(1, Kind.OPEN),
          new Event(4, Kind.BROADCAST),
          new Event(14, Kind.BROADCAST),
          new Event(20, Kind.VIEW),
          new Event(29, Kind.BROADCAST),
          new Event(45, Kind.CLOSE));

  private final Lab lab;
  private final Report report;
  private final Example example;
  private final int seconds;

  private enum Kind {
    VIEW,
    OPEN,
    CLOSE,
    BROADCAST
  }

  private record Event(int minute, Kind kind) {}

  Hour(Lab lab, Report report, Example example) {
    this.lab = lab;
    this.report = report;
    this.example = example;
    this.seconds = lab.quick() ? QUICK_SECONDS : SECONDS;
  }

  void measure() throws IOException, InterruptedException {
    var table =
        new Table(
            "An hour of it, with its Redis and Dormouse: anonymous memory",
            "",
            "MB-hours",
            "of always on, %");
    Map<String, Double> averages = run();
    double always = averages.values().iterator().next();
    averages.forEach((name, average) -> table.row(name, average, 100 * average / always));
    table.note(
        ("A tab that is open for 44 minutes, 2 views, 3 broadcasts; idleTimeout"
                + " 5 minutes, doze.after 10 s. In time lapse: %d s. What a boot, a look at its CPU"
                + " time and a page-out take is not shortened, and counts %d times.")
            .formatted(seconds, MINUTES * 60 / seconds));
    report.add(table);
    report.plot(example.title + ", Redis and Dormouse", "MB-hours", averages);
  }

  private Map<String, Double> run() throws IOException, InterruptedException {
    List<String> names =
        List.of(
            "always on, without Dormouse", "Dormouse, Stop", "Dormouse, Freeze", "Dormouse, Doze");
    List<CableApp> apps = new ArrayList<>();
    ExecutorService all = Executors.newFixedThreadPool(names.size());
    try {
      apps.add(CableApp.alone(lab, example));
      for (String sleep : List.of("Stop", "Freeze", "Doze")) {
        apps.add(CableApp.under(lab, example, times(sleep)));
      }
      List<Future<Double>> averages = new ArrayList<>();
      for (CableApp app : apps) {
        averages.add(all.submit(() -> live(app)));
      }
      Map<String, Double> results = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        results.put(
            names.get(i), averages.get(i).get(seconds + LIMIT.toSeconds() * 2, TimeUnit.SECONDS));
      }
      return results;
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the hour was not lived to its end", e);
    } finally {
      all.shutdownNow();
      apps.forEach(CableApp::close);
    }
  }

  private String times(String sleep) {
    long after = 10_000L * seconds / (MINUTES * 60);
    return "idleTimeout: %dms\n  minimumUptime: 1s\n  sleep: %s\n  doze: {after: %dms}"
        .formatted(30 * after, sleep, after);
  }

  /** What it has used on average, in MB. */
  private double live(CableApp app) throws IOException, InterruptedException {
    Deque<Event> events = new ArrayDeque<>(EVENTS);
    Deque<Audience> tabs = new ArrayDeque<>();
    try (HttpClient http = HttpClient.newHttpClient()) {
      long begun = System.nanoTime();
      double sum = 0;
      int samples = 0;
      for (double minute = 0;
          minute < MINUTES;
          minute = (System.nanoTime() - begun) / 1e9 * MINUTES / seconds) {
        while (!events.isEmpty() && events.element().minute() <= minute) {
          happen(events.remove().kind(), app, tabs, http);
        }
        sum += app.anonymous() / 1024.0;
        samples++;
        Thread.sleep(100);
      }
      return sum / samples;
    } finally {
      for (Audience tab : tabs) {
        tab.close();
      }
    }
  }

  private void happen(Kind kind, CableApp app, Deque<Audience> tabs, HttpClient http)
      throws IOException, InterruptedException {
    switch (kind) {
      case VIEW -> view(app, http);
      case OPEN -> {
        var tab = new Audience(app.port());
        tabs.add(tab);
        tab.join(1);
      }
      case CLOSE -> tabs.remove().close();
      case BROADCAST -> {
        String word = "{\"at\":" + System.nanoTime() + "}";
        for (Audience tab : tabs) {
          tab.expect(word);
        }
        app.publish(word);
        for (Audience tab : tabs) {
          tab.heard();
        }
      }
    }
  }

  private void view(CableApp app, HttpClient http) throws IOException, InterruptedException {
    if (example == Example.RAILS) {
      URI page = URI.create("http://127.0.0.1:" + app.port() + "/");
      int status =
          http.send(HttpRequest.newBuilder(page).timeout(LIMIT).build(), BodyHandlers.discarding())
              .statusCode();
      if (status != 200) {
        throw new IOException("a page was answered with " + status);
      }
    }
  }
}
