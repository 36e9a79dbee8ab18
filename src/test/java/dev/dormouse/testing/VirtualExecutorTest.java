package dev.dormouse.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class VirtualExecutorTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final MutableClock clock = new MutableClock();
  private final VirtualExecutor executor = new VirtualExecutor(clock);
  private final List<String> ran = new ArrayList<>();

  @Test
  void nothingRunsBeforeItsTime() {
    after(2, () -> ran.add("late"));
    executor.execute(() -> ran.add("now"));
    assertThat(ran).isEmpty();
    executor.runDue();
    assertThat(ran).containsExactly("now");
    executor.advance(SECOND.multipliedBy(2).minusNanos(1));
    assertThat(ran).containsExactly("now");
    executor.advance(Duration.ofNanos(1));
    assertThat(ran).containsExactly("now", "late");
  }

  @Test
  void tasksRunInTheOrderOfTheirTimesAndSeeThem() {
    after(2, () -> ran.add("b " + seconds()));
    after(1, () -> ran.add("a " + seconds()));
    after(2, () -> ran.add("c " + seconds()));
    executor.advance(Duration.ofSeconds(5));
    assertThat(ran).containsExactly("a 1", "b 2", "c 2");
    assertThat(seconds()).isEqualTo(5);
  }

  @Test
  void aTaskThatIsSubmittedOnTheWayRunsOnTheWay() {
    after(1, () -> after(1, () -> ran.add("at " + seconds())));
    executor.advance(Duration.ofSeconds(5));
    assertThat(ran).containsExactly("at 2");
  }

  @Test
  void aPeriodicTaskRunsUntilItIsCancelled() {
    var task = executor.scheduleAtFixedRate(() -> ran.add("x"), 1, 2, TimeUnit.SECONDS);
    executor.advance(Duration.ofSeconds(5));
    assertThat(ran).hasSize(3);
    task.cancel(false);
    executor.advance(Duration.ofSeconds(5));
    assertThat(ran).hasSize(3);
    assertThat(executor.pending()).isZero();
  }

  @Test
  void afterAShutdownNothingRuns() {
    executor.execute(() -> ran.add("x"));
    assertThat(executor.shutdownNow()).hasSize(1);
    executor.runDue();
    assertThat(ran).isEmpty();
    assertThat(executor.isTerminated()).isTrue();
  }

  private void after(int seconds, Runnable task) {
    assertThat(executor.schedule(task, seconds, TimeUnit.SECONDS).isDone()).isFalse();
  }

  private long seconds() {
    return Duration.between(MutableClock.START, clock.instant()).toSeconds();
  }
}
