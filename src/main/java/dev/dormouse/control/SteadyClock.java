package dev.dormouse.control;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * A clock that never jumps: the wall clock's time at its creation, advanced by the monotonic clock.
 * A step of the wall clock, by NTP or by a suspended machine, does not move it.
 */
public final class SteadyClock implements InstantSource {
  private final LongSupplier monotonicNanos;
  private final Instant origin;
  private final long originNanos;

  /** Begins with the wall clock's time. */
  public SteadyClock() {
    this(Instant::now, System::nanoTime);
  }

  SteadyClock(InstantSource wall, LongSupplier monotonicNanos) {
    this.monotonicNanos = monotonicNanos;
    this.origin = wall.instant();
    this.originNanos = monotonicNanos.getAsLong();
  }

  @Override
  public Instant instant() {
    return origin.plus(Duration.ofNanos(monotonicNanos.getAsLong() - originNanos));
  }
}
