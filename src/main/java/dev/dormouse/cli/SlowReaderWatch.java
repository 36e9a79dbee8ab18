package dev.dormouse.cli;

import dev.dormouse.budget.Budget;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;

/**
 * Has slow readers go while the kernel is short of memory for sockets, of which it keeps more for
 * each of them than we do: a part of them at each look, as what they held comes back a moment
 * later. A timer runs only while there are many.
 */
@SuppressWarnings("FutureReturnValueIgnored") // nobody waits for it
final class SlowReaderWatch {
  /** So many are looked at. */
  static final int MANY = 16;

  /** Of so many one goes at a look. */
  static final int PART = 16;

  static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

  private final Budget budget;
  private final IntPredicate tooMany;
  private final ScheduledExecutorService loop;

  private SlowReaderWatch(Budget budget, IntPredicate tooMany, ScheduledExecutorService loop) {
    this.budget = budget;
    this.tooMany = tooMany;
    this.loop = loop;
  }

  /** From now on they are watched. */
  static void of(Budget budget, ScheduledExecutorService loop) {
    of(budget, new SocketMemory(Path.of("/proc")), loop);
  }

  /** The same where so many of them may be too many for the kernel. */
  static void of(Budget budget, IntPredicate tooMany, ScheduledExecutorService loop) {
    new SlowReaderWatch(budget, tooMany, loop).await();
  }

  private void await() {
    budget.whenSlowReadersAre(MANY, () -> loop.execute(this::look));
  }

  private void look() {
    int slow = budget.slowReaders();
    if (slow < MANY) {
      await();
      return;
    }
    if (tooMany.test(slow)) {
      budget.shedSlowReaders(1 + slow / PART);
    }
    loop.schedule(this::look, BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS);
  }
}
