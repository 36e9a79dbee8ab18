package dev.dormouse.admin.metrics;

import dev.dormouse.budget.Budget;
import dev.dormouse.control.FreezeListener;
import dev.dormouse.control.LogRateLimiter;
import dev.dormouse.control.LoopListener;
import dev.dormouse.control.PassListener;
import dev.dormouse.control.ServiceView;
import dev.dormouse.core.Action;
import dev.dormouse.core.Decision;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceStatus;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * What is counted, for Prometheus. Labels name services and enumerated reasons, never paths or
 * clients: there are only as many series as the manifests allow. Thread-safe.
 */
public final class Metrics implements PassListener, FreezeListener {
  /** Of the text that Prometheus reads (exposition format 0.0.4). */
  public static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

  private static final String COUNTS = "count ";
  private static final String SAVINGS = "saving ";
  private static final double[] SECONDS = {
    .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30, 60
  };
  private static final double[] LIFETIMES = {1, 10, 60, 300, 900, 3600, 14_400, 43_200, 86_400};

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
  private final AtomicLong changes = new AtomicLong();
  private final Counter wakes = counter("dormouse_wakes", "Ended wakes.", "reason", "outcome");
  private final Counter refusals = counter("dormouse_refusals", "Refused requests.", "reason");
  private final Counter requests =
      counter("dormouse_requests", "Ordinary requests that were not refused.", "outcome");
  private final Counter startFailures =
      counter("dormouse_start_failures", "Failed starts, and crashes.", "reason");
  private final Counter freezes =
      counter("dormouse_freezes", "Freezes, by how they ended.", "outcome");
  private final Counter thaws = counter("dormouse_thaws", "Thaws, by how they ended.", "outcome");
  private final Counter dozeWakes =
      counter("dormouse_doze_wakes", "Ends of dozes, by what ended them.", "cause");
  private final Histogram thawSeconds =
      seconds("dormouse_thaw_seconds", "From SIGCONT to the first answer.");
  private final Counter cuts = counter("dormouse_cuts", "Tunnels ended by us.", "reason");
  private final Counter stops = counter("dormouse_stops", "Stops of workloads.", "reason");
  private final Histogram wakeSeconds = seconds("dormouse_wake_seconds", "From start to ready.");
  private final Histogram overheadSeconds =
      seconds(
          "dormouse_activation_overhead_seconds",
          "From the first known address of the workload to the client's 101.");
  private final Histogram heldSeconds =
      seconds("dormouse_held_seconds", "From a client's upgrade to what became of it.", "outcome");
  private final Answers answers =
      new Answers(
          requests,
          heldSeconds,
          seconds("dormouse_answer_seconds", "From the dial to the head of a service's answer."));
  private final Histogram tunnelSeconds =
      histogram("dormouse_tunnel_seconds", "How long tunnels lived.", LIFETIMES);
  private final Counter reloads =
      Counter.builder()
          .name("dormouse_config_reloads")
          .help("Manifests read anew after a change, by outcome.")
          .labelNames("outcome")
          .withoutExemplars()
          .register(registry);

  /** What can end a nap; counted from zero on. */
  private static final List<String> NAP_ENDS =
      List.of("connection", "file", "child", "clock", "signal");

  private final Counter naps =
      Counter.builder()
          .name("dormouse_naps")
          .help("Naps of Dormouse itself, by what ended them.")
          .labelNames("cause")
          .withoutExemplars()
          .register(registry);
  private final Counter napSeconds =
      Counter.builder()
          .name("dormouse_nap_seconds")
          .help("How long they were, together.")
          .withoutExemplars()
          .register(registry);

  private final InstantSource wall = InstantSource.system();
  private final Budget budget;
  private final Savings savings;
  private final Gauges gauges;
  private volatile boolean configValid = true;
  private volatile Instant lastReload;
  private volatile CarriedCounts before = CarriedCounts.none();

  /**
   * Metrics at zero.
   *
   * @param version of Dormouse
   * @param clock of the times that are measured
   * @param budget told of, and kept by the admin port
   */
  public Metrics(String version, InstantSource clock, Budget budget) {
    this(version, clock, budget, new LogRateLimiter(clock));
  }

