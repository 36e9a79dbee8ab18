package dev.dormouse.admin.metrics;

import dev.dormouse.control.LoopListener;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.function.LongSupplier;

/** The queue of an operator and how long its passes take. */
final class LoopMetrics implements LoopListener {
  private final PrometheusRegistry registry;
  private final Histogram passSeconds;

  LoopMetrics(PrometheusRegistry registry, double[] buckets) {
    this.registry = registry;
    passSeconds =
        Histogram.builder()
            .name("dormouse_pass_seconds")
            .help("How long the operator's passes took, by how they ended.")
            .labelNames("outcome")
            .classicOnly()
            .classicUpperBounds(buckets)
            .withoutExemplars()
            .register(registry);
  }

  @Override
  public void waiting(LongSupplier passes) {
    GaugeWithCallback.builder()
        .name("dormouse_passes_waiting")
        .help("Passes that are due and have not begun.")
        .callback(gauge -> gauge.call((double) passes.getAsLong()))
        .register(registry);
  }

  @Override
  public void ran(Duration took, boolean succeeded) {
    passSeconds.labelValues(succeeded ? "succeeded" : "failed").observe(took.toNanos() / 1e9);
  }
}
