package dev.dormouse.local;

import dev.dormouse.control.SteadyClock;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.jspecify.annotations.Nullable;

/**
 * The one thread on which passes run and the driver lives. A task that throws is a bug: it is
 * reported and the thread goes on, so that one service's bug does not stop the others. So does it
 * where the report fails.
 */
public final class ControlThread extends ScheduledThreadPoolExecutor {
  private static final Logger LOG = System.getLogger("dormouse");

  private final InstantSource clock;
  private volatile Optional<Instant> taskSince = Optional.empty();

  /** Starts with its first task; ends with {@link #shutdownNow}. */
  public ControlThread() {
    this(new SteadyClock());
  }

  /** The same with a given clock. */
  ControlThread(InstantSource clock) {
    super(1, task -> new Thread(null, task, "dormouse-control"));
    this.clock = clock;
    setRemoveOnCancelPolicy(true);
  }

  /** How long the present task has been running; zero between tasks. Thread-safe. */
  public Duration busyFor() {
    return taskSince.map(since -> Duration.between(since, clock.instant())).orElse(Duration.ZERO);
  }

  @Override
  protected void beforeExecute(Thread thread, Runnable task) {
    super.beforeExecute(thread, task);
    taskSince = Optional.of(clock.instant());
  }

  @Override
  protected void afterExecute(Runnable task, @Nullable Throwable thrown) {
    super.afterExecute(task, thrown);
    taskSince = Optional.empty();
    try {
      if (thrown != null) {
        LOG.log(Level.ERROR, "bug on the control thread", thrown);
      } else if (task instanceof Future<?> future && future.isDone()) {
        report(future);
      }
    } catch (RuntimeException | Error e) {
      // It would end this thread. Where memory or threads are short there may be no other, and
      // nothing would ever be started or stopped again.
    }
  }

  private static void report(Future<?> done) {
    try {
      done.get();
    } catch (CancellationException e) {
      LOG.log(Level.TRACE, "a recheck was cancelled", e);
    } catch (ExecutionException e) {
      LOG.log(Level.ERROR, "bug on the control thread", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
