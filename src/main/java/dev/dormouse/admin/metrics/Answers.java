package dev.dormouse.admin.metrics;

import dev.dormouse.core.ServiceId;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What services answer to ordinary requests; the series are looked for once. Thread-safe. */
final class Answers {
  private static final String ANSWERED = "answered";

  private final Counter requests;
  private final Histogram held;
  private final Histogram took;
  private final Map<ServiceId, Series> all = new ConcurrentHashMap<>();

  Answers(Counter requests, Histogram held, Histogram took) {
    this.requests = requests;
    this.held = held;
    this.took = took;
  }

  private record Series(
      CounterDataPoint requests, DistributionDataPoint held, DistributionDataPoint took) {}

  /** One more, which waited so long and was then answered within that. */
  void add(ServiceId service, Duration waited, Duration answered) {
    Series its = all.computeIfAbsent(service, this::series);
    its.requests.inc();
    its.held.observe(waited.toNanos() / 1e9);
    its.took.observe(answered.toNanos() / 1e9);
  }

  private Series series(ServiceId id) {
    return new Series(
        requests.labelValues(id.name(), id.namespace(), ANSWERED),
        held.labelValues(id.name(), id.namespace(), ANSWERED),
        took.labelValues(id.name(), id.namespace()));
  }
}
