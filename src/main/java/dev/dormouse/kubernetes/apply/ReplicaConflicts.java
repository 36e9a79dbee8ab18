package dev.dormouse.kubernetes.apply;

import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.pass.Scale;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Finds out when somebody else keeps writing the replicas that we write: a manifest in Git that
 * declares them, or an autoscaler. Thread-safe.
 */
public final class ReplicaConflicts {
  private static final int TIMES = 3;
  private static final Duration WITHIN = Duration.ofMinutes(10);

  private final InstantSource clock;
  private final Map<ServiceId, Contest> contests = new ConcurrentHashMap<>();

  /** None has been seen yet. */
  public ReplicaConflicts(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * What is known of one scale.
   *
   * @param answered whether the last write was overwritten already
   * @param times how often one was, since then
   */
  private record Contest(Scale written, boolean answered, int times, Instant since) {
    boolean isOverwritten(Scale seen) {
      return !answered
          && seen.replicas() != written.replicas()
          && new BigInteger(seen.resourceVersion())
                  .compareTo(new BigInteger(written.resourceVersion()))
              > 0;
    }
  }

  /** We wrote this. */
  void wrote(ServiceId id, Scale scale) {
    Instant now = clock.instant();
    contests.merge(
        id,
        new Contest(scale, false, 0, now),
        (old, fresh) ->
            old.since().plus(WITHIN).isBefore(now)
                ? fresh
                : new Contest(scale, false, old.times(), old.since()));
  }

  /** Whether somebody else has overwritten what we wrote for the third time in ten minutes. */
  boolean isContested(ServiceId id, Scale seen) {
    Contest after =
        contests.computeIfPresent(
            id,
            (_, it) ->
                it.isOverwritten(seen)
                    ? new Contest(it.written(), true, it.times() + 1, it.since())
                    : it);
    return after != null && after.times() >= TIMES;
  }

  void forget(ServiceId id) {
    contests.remove(id);
  }
}
