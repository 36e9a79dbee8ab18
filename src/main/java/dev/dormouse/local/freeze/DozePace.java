package dev.dormouse.local.freeze;

import java.time.Duration;
import java.time.Instant;

/**
 * Whether dozes pay. Each costs a page-out and the reading back; one that is shorter than a
 * multiple of that has cost more than it gave. After a few of these in a row it is not tried for a
 * while, which doubles for as long as that goes on. Confined to one thread.
 */
public final class DozePace {
  /** By so much a doze must be longer than its page-out. */
  private static final int FACTOR = 10;

  /** A broadcast that comes at once is no pattern. */
  private static final int PATIENCE = 3;

  private static final Duration LEAST = Duration.ofSeconds(1);
  private static final Duration MOST = Duration.ofMinutes(30);

  private int losses;
  private Instant notBefore = Instant.MIN;

  /**
   * A doze is over.
   *
   * @param cost how long it took to fall asleep
   * @param lasted from the decision to the thaw
   * @return how long it is not tried again, zero if it may be at once
   */
  public Duration slept(Duration cost, Duration lasted, Instant now) {
    Duration pays = max(cost.multipliedBy(FACTOR), LEAST);
    losses = lasted.compareTo(pays) < 0 ? losses + 1 : 0;
    if (losses < PATIENCE) {
      return Duration.ZERO;
    }
    Duration pause = min(pays.multipliedBy(1L << Math.min(losses - PATIENCE, 20)), MOST);
    notBefore = now.plus(pause);
    return pause;
  }

  /** It is not tried until then. */
  public void pauseUntil(Instant then) {
    notBefore = then.isAfter(notBefore) ? then : notBefore;
  }

  /** When it may be tried again. */
  public Instant notBefore() {
    return notBefore;
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
