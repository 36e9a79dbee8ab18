package dev.dormouse.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.dormouse.control.FreezeListener;
import dev.dormouse.control.PassListener;
import dev.dormouse.control.ServiceView;
import dev.dormouse.control.ServiceView.ProcessUsage;
import dev.dormouse.core.Action;
import dev.dormouse.core.Decision;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec.Sleep;
import dev.dormouse.core.ServiceStatus;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What is counted, for Prometheus. Labels name services and enumerated reasons, never paths or
 * clients: there are only as many series as the manifests allow. Thread-safe.
 */
public final class Metrics implements PassListener, FreezeListener {
  static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;
  private static final double[] SECONDS = {
    .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30, 60
  };

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
  private final AtomicLong changes = new AtomicLong();
  private final Counter wakes = counter("dormouse_wakes", "Ended wakes.", "reason", "outcome");
  private final Counter refusals = counter("dormouse_refusals", "Refused upgrades.", "reason");
  private final Counter startFailures =
      counter("dormouse_start_failures", "Failed starts, and crashes.", "reason");
  private final Counter freezes =
      counter("dormouse_freezes", "Freezes, by how they ended.", "outcome");
  private final Counter thaws = counter("dormouse_thaws", "Thaws, by how they ended.", "outcome");
  private final Histogram thawSeconds =
      seconds("dormouse_thaw_seconds", "From SIGCONT to the first answer.");
  private final Counter cuts = counter("dormouse_cuts", "Tunnels ended by us.", "reason");
  private final Counter stops = counter("dormouse_stops", "Stops of workloads.", "reason");
  private final Histogram wakeSeconds = seconds("dormouse_wake_seconds", "From start to ready.");
  private final Histogram openSeconds =
      seconds("dormouse_open_seconds", "From a client's upgrade to its open tunnel.");

  private volatile boolean configValid = true;

  /** What the gauges tell of; set during {@link #text} only. */
  private List<ServiceView> views = List.of();

  /** Metrics at zero, of this version of Dormouse. */
  public Metrics(String version) {
    Info.builder()
        .name("dormouse_build_info")
        .help("What runs.")
        .labelNames("version", "java")
        .register(registry)
        .addLabelValues(version, Runtime.version().toString());
    GaugeWithCallback.builder()
        .name("dormouse_config_valid")
        .help("0 while a manifest has a mistake and something older holds.")
        .callback(gauge -> gauge.call(configValid ? 1 : 0))
        .register(registry);
    gauges("phase", "1 for the phase that it is in.", this::phases, "phase");
    gauge("connections", "Open tunnels.", v -> OptionalLong.of(v.status().connections()));
    gauge("waiting", "Held upgrades.", v -> OptionalLong.of(v.status().waiting()));
    gauge("memory_bytes", "Memory in use.", v -> OptionalLong.of(usedBytes(v)));
    gauge("memory_saved_bytes", "Memory that its sleep saves.", Metrics::savedBytes);
    gauge("freezes", "0 if its Freeze is done as Stop.", Metrics::freezes);
    own("dormouse_process_resident_memory_bytes", "Dormouse's own memory.", "VmRSS:");
    own("dormouse_process_anonymous_memory_bytes", "The anonymous part of it.", "RssAnon:");
  }

  /** Whether the manifests as they are now are free of mistakes. */
  public void configured(boolean valid) {
    configValid = valid;
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

  /** A tunnel was opened this long after its upgrade had arrived. */
  public void opened(ServiceId id, Duration sinceUpgrade) {
    openSeconds.labelValues(id.name(), id.namespace()).observe(sinceUpgrade.toNanos() / 1e9);
  }

  @Override
  public void froze(ServiceId id, FreezeListener.Outcome outcome) {
    freezes.labelValues(id.name(), id.namespace(), label(outcome)).inc();
  }

  @Override
  public void thawed(ServiceId id, Optional<Duration> took) {
    String outcome = took.isPresent() ? "answered" : "lost";
    thaws.labelValues(id.name(), id.namespace(), outcome).inc();
    took.ifPresent(
        it -> thawSeconds.labelValues(id.name(), id.namespace()).observe(it.toNanos() / 1e9));
  }

  @Override
  public void passed(ServiceId id, ServiceStatus before, Decision decision, ServiceStatus after) {
    changes.incrementAndGet();
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
      case Action.Keep _, Action.Start _, Action.Drain _, Action.Thaw _, Action.Forget _ -> {}
    }
  }

