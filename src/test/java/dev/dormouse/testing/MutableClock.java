package dev.dormouse.testing;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;

/** A clock that stands still until it is advanced. Thread-safe. */
public final class MutableClock implements InstantSource {
  /** Where every new clock stands. */
  public static final Instant START = Instant.parse("2026-05-01T12:00:00Z");

  private final AtomicReference<Instant> now = new AtomicReference<>(START);

  @Override
  public Instant instant() {
    return now.get();
  }

  /** Moves time forward. */
  public void advance(Duration by) {
    if (by.isNegative()) {
      throw new IllegalArgumentException("time does not go back: " + by);
    }
    now.updateAndGet(instant -> instant.plus(by));
  }

  /** Moves time forward to an instant; one that has passed changes nothing. */
  public void advanceTo(Instant to) {
    now.updateAndGet(instant -> to.isAfter(instant) ? to : instant);
  }
}
