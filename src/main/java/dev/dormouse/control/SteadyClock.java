package dev.dormouse.control;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * A clock that never jumps: the wall clock's time at its creation, advanced by the monotonic clock.
 * A step of the wall clock, by NTP or by a suspended machine, does not move it, but is remembered
 * for what people are shown. Thread-safe.
 */
public final class SteadyClock implements InstantSource {
  /** A smaller difference is no step: the wall clock is steered all the time. */
  private static final Duration TOLERANCE = Duration.ofSeconds(1);

  private static final int MAX_STEPS = 16;

  private final InstantSource wall;
  private final LongSupplier monotonicNanos;
  private final Origin origin;

  /** Newest first, never empty; changed under the lock. */
  private volatile List<Step> steps;

  /** From when on the wall clock has been ahead by how much. */
  private record Step(Instant since, Duration lead) {}

  /** Begins with the wall clock's time. */
  public SteadyClock() {
    this(Instant::now, System::nanoTime);
  }

  SteadyClock(InstantSource wall, LongSupplier monotonicNanos) {
    this(wall, monotonicNanos, new Origin(wall.instant(), monotonicNanos.getAsLong()));
  }

  SteadyClock(InstantSource wall, LongSupplier monotonicNanos, Origin origin) {
    this.wall = wall;
    this.monotonicNanos = monotonicNanos;
    this.origin = origin;
    this.steps = List.of(new Step(origin.time(), Duration.ZERO));
  }

  /**
   * A moment on both clocks, from which this one counts. Processes of one boot share the monotonic
   * clock (CLOCK_MONOTONIC): with the same origin their times are the same.
   */
  public record Origin(Instant time, long monotonicNanos) {}

  /** The clock of an earlier process of this boot, which went by this origin. */
  public static SteadyClock continuing(Origin origin) {
    return new SteadyClock(Instant::now, System::nanoTime, origin);
  }

  /** Without an object for it: asked for each piece that is read. */
  @Override
  public long millis() {
    long passed = monotonicNanos.getAsLong() - origin.monotonicNanos();
    return origin.time().toEpochMilli() + passed / 1_000_000;
  }

  /** From where it counts. */
  public Origin origin() {
    return origin;
  }

  @Override
  public Instant instant() {
    Instant now = origin.time().plusNanos(monotonicNanos.getAsLong() - origin.monotonicNanos());
    Duration lead = Duration.between(now, wall.instant());
    if (isStep(lead)) {
      remember(new Step(now, lead));
    }
    return now;
  }

  /**
   * What the wall clock showed at a time of this clock, or will show if it is not set until then.
   * Steps are noticed when the time is asked for.
   */
  public Instant wallTime(Instant time) {
    instant();
    List<Step> known = steps;
    return known.stream()
        .filter(step -> !time.isBefore(step.since))
        .findFirst()
        .map(step -> time.plus(step.lead))
        .orElseGet(() -> time.plus(known.getLast().lead));
  }

  private boolean isStep(Duration lead) {
    return lead.minus(steps.getFirst().lead).abs().compareTo(TOLERANCE) > 0;
  }

  private synchronized void remember(Step step) {
    if (isStep(step.lead)) {
      steps = Stream.concat(Stream.of(step), steps.stream()).limit(MAX_STEPS).toList();
    }
  }
}
