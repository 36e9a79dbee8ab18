package dev.dormouse.kubernetes.operator;

import dev.dormouse.control.LoopListener;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.api.reconciler.RetryInfo;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What the operator framework tells of its queue and its passes. Thread-safe. */
final class LoopWatch implements Metrics {
  private final LoopListener listener;
  private final InstantSource clock;
  private final AtomicLong waiting = new AtomicLong();

  LoopWatch(LoopListener listener, InstantSource clock) {
    this.listener = listener;
    this.clock = clock;
    listener.waiting(() -> Math.max(waiting.get(), 0));
  }

  @Override
  public void reconciliationSubmitted(
      HasMetadata resource, @Nullable RetryInfo retry, Map<String, Object> metadata) {
    waiting.incrementAndGet();
  }

  @Override
  public void reconciliationStarted(HasMetadata resource, Map<String, Object> metadata) {
    waiting.decrementAndGet();
  }

  @Override
  public <T> T timeControllerExecution(ControllerExecution<T> execution) throws Exception {
    Instant start = clock.instant();
    boolean succeeded = false;
    try {
      T result = execution.execute();
      succeeded = true;
      return result;
    } finally {
      listener.ran(Duration.between(start, clock.instant()), succeeded);
    }
  }
}
