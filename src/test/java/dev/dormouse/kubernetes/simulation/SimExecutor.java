package dev.dormouse.kubernetes.simulation;

import dev.dormouse.testing.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * The thread of one process, or the world's, in virtual time. What a task throws, the caller of
 * {@link #runNext} gets. A process that has crashed runs nothing any more. Not thread-safe.
 */
final class SimExecutor extends AbstractExecutorService implements ScheduledExecutorService {
  private static final Comparator<Task> ORDER =
      Comparator.<Task, Instant>comparing(task -> task.due).thenComparingLong(task -> task.number);

  private final MutableClock clock;
  private final PriorityQueue<Task> tasks = new PriorityQueue<>(ORDER);
  private long submitted;
  private boolean crashed;

  SimExecutor(MutableClock clock) {
    this.clock = clock;
  }

  /** When the next task is due. */
  Instant due() {
    Task task = tasks.peek();
    return task == null ? Instant.MAX : task.due;
  }

  /** Runs the task that is due first; the clock stands at its time or later. */
  void runNext() {
    Task task = tasks.remove();
    clock.advanceTo(task.due);
    task.command.run();
  }

  void after(Duration delay, Runnable command) {
    var _ = schedule(command, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  void crash() {
    crashed = true;
    tasks.clear();
  }

  @Override
  public void execute(Runnable command) {
    var _ = schedule(command, 0, TimeUnit.NANOSECONDS);
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    var task = new Task(command, clock.instant().plusNanos(unit.toNanos(delay)), submitted++);
    if (!crashed) {
      tasks.add(task);
    }
    return task;
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable command, long initialDelay, long period, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long initialDelay, long delay, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void shutdown() {
    crash();
  }

  @Override
  public List<Runnable> shutdownNow() {
    crash();
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return crashed;
  }

  @Override
  public boolean isTerminated() {
    return crashed;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return crashed;
  }

  private final class Task implements ScheduledFuture<Object> {
    private final Runnable command;
    private final Instant due;
    private final long number;

    Task(Runnable command, Instant due, long number) {
      this.command = command;
      this.due = due;
      this.number = number;
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(Duration.between(clock.instant(), due));
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      return tasks.remove(this);
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public boolean isDone() {
      return false;
    }

    @Override
    public Object get() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Object get(long timeout, TimeUnit unit) {
      throw new UnsupportedOperationException();
    }
  }
}
