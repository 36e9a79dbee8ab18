package dev.dormouse.local.freeze;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.local.FakePageOut;
import dev.dormouse.local.FakeProc;
import dev.dormouse.local.freeze.PageOut.Effect;
import dev.dormouse.local.freeze.Suspension.Outcome;
import dev.dormouse.local.process.OwnerMark;
import dev.dormouse.local.process.ProcFs.Stat;
import dev.dormouse.local.process.ProcessTree;
import dev.dormouse.local.process.Signals;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every point at which an arrival can meet a freeze, on a table of processes made of files. */
class SuspensionTest {
  private static final Outcome FROZEN = new Outcome.Frozen(new FakePageOut().effect);

  @TempDir Path dir;
  private FakeProc proc;
  private ProcessTree family;
  private final FakePageOut pageOut = new FakePageOut();
  private Kernel kernel = new Kernel();
  private Suspension suspension;

  /** A leader, its worker, and a stranger. */
  @BeforeEach
  void begin() {
    proc = new FakeProc(dir);
    proc.process(1, 0, 1, 1, 1).process(100, 1, 100, 100, 1000).process(101, 100, 100, 100, 1001);
    family = new ProcessTree(proc.fs(), 100, new OwnerMark("X=1", Path.of("/state/cable.log")));
    kernel = new Kernel();
    suspension = new Suspension(family, kernel);
  }

  @Test
  void allAreStoppedAndThenPagedOut() {
    assertThat(suspension.freeze(pageOut)).isEqualTo(FROZEN);
    assertThat(running()).isEmpty();
    assertThat(pageOut.told).singleElement().extracting(List::size).isEqualTo(2);
    assertThat(suspension.isComplete()).isTrue();
    assertThat(proc.fs().stat(1).orElseThrow().stopped()).as("the stranger").isFalse();
    suspension.resume();
    assertThat(running()).containsExactly(100L, 101L);
    assertThat(suspension.isComplete()).isFalse();
  }

  @Test
  void whatIsForkedWhileTheOthersAreStoppedIsFoundAndStopped() {
    kernel.afterStop =
        List.of(
            () -> proc.process(102, 101, 100, 100, 1002),
            () -> proc.process(103, 102, 103, 103, 1003));
    assertThat(suspension.freeze(pageOut)).isEqualTo(FROZEN);
    assertThat(running()).isEmpty();
    assertThat(pageOut.told).singleElement().extracting(List::size).isEqualTo(4);
    suspension.resume();
    assertThat(running()).containsExactlyInAnyOrder(100L, 101L, 102L, 103L);
  }

  @Test
  void aProcessThatDoesNotStopAtOnceIsWaitedFor() {
    kernel.deaf = 3;
    assertThat(suspension.freeze(pageOut)).isEqualTo(FROZEN);
    assertThat(running()).isEmpty();
  }

  @Test
  void oneThatForksForEverIsLeftAloneAndResumed() {
    kernel.deaf = Integer.MAX_VALUE;
    assertThat(suspension.freeze(pageOut)).isInstanceOf(Outcome.Failed.class);
    assertThat(pageOut.told).isEmpty();
    suspension.resume();
    assertThat(running()).containsExactly(100L, 101L);
  }

  @Test
  void whatHadStoppedItselfIsNotResumed() {
    proc.stopped(101, 100, 100, 100, 1001);
    assertThat(suspension.freeze(pageOut)).isEqualTo(FROZEN);
    suspension.resume();
    assertThat(running()).containsExactly(100L);
  }

  @Test
  void whatVanishesInTheMeantimeDoesNoHarm() {
    kernel.afterStop = List.of(() -> proc.gone(101));
    assertThat(suspension.freeze(pageOut)).isEqualTo(FROZEN);
    suspension.resume();
    assertThat(running()).containsExactly(100L);
  }

  @Test
  void aBugInThePageOutIsAFreezeThatFailed() {
    pageOut.during =
        _ -> {
          throw new IllegalStateException("no such mapping");
        };
    assertThat(suspension.freeze(pageOut))
        .isEqualTo(new Outcome.Failed("java.lang.IllegalStateException: no such mapping"));
    assertThat(suspension.isComplete()).isFalse();
    suspension.resume();
    assertThat(running()).containsExactly(100L, 101L);
  }

  @Test
  void nothingIsFrozenOnceAllAreGone() {
    proc.gone(101).gone(100);
    assertThat(suspension.freeze(pageOut)).isInstanceOf(Outcome.Failed.class);
  }

