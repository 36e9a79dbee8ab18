package dev.dormouse.testing;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * An executor whose time is a {@link MutableClock}: nothing runs until the test advances it, then
 * tasks run on the test's thread, in the order in which they are due, with the clock at the instant
 * at which each is due. Tasks that are due at one instant run in the order of their submission.
 * What a task throws is kept in its future, as with a real one; the first can be asked for. Not
 * thread-safe.
 */
public final class VirtualExecutor extends AbstractExecutorService
    implements ScheduledExecutorService {
  private static final Comparator<Task<?>> ORDER =
      Comparator.<Task<?>, Instant>comparing(task -> task.due)
          .thenComparingLong(task -> task.number);

  private final MutableClock clock;
  private final PriorityQueue<Task<?>> tasks = new PriorityQueue<>(ORDER);
  private long submitted;
  private boolean shutDown;
  private Optional<Throwable> thrown = Optional.empty();

  /** An executor in the time of this clock, which it moves. */
  public VirtualExecutor(MutableClock clock) {
    this.clock = clock;
  }

  /** Runs all that is due now, and what that submits for now. */
  public void runDue() {
    advance(Duration.ZERO);
  }

  /** Moves time forward, running on the way whatever becomes due. */
  public void advance(Duration by) {
    Instant until = clock.instant().plus(by);
    for (var task = tasks.peek(); task != null && !task.due.isAfter(until); task = tasks.peek()) {
      tasks.remove();
      clock.advanceTo(task.due);
      task.run();
    }
    clock.advanceTo(until);
  }

  /** When the next task is due, if there is one. */
  public Optional<Instant> nextDue() {
    return Optional.ofNullable(tasks.peek()).map(task -> task.due);
  }

  /** What a task was the first to throw. */
  public Optional<Throwable> firstThrown() {
    return thrown;
  }

  /** How many tasks wait for their time. */
  public int pending() {
    return tasks.size();
  }

  @Override
  public void execute(Runnable command) {
    enqueue(new Task<>(Executors.callable(command), clock.instant(), Optional.empty()));
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    return schedule(
        () -> {
          command.run();
          return Boolean.TRUE;
        },
        delay,
        unit);
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    return add(new Task<>(callable, dueIn(delay, unit), Optional.empty()));
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable command, long initialDelay, long period, TimeUnit unit) {
    return add(
        new Task<>(
            () -> {
              command.run();
              return Boolean.TRUE;
            },
            dueIn(initialDelay, unit),
            Optional.of(Duration.of(period, unit.toChronoUnit()))));
  }

  /** The same as at a fixed rate: in virtual time a task takes no time. */
  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long initialDelay, long delay, TimeUnit unit) {
    return scheduleAtFixedRate(command, initialDelay, delay, unit);
  }

  @Override
  public void shutdown() {
    shutDown = true;
    tasks.clear();
  }

  @Override
  public List<Runnable> shutdownNow() {
    List<Runnable> left = new ArrayList<>(tasks);
    shutdown();
    return left;
  }

  @Override
  public boolean isShutdown() {
    return shutDown;
  }

  @Override
  public boolean isTerminated() {
    return shutDown;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return shutDown;
  }

  private Instant dueIn(long delay, TimeUnit unit) {
    return clock.instant().plus(Duration.of(Math.max(delay, 0), unit.toChronoUnit()));
  }

  private <V> Task<V> add(Task<V> task) {
    enqueue(task);
    return task;
  }

  private void enqueue(Task<?> task) {
    if (shutDown) {
      throw new RejectedExecutionException("shut down");
    }
    task.number = submitted++;
    tasks.add(task);
  }

  private final class Task<V> extends FutureTask<V> implements ScheduledFuture<V> {
    private final Optional<Duration> period;
    private Instant due;
    private long number;

    Task(Callable<V> callable, Instant due, Optional<Duration> period) {
      super(callable);
      this.due = due;
      this.period = period;
    }

    @Override
    public void run() {
      if (period.isEmpty()) {
        super.run();
      } else if (runAndReset() && !shutDown) {
        due = due.plus(period.get());
        enqueue(this);
      }
    }

    @Override
    protected void setException(Throwable failure) {
      thrown = thrown.or(() -> Optional.of(failure));
      super.setException(failure);
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      tasks.remove(this);
      return super.cancel(mayInterruptIfRunning);
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(Duration.between(clock.instant(), due));
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }
}
