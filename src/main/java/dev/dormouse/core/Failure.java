package dev.dormouse.core;

import dev.dormouse.core.ServiceSpec.Retry;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A failed start, or the death of a serving workload, with what the back-off makes of it.
 *
 * @param count failures in this series; one that comes later than the breaker's window after its
 *     predecessor, or after the trial that an open breaker allowed was due, starts a new series
 * @param nextRetry no start is tried before it
 */
public record Failure(
    FailureReason reason, String message, int count, Instant at, Instant nextRetry) {
  /** Its message can be shown. */
  public Failure {
    message = Text.printable(message);
  }

  /**
   * The next failure of a series: the delay doubles from {@code retry.initial} to {@code
   * retry.max}; from {@code breaker.failures} on, the breaker is open for its window.
   */
  public static Failure after(
      Optional<Failure> previous, FailureReason reason, String message, Instant now, Retry retry) {
    int count = previous.filter(p -> p.isFollowedBy(now, retry)).map(p -> p.count() + 1).orElse(1);
    return new Failure(reason, message, count, now, now.plus(delay(count, retry)));
  }

  /** An open breaker allows one trial; it opens again if that fails. */
  private boolean isFollowedBy(Instant next, Retry retry) {
    Instant from = isBreakerOpen(retry) ? nextRetry : at;
    return next.isBefore(from.plus(retry.breakerWindow()));
  }

  /** True once the breaker's window has passed since it happened. */
  public boolean isForgotten(Instant now, Retry retry) {
    return !now.isBefore(at.plus(retry.breakerWindow()));
  }

  /** True while so many starts failed in a row that none is tried for the breaker's window. */
  public boolean isBreakerOpen(Retry retry) {
    return count >= retry.breakerFailures();
  }

  private static Duration delay(int count, Retry retry) {
    if (count >= retry.breakerFailures()) {
      return retry.breakerWindow();
    }
    Duration delay = retry.initial();
    for (int i = 1; i < count && delay.compareTo(retry.max()) < 0; i++) {
      delay = delay.multipliedBy(2);
    }
    return delay.compareTo(retry.max()) < 0 ? delay : retry.max();
  }
}