  private void passedWake(
      ServiceId id, ServiceStatus before, ServiceStatus after, ServiceStatus.Wake wake) {
    if (wake.latency().isPresent() && !before.lastWake().equals(after.lastWake())) {
      wakes.labelValues(id.name(), id.namespace(), wake.reason().word(), "ready").inc();
      double seconds = wake.latency().get().toNanos() / 1e9;
      wakeSeconds.labelValues(id.name(), id.namespace()).observe(seconds);
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
  long changes() {
    return changes.get();
  }

  /** The exposition of everything, with the gauges of these services. */
  synchronized byte[] text(List<ServiceView> now) {
    var out = new ByteArrayOutputStream(8192);
    views = now;
    try {
      writer.write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      views = List.of();
    }
    return out.toByteArray();
  }

  private void phases(GaugeWithCallback.Callback gauge) {
    for (ServiceView view : views) {
      for (Phase phase : Phase.values()) {
        double is = view.status().phase() == phase ? 1 : 0;
        gauge.call(is, view.id().name(), view.id().namespace(), phase.word());
      }
    }
  }

  private static OptionalLong freezes(ServiceView view) {
    return view.spec().sleep() == Sleep.FREEZE
        ? OptionalLong.of(view.freezeObstacle().isPresent() ? 0 : 1)
        : OptionalLong.empty();
  }

  private static long usedBytes(ServiceView view) {
    return view.process().map(ProcessUsage::memoryBytes).orElse(0L);
  }

  private static OptionalLong savedBytes(ServiceView view) {
    if (view.status().phase() != Phase.DORMANT || view.awakeBytes().isEmpty()) {
      return view.status().phase() == Phase.DORMANT ? OptionalLong.empty() : OptionalLong.of(0);
    }
    return OptionalLong.of(Math.max(0, view.awakeBytes().getAsLong() - usedBytes(view)));
  }

  /** A line of proc_pid_status(5), in kB; empty where there is no such file. */
  private static OptionalLong ownBytes(String key) {
    try (var lines = Files.lines(Path.of("/proc/self/status"), UTF_8)) {
      return lines
          .filter(line -> line.startsWith(key))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  private void own(String name, String help, String key) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(gauge -> ownBytes(key).ifPresent(gauge::call))
        .register(registry);
  }

  private void gauge(String name, String help, Function<ServiceView, OptionalLong> value) {
    gauges(
        name,
        help,
        gauge -> {
          for (ServiceView view : views) {
            var id = view.id();
            value.apply(view).ifPresent(is -> gauge.call((double) is, id.name(), id.namespace()));
          }
        });
  }

  private void gauges(
      String name, String help, Consumer<GaugeWithCallback.Callback> values, String... labels) {
    GaugeWithCallback.builder()
        .name("dormouse_service_" + name)
        .help(help)
        .labelNames(labels(labels))
        .callback(values)
        .register(registry);
  }

  private Counter counter(String name, String help, String... labels) {
    return Counter.builder()
        .name(name)
        .help(help)
        .labelNames(labels(labels))
        .withoutExemplars()
        .register(registry);
  }

  private Histogram seconds(String name, String help) {
    return Histogram.builder()
        .name(name)
        .help(help)
        .labelNames(labels())
        .classicOnly()
        .classicUpperBounds(SECONDS)
        .withoutExemplars()
        .register(registry);
  }

  private static String label(Enum<?> reason) {
    return reason.name().toLowerCase(Locale.ROOT);
  }

  private static String[] labels(String... more) {
    return Stream.concat(Stream.of("service", "namespace"), Stream.of(more)).toArray(String[]::new);
  }
}
