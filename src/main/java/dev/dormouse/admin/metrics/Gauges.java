package dev.dormouse.admin.metrics;

import dev.dormouse.budget.Budget;
import dev.dormouse.control.ServiceView;
import dev.dormouse.control.ServiceView.ProcessUsage;
import dev.dormouse.core.Condition;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceSpec.Sleep;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;

/** What is not counted but looked at when somebody scrapes. Not thread-safe. */
final class Gauges {
  private final PrometheusRegistry registry;
  private final Savings savings;

  /** What is told of; set during a scrape only. */
  private List<ServiceView> views = List.of();

  Gauges(PrometheusRegistry registry, Savings savings, Budget budget) {
    this.registry = registry;
    this.savings = savings;
    GaugeWithCallback.builder()
        .name("dormouse_service_phase")
        .help("1 for the phase that it is in.")
        .labelNames(Metrics.labels("phase"))
        .callback(this::phases)
        .register(registry);
    number("ready", "1 if a new connection would be served.", view -> isReady(view) ? 1 : 0);
    number("connections", "Open tunnels.", view -> view.status().connections());
    number("waiting", "Held upgrades.", view -> view.status().waiting());
    number("epoch", "Counts its awake periods.", view -> view.status().epoch());
    number("failures", "Failures in a row.", Gauges::failures);
    number("breaker_open", "1 while its breaker is open.", view -> isBreakerOpen(view) ? 1 : 0);
    number("memory_bytes", "Proportional set size of its processes.", Gauges::usedBytes);
    gauge("freezes", "0 if its Freeze is done as Stop.", view -> sleeps(view, Sleep.FREEZE));
    gauge("dozes", "0 if its Doze is done as Stop.", view -> sleeps(view, Sleep.DOZE));
    gauge(
        "awake_memory_bytes",
        "The same when it was last measured awake.",
        view -> toDouble(view.awakeBytes()));
    gauge(
        "saved_bytes",
        "What its sleep saves now; absent if unknown.",
        view -> toDouble(savings.of(view.id()).bytes()));
    CounterWithCallback.builder()
        .name("dormouse_service_saved_byte_seconds")
        .help("What its sleep has saved, over time.")
        .labelNames(Metrics.labels())
        .callback(this::savedByteSeconds)
        .register(registry);
    own("resident_memory_bytes", "Dormouse's own memory.", OwnMemory.RESIDENT);
    own("anonymous_memory_bytes", "The anonymous part of it.", OwnMemory.ANONYMOUS);
    ownCost();
    budget(budget);
  }

  /** Whether a metric of this name is told by {@link Savings}, which remembers by itself. */
  static boolean isLookedAt(String name) {
    return name.endsWith("byte_seconds");
  }

  /** Renders with these services. */
  <T> T with(List<ServiceView> shown, Function<PrometheusRegistry, T> render) {
    views = shown;
    try {
      return render.apply(registry);
    } finally {
      views = List.of();
    }
  }

  private void phases(GaugeWithCallback.Callback gauge) {
    for (ServiceView view : views) {
      for (Phase phase : Phase.values()) {
        double is = view.status().phase() == phase ? 1 : 0;
        gauge.call(is, view.id().name(), view.id().namespace(), phase.word());
      }
    }
  }

  private void savedByteSeconds(CounterWithCallback.Callback counter) {
    for (ServiceView view : views) {
      double saved = savings.of(view.id()).byteSeconds();
      counter.call(saved, view.id().name(), view.id().namespace());
    }
  }

  private static boolean isReady(ServiceView view) {
    return view.status().ready().status() == Condition.Status.TRUE;
  }

  private static long failures(ServiceView view) {
    return view.status().failure().map(it -> (long) it.count()).orElse(0L);
  }

  private static boolean isBreakerOpen(ServiceView view) {
    return view.status().failure().filter(it -> it.isBreakerOpen(view.spec().retry())).isPresent();
  }

  private static OptionalDouble sleeps(ServiceView view, Sleep so) {
    return view.spec().sleep() == so
        ? OptionalDouble.of(view.sleepObstacle().isPresent() ? 0 : 1)
        : OptionalDouble.empty();
  }

  private static long usedBytes(ServiceView view) {
    return view.process().map(ProcessUsage::memoryBytes).orElse(0L);
  }

  private void number(String name, String help, Function<ServiceView, Number> value) {
    gauge(name, help, view -> OptionalDouble.of(value.apply(view).doubleValue()));
  }

  private void gauge(String name, String help, Function<ServiceView, OptionalDouble> value) {
    GaugeWithCallback.builder()
        .name("dormouse_service_" + name)
        .help(help)
        .labelNames(Metrics.labels())
        .callback(
            gauge -> {
              for (ServiceView view : views) {
                var id = view.id();
                value.apply(view).ifPresent(is -> gauge.call(is, id.name(), id.namespace()));
              }
            })
        .register(registry);
  }

  private void own(String name, String help, OwnMemory memory) {
    GaugeWithCallback.builder()
        .name("dormouse_process_" + name)
        .help(help)
        .callback(gauge -> toDouble(memory.bytes()).ifPresent(gauge::call))
        .register(registry);
  }

  private void ownCost() {
    GaugeWithCallback.builder()
        .name("dormouse_process_proportional_memory_bytes")
        .help("What Dormouse costs: its proportional set size.")
        .callback(gauge -> toDouble(savings.own().bytes()).ifPresent(gauge::call))
        .register(registry);
    CounterWithCallback.builder()
        .name("dormouse_process_byte_seconds")
        .help("What Dormouse has cost, over time.")
        .callback(counter -> counter.call(savings.own().byteSeconds()))
        .register(registry);
  }

  private void budget(Budget budget) {
    GaugeWithCallback.builder()
        .name("dormouse_budget_bytes")
        .help("What clients may make Dormouse keep in memory.")
        .callback(gauge -> gauge.call((double) budget.bytes()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("dormouse_budget_used_bytes")
        .help("What they make it keep now.")
        .callback(gauge -> gauge.call((double) budget.usedBytes()))
        .register(registry);
    CounterWithCallback.builder()
        .name("dormouse_shed")
        .help("What had to go for the budget to be kept.")
        .labelNames("reason")
        .callback(
            counter -> {
              for (Budget.Kind kind : Budget.Kind.values()) {
                counter.call((double) budget.shed(kind), kind.reason());
              }
            })
        .register(registry);
  }

  private static OptionalDouble toDouble(OptionalLong value) {
    return value.isPresent()
        ? OptionalDouble.of((double) value.getAsLong())
        : OptionalDouble.empty();
  }
}