  @Test
  void anArrivalBeforeTheFirstSignalWins() {
    suspension.resume();
    assertThat(suspension.freeze(pageOut)).isEqualTo(new Outcome.Interrupted());
    assertThat(running()).containsExactly(100L, 101L);
    assertThat(pageOut.told).isEmpty();
  }

  /** The arrival's thread comes between any two signals; it has to wait for the one under way. */
  @Test
  void anArrivalAtAnyPointOfTheStoppingWins() {
    for (int point = 0; point < 3; point++) {
      begin();
      var arrival = new Thread(suspension::resume);
      pageOut.during = _ -> join(arrival);
      kernel.afterStop = new ArrayList<>(List.of(() -> {}, () -> {}, () -> {}));
      kernel.deaf = 2;
      kernel.afterStop.set(
          point,
          () -> {
            arrival.start();
            while (arrival.getState() != Thread.State.BLOCKED) {
              Thread.onSpinWait();
            }
          });
      assertThat(suspension.freeze(pageOut)).as("at " + point).isEqualTo(new Outcome.Interrupted());
      join(arrival);
      assertThat(running()).as("at " + point).containsExactly(100L, 101L);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anArrivalWhileItIsPagedOutEndsThat() {
    pageOut.during =
        wanted -> {
          assertThat(wanted.getAsBoolean()).isTrue();
          suspension.resume();
          assertThat(wanted.getAsBoolean()).isFalse();
        };
    assertThat(suspension.freeze(pageOut)).isEqualTo(new Outcome.Interrupted());
    assertThat(running()).containsExactly(100L, 101L);
  }

  @Test
  void aStopWhileItIsPagedOutLeavesItStopped() {
    pageOut.during = _ -> suspension.abandon();
    assertThat(suspension.freeze(pageOut)).isEqualTo(new Outcome.Interrupted());
    assertThat(running()).isEmpty();
    suspension.resume();
    assertThat(running()).containsExactly(100L, 101L);
  }

  @Test
  void aFreezeThatSavesLessThanHalfIsInVain() {
    pageOut.effect = new Effect(42 * FakePageOut.MB, 21 * FakePageOut.MB);
    assertThat(suspension.freeze(pageOut)).isInstanceOf(Outcome.Frozen.class);
    pageOut.effect = new Effect(42 * FakePageOut.MB, 21 * FakePageOut.MB + 1);
    begin();
    assertThat(suspension.freeze(pageOut)).isEqualTo(new Outcome.InVain(pageOut.effect));
  }

  @Test
  void aMissingRightIsSaid() {
    pageOut.refusal = Optional.of("no right");
    assertThat(suspension.freeze(pageOut)).isEqualTo(new Outcome.Failed("no right"));
  }

  @Test
  void whatIsFoundStoppedCanBeResumedAndFrozenAgain() {
    proc.stopped(100, 1, 100, 100, 1000);
    var found = Suspension.found(family, kernel);
    assertThat(found.isComplete()).isFalse();
    assertThat(found.freeze(pageOut)).isEqualTo(FROZEN);
    assertThat(running()).isEmpty();
    found.resume();
    assertThat(running()).containsExactly(100L, 101L);
  }

  /** Real threads, shifted against each other: afterwards nobody sleeps who is needed. */
  @Test
  void noRaceLeavesAnybodyStopped() throws InterruptedException {
    for (int round = 0; round < 300; round++) {
      begin();
      int shift = round;
      var arrival =
          new Thread(
              () -> {
                LockSupport.parkNanos(shift * 5_000L);
                suspension.resume();
              });
      arrival.start();
      suspension.freeze(pageOut);
      arrival.join();
      assertThat(running()).as("round " + round).containsExactly(100L, 101L);
    }
  }

  private List<Long> running() {
    return family.members().stream().filter(p -> !p.stopped()).map(Stat::pid).toList();
  }

  /** Signals that take effect in the files. */
  private final class Kernel implements Signals {
    private List<Runnable> afterStop = List.of();
    private int stops;

    /** So many times a SIGSTOP has no effect yet. */
    private int deaf;

    @Override
    public void stop(List<Stat> processes) {
      if (deaf > 0) {
        deaf--;
      } else {
        processes.forEach(
            p -> proc.stopped(p.pid(), p.parent(), p.group(), p.session(), p.startTicks()));
      }
      if (stops < afterStop.size()) {
        afterStop.get(stops).run();
      }
      stops++;
    }

    @Override
    public void resume(List<Stat> processes) {
      for (Stat p : processes) {
        if (proc.fs().stat(p.pid()).isPresent()) {
          proc.process(p.pid(), p.parent(), p.group(), p.session(), p.startTicks());
        }
      }
    }
  }
}
