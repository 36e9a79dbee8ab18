package dev.dormouse.local.driver;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Runs one task again and again. Control thread only. */
final class Ticker {
  private static final System.Logger LOG = System.getLogger("dormouse");

  private final ScheduledExecutorService control;
  private final Runnable task;
  private final Supplier<Optional<Duration>> pause;
  private Future<?> next = CompletableFuture.completedFuture(null);
  private boolean planned;

  /**
   * Runs nothing yet.
   *
   * @param pause how long to wait after a run; empty for no further one
   */
  Ticker(ScheduledExecutorService control, Runnable task, Supplier<Optional<Duration>> pause) {
    this.control = control;
    this.task = task;
    this.pause = pause;
  }

  /** Does not wait any longer. */
  void soon() {
    schedule(Duration.ZERO);
  }

  /** Waits as long as it would after a run. */
  void later() {
    pause.get().ifPresent(this::schedule);
  }

  void cancel() {
    next.cancel(false);
  }

  private void schedule(Duration delay) {
    next.cancel(false);
    planned = true;
    next = control.schedule(this::run, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Each run brings about the next, unless the task itself already has. */
  private void run() {
    planned = false;
    try {
      task.run();
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "tick failed", e);
    }
    if (!planned) {
      later();
    }
  }
}