  /**
   * Metrics at zero.
   *
   * @param version of Dormouse
   * @param clock of the times that are measured
   * @param budget told of, and kept by the admin port
   * @param log whose suppressed lines are counted
   */
  public Metrics(String version, InstantSource clock, Budget budget, LogRateLimiter log) {
    this.budget = budget;
    this.savings = new Savings(clock);
    this.lastReload = wall.instant();
    Info.builder()
        .name("dormouse_build_info")
        .help("What runs.")
        .labelNames("version", "java")
        .register(registry)
        .addLabelValues(version, Runtime.version().toString());
    CounterWithCallback.builder()
        .name("dormouse_log_lines_suppressed")
        .help("Lines that clients caused and that were left out of the log.")
        .callback(counter -> counter.call((double) log.suppressed()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("dormouse_config_valid")
        .help("0 while a manifest has a mistake and something older holds.")
        .callback(gauge -> gauge.call(configValid ? 1 : 0))
        .register(registry);
    GaugeWithCallback.builder()
        .name("dormouse_config_last_reload_timestamp_seconds")
        .help("When manifests were last read.")
        .callback(gauge -> gauge.call(lastReload.toEpochMilli() / 1e3))
        .register(registry);
    gauges = new Gauges(registry, savings, budget);
    for (String end : NAP_ENDS) {
      naps.initLabelValues(end);
    }
  }

  /**
   * Tells of log lines, too.
   *
   * @param dropped how many nobody has read in time, since the start; thread-safe
   */
  public void logged(LongSupplier dropped) {
    CounterWithCallback.builder()
        .name("dormouse_log_dropped_lines")
        .help("Log lines that nobody has read in time.")
        .callback(counter -> counter.call((double) dropped.getAsLong()))
        .register(registry);
  }

  /** Tells of the loop that runs passes, too. */
  public LoopListener loop() {
    return new LoopMetrics(registry, SECONDS);
  }

  /** Whether the manifests as they are now are free of mistakes. */
  public void configured(boolean valid) {
    configValid = valid;
    lastReload = wall.instant();
    reloads.labelValues(valid ? "valid" : "mistakes").inc();
  }

  /** All that has been counted, for {@link #recall}. */
  public synchronized Map<String, String> remember() {
    Map<String, String> all = new HashMap<>();
    CarriedCounts.texts(before.with(registry.scrape(it -> !Gauges.isLookedAt(it))))
        .forEach((series, row) -> all.put(COUNTS + series, row));
    savings.remember().forEach((key, text) -> all.put(SAVINGS + key, text));
    return all;
  }

  /**
   * Goes on counting after a nap of Dormouse itself.
   *
   * @param cause what ended it, one of a fixed set
   * @param bytes what Dormouse used meanwhile
   */
  public void recall(Map<String, String> all, String cause, Duration nap, OptionalLong bytes) {
    before = CarriedCounts.of(part(all, COUNTS));
    savings.recall(part(all, SAVINGS), bytes);
    naps.labelValues(cause).inc();
    napSeconds.inc(nap.toNanos() / 1e9);
  }

  private static Map<String, String> part(Map<String, String> all, String prefix) {
    Map<String, String> part = new HashMap<>();
    all.forEach(
        (key, text) -> {
          if (key.startsWith(prefix)) {
            part.put(key.substring(prefix.length()), text);
          }
        });
    return part;
  }

  /** An upgrade was refused; {@code reason} is one of a fixed set of codes. */
  public void refused(Optional<ServiceId> service, String reason) {
    var id = service.orElse(new ServiceId("", ""));
    refusals.labelValues(id.name(), id.namespace(), reason).inc();
  }

  /** A tunnel was ended because of its client; {@code reason} is one of a fixed set of codes. */
  public void cut(ServiceId service, String reason) {
    cuts.labelValues(service.name(), service.namespace(), reason).inc();
  }

  /**
   * A tunnel was opened.
   *
   * @param held since its upgrade had arrived
   * @param overhead since the workload's address was known
   */
  public void opened(ServiceId id, Duration held, Duration overhead) {
    observe(heldSeconds, held, id.name(), id.namespace(), "opened");
    observe(overheadSeconds, overhead, id.name(), id.namespace());
  }

  /**
   * A service began its answer to an ordinary request.
   *
   * @param held until it was sent
   * @param took from there on
   */
  public void answered(ServiceId id, Duration held, Duration took) {
    answers.add(id, held, took);
  }

  /** An ordinary request got an answer of our own; {@code what} is one of a fixed set of codes. */
  public void answeredInstead(ServiceId id, String what) {
    requests.labelValues(id.name(), id.namespace(), what).inc();
  }

  /** A client hung up while it was held. */
  public void left(ServiceId id, Duration held) {
    observe(heldSeconds, held, id.name(), id.namespace(), "left");
  }

  /** A tunnel is over. */
  public void closed(ServiceId id, Duration lived) {
    observe(tunnelSeconds, lived, id.name(), id.namespace());
  }

  private static void observe(Histogram histogram, Duration took, String... labels) {
    histogram.labelValues(labels).observe(took.toNanos() / 1e9);
  }

  @Override
  public void froze(ServiceId id, FreezeListener.Outcome outcome) {
    changes.incrementAndGet();
    freezes.labelValues(id.name(), id.namespace(), label(outcome)).inc();
  }

  @Override
  public void thawed(ServiceId id, Optional<Duration> took) {
    String outcome = took.isPresent() ? "answered" : "lost";
    thaws.labelValues(id.name(), id.namespace(), outcome).inc();
    took.ifPresent(it -> observe(thawSeconds, it, id.name(), id.namespace()));
  }

  @Override
  public void passed(ServiceId id, ServiceStatus before, Decision decision, ServiceStatus after) {
    changes.incrementAndGet();
    savings.passed(id, before.phase(), after.phase());
    after.lastWake().ifPresent(wake -> passedWake(id, before, after, wake));
    after
        .failure()
        .filter(failure -> !before.failure().equals(after.failure()))
        .map(failure -> label(failure.reason()))
        .ifPresent(why -> startFailures.labelValues(id.name(), id.namespace(), why).inc());
    if (before.phase() == after.phase()) {
      return; // an arrival won against the stop, or it is under way already
    }
    switch (decision.action()) {
      case Action.Stop(var reason) ->
          stops.labelValues(id.name(), id.namespace(), label(reason)).inc();
      case Action.Freeze _ -> stops.labelValues(id.name(), id.namespace(), "freeze").inc();
      case Action.Doze _ -> stops.labelValues(id.name(), id.namespace(), "doze").inc();
      case Action.Thaw(var from) ->
          from.ifPresent(why -> dozeWakes.labelValues(id.name(), id.namespace(), label(why)).inc());
      case Action.Keep _,
          Action.Start _,
          Action.Drain _,
          Action.Sound _,
          Action.Look _,
          Action.Forget _ -> {}
    }
  }

  private void passedWake(
      ServiceId id, ServiceStatus before, ServiceStatus after, ServiceStatus.Wake wake) {
    if (wake.latency().isPresent() && !before.lastWake().equals(after.lastWake())) {
      wakes.labelValues(id.name(), id.namespace(), wake.reason().word(), "ready").inc();
      observe(wakeSeconds, wake.latency().get(), id.name(), id.namespace());
    }
    if (wake.latency().isEmpty() && !before.failure().equals(after.failure())) {
      after
          .failure()
          .map(failure -> failure.reason() == FailureReason.TIMED_OUT ? "timed_out" : "failed")
          .map(end -> wakes.labelValues(id.name(), id.namespace(), wake.reason().word(), end))
          .ifPresent(counter -> counter.inc());
    }
  }

  /** Grows with every change that a viewer should see soon. */
  public long changes() {
    return changes.get();
  }

  /** What sleep saves, as far as it is known. */
  public Savings savings() {
    return savings;
  }

  /** What strangers may make the process keep. */
  public Budget budget() {
    return budget;
  }

  /** The exposition of everything, with the gauges of these services. */
  public synchronized byte[] text(List<ServiceView> now) {
    return gauges.with(now, this::text);
  }

  private byte[] text(PrometheusRegistry of) {
    var out = new ByteArrayOutputStream(8192);
    try {
      writer.write(out, before.with(of.scrape()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private Counter counter(String name, String help, String... labels) {
    return Counter.builder()
        .name(name)
        .help(help)
        .labelNames(labels(labels))
        .withoutExemplars()
        .register(registry);
  }

  private Histogram seconds(String name, String help, String... labels) {
    return histogram(name, help, SECONDS, labels);
  }

  private Histogram histogram(String name, String help, double[] bounds, String... labels) {
    return Histogram.builder()
        .name(name)
        .help(help)
        .labelNames(labels(labels))
        .classicOnly()
        .classicUpperBounds(bounds)
        .withoutExemplars()
        .register(registry);
  }

  private static String label(Enum<?> reason) {
    return reason.name().toLowerCase(Locale.ROOT);
  }

  /** The labels of everything that concerns one service. */
  static String[] labels(String... more) {
    return Stream.concat(Stream.of("service", "namespace"), Stream.of(more)).toArray(String[]::new);
  }
}
