package dev.dormouse.gate;

import dev.dormouse.core.WakeReason;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether anything but heartbeats passes the tunnels of one gate, and what that means for a
 * workload that sleeps under them. Thread-safe.
 */
public final class Silence {
  private final InstantSource clock;
  private final Runnable broken;

  /** When {@link #stirred} was last found to be set. */
  private Instant since;

  /** Something has passed since then. */
  private volatile boolean stirred;

  /** The workload was, or is about to be, put to sleep under the open tunnels. */
  private volatile boolean dozing;

  private Optional<WakeReason> roused = Optional.empty();

  /** How many tunnels have something that waits to be taken. */
  private final AtomicInteger backlogs = new AtomicInteger();

  /**
   * Silence from now on.
   *
   * @param broken called, without a lock, when something passes for which a sleeper must wake
   */
  Silence(InstantSource clock, Runnable broken) {
    this.clock = clock;
    this.broken = broken;
    this.since = clock.instant();
  }

  /**
   * Something other than a heartbeat passes a tunnel, in whatever direction. On the hot path: costs
   * two reads of memory that nobody writes.
   *
   * @param why it would need the workload
   */
  public void stir(WakeReason why) {
    if (touch() && rouse(why)) {
      broken.run();
    }
  }

  /** The same of what comes with a pass of its own; whether the workload sleeps. */
  boolean touch() {
    if (!stirred) {
      stirred = true;
    }
    return dozing;
  }

  /** Whether this is what wakes the sleeper; only the first thing does. */
  synchronized boolean rouse(WakeReason why) {
    if (!dozing || roused.isPresent()) {
      return false;
    }
    roused = Optional.of(why);
    return true;
  }

  /** Whether the workload sleeps, or is about to, under open tunnels. */
  public boolean isDozing() {
    return dozing;
  }

  /** Dates what has passed since the last call: silence is known as exactly as this is called. */
  public void listen() {
    if (stirred) {
      date();
    }
  }

  private synchronized void date() {
    if (stirred) {
      stirred = false;
      since = clock.instant();
    }
  }

  /**
   * One more tunnel has something that waits to be taken by one of its ends, or one less; the same
   * of requests in flight, and of connections that are kept for requests to come.
   */
  public void backlog(boolean more) {
    int _ = more ? backlogs.incrementAndGet() : backlogs.decrementAndGet();
  }

  /** Whether anything waits to be taken. */
  boolean hasBacklog() {
    return backlogs.get() > 0;
  }

  /** Since when nothing has passed, or waited to. */
  synchronized Instant since() {
    date();
    return hasBacklog() ? clock.instant() : since;
  }

  /** What has come for the sleeper. */
  synchronized Optional<WakeReason> roused() {
    return roused;
  }

  /** Before the last look: whoever stirs from here on sees it, or is seen. */
  synchronized void beginDoze() {
    dozing = true;
    roused = Optional.empty();
  }

  synchronized void endDoze() {
    dozing = false;
    roused = Optional.empty();
  }
}
