package dev.dormouse.control;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * A clock that never jumps: the wall clock's time at its creation, advanced by the monotonic clock.
 * A step of the wall clock, by NTP or by a suspended machine, does not move it.
 */
public final class SteadyClock implements InstantSource {
  private final Instant origin = Instant.now();
  private final long originNanos = System.nanoTime();

  @Override
  public Instant instant() {
    return origin.plus(Duration.ofNanos(System.nanoTime() - originNanos));
  }
}
