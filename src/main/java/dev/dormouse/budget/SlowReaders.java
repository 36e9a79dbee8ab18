package dev.dormouse.budget;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.IntPredicate;

/**
 * How many slow readers have to go because the kernel is short of memory for sockets: a part of
 * them at a time, as what they held comes back a moment later. Guarded by the budget.
 */
final class SlowReaders {
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);
  private static final int PART = 16;

  private final InstantSource clock;
  private final IntPredicate tooMany;
  private Instant nextLook = Instant.MIN;
  private int toGo;

  SlowReaders(InstantSource clock, IntPredicate tooMany) {
    this.clock = clock;
    this.tooMany = tooMany;
  }

  /** Whether one of so many has to go now; that counts it as gone. */
  boolean hasOneToGo(int slow) {
    Instant now = clock.instant();
    if (!now.isBefore(nextLook)) {
      nextLook = now.plus(BETWEEN_LOOKS);
      toGo = slow > 0 && tooMany.test(slow) ? 1 + slow / PART : 0;
    }
    if (slow == 0 || toGo == 0) {
      return false;
    }
    toGo--;
    return true;
  }
}
