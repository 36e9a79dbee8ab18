package dev.dormouse.kubernetes.pass;

import dev.dormouse.kubernetes.status.ActivatorId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * The Leases of the activators as an operator sees them. A Lease expires by the operator's own
 * clock, since it was last seen renewed, and only in a time in which its watch was healthy: what
 * could not have been seen is not held against anybody. Thread-safe.
 */
public final class Leases {
  private final InstantSource clock;
  private final Duration duration;
  private final Map<String, Lease> leases = new HashMap<>();
  private Instant healthySince;
  private boolean healthy;

  private record Lease(String session, String renewal, Instant seen) {}

  /**
   * No Leases, and a watch that does not work yet.
   *
   * @param duration after which a Lease that is not renewed expires
   */
  public Leases(InstantSource clock, Duration duration) {
    this.clock = clock;
    this.duration = duration;
    this.healthySince = clock.instant();
  }

  /** The time by the operator's clock. */
  Instant now() {
    return clock.instant();
  }

  /** After which time without renewal a Lease expires. */
  public Duration duration() {
    return duration;
  }

  /**
   * The watch shows a Lease.
   *
   * @param renewal what its activator changes with each renewal; opaque
   */
  public synchronized void seen(String activator, String session, String renewal) {
    Lease old = leases.get(activator);
    if (old == null || !old.session().equals(session) || !old.renewal().equals(renewal)) {
      leases.put(activator, new Lease(session, renewal, clock.instant()));
    }
  }

  /** The watch shows that a Lease is gone. */
  public synchronized void removed(String activator) {
    leases.remove(activator);
  }

  /** Whether the watch works: connected, and no event is missing. */
  public synchronized void healthy(boolean works) {
    if (works && !healthy) {
      healthySince = clock.instant();
    }
    healthy = works;
  }

  /** True unless its Lease is seen to be renewed: reason enough to ask, not to act. */
  public synchronized boolean isSuspect(ActivatorId activator) {
    Lease lease = leases.get(activator.name());
    return lease == null || !lease.session().equals(activator.session()) || isExpired(lease);
  }

  /**
   * True if its Lease has not been renewed for the whole duration. One that has not been seen yet
   * counts as seen now: the watch may be late.
   */
  public synchronized boolean isExpired(ActivatorId activator) {
    Lease lease = leases.get(activator.name());
    if (lease == null || !lease.session().equals(activator.session())) {
      seen(activator.name(), activator.session(), "");
      return false;
    }
    return isExpired(lease);
  }

  private boolean isExpired(Lease lease) {
    return isOver(lease.seen().isAfter(healthySince) ? lease.seen() : healthySince);
  }

  private boolean isOver(Instant since) {
    return healthy && !clock.instant().isBefore(since.plus(duration));
  }
}
