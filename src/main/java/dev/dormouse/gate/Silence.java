package dev.dormouse.gate;

import dev.dormouse.core.WakeReason;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether anything but heartbeats passes the tunnels of one gate, and what that means for a
 * workload that sleeps under them. Guarded by its gate's lock, but for what says otherwise.
 */
final class Silence {
  private final InstantSource clock;

  /** When {@link #stirred} was last found to be set. */
  private Instant since;

  /** Something has passed since then. */
  private volatile boolean stirred;

  /** The workload was, or is about to be, put to sleep under the open tunnels. */
  private volatile boolean dozing;

  private Optional<WakeReason> roused = Optional.empty();

  /** How many tunnels have something that waits to be taken. */
  private final AtomicInteger backlogs = new AtomicInteger();

  Silence(InstantSource clock) {
    this.clock = clock;
    this.since = clock.instant();
  }

  /**
   * Something passes; whether {@link #rouse} has to be told. On the hot path, without the lock:
   * costs two reads of memory that nobody writes.
   */
  boolean stir() {
    if (!stirred) {
      stirred = true;
    }
    return dozing;
  }

  /** Whether anything has passed that {@link #date} does not know of. Without the lock. */
  boolean isStirred() {
    return stirred;
  }

  /** Without the lock. */
  boolean isDozing() {
    return dozing;
  }

  /** Without the lock. */
  void backlog(boolean more) {
    int _ = more ? backlogs.incrementAndGet() : backlogs.decrementAndGet();
  }

  /** Whether this is what wakes a sleeper; only the first thing does. */
  boolean rouse(WakeReason why) {
    if (!dozing || roused.isPresent()) {
      return false;
    }
    roused = Optional.of(why);
    return true;
  }

  Optional<WakeReason> roused() {
    return roused;
  }

  /** What has passed has passed just now. */
  void date() {
    if (stirred) {
      stirred = false;
      since = clock.instant();
    }
  }

  /** Since when nothing has passed, as far as {@link #date} knows, or waits to. */
  Instant since() {
    return backlogs.get() > 0 ? clock.instant() : since;
  }

  /** The flag comes before the last look: whoever stirs meanwhile sees it, or is seen. */
  void beginDoze() {
    dozing = true;
    roused = Optional.empty();
  }

  /** Whether something waits to be taken. */
  boolean hasBacklog() {
    return backlogs.get() > 0;
  }

  void endDoze() {
    dozing = false;
    roused = Optional.empty();
  }
}
