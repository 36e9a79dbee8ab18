package dev.dormouse.footprint;

import dev.dormouse.budget.Budget;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Gives back what a burst of clients has made the heap grow by: nothing else collects it once they
 * have left. A timer runs after a burst only.
 */
@SuppressWarnings("FutureReturnValueIgnored")
public // nobody waits for it
final class HeapTrimmer {
  private static final Duration CALM = Duration.ofSeconds(10);

  private final Budget budget;
  private final EventLoop loop;
  private boolean again;

  private HeapTrimmer(Budget budget, EventLoop loop) {
    this.budget = budget;
    this.loop = loop;
  }

  /** From now on each burst has one. */
  public static void of(Budget budget, EventLoop loop) {
    new HeapTrimmer(budget, loop).await();
  }

  private void await() {
    budget.whenBusy(() -> loop.execute(this::begin));
  }

  private void begin() {
    again = false;
    budget.whenBusy(() -> loop.execute(() -> again = true));
    loop.schedule(this::look, CALM.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** While many are served there is little to gain, and much to walk through. */
  private void look() {
    if (again || budget.usedBytes() > budget.bytes() / 2) {
      begin();
    } else {
      System.gc();
      await();
    }
  }
}
