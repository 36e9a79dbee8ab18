package dev.dormouse.control;

import dev.dormouse.core.ServiceSpec.Warm;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * When services are to be kept awake. Windows are declared in the time of the wall clock, decisions
 * are made in that of a clock that never jumps: what is told here is in the latter, and right as
 * long as the wall clock is not set. Not thread-safe.
 */
public final class WarmWindows {
  /** How long a wrong idea of the wall clock may last: it may be set. */
  private static final Duration LOOK = Duration.ofMinutes(1);

  private static final Outlook NONE = new Outlook(Optional.empty(), Optional.empty());

  private final InstantSource wall;

  /** Schedules by their declaration. A declaration that is gone stays: it is small. */
  private final Map<Warm.Recurring, CronSchedule> schedules = new HashMap<>();

  /** Windows in the time of this wall clock. */
  public WarmWindows(InstantSource wall) {
    this.wall = wall;
  }

  /**
   * What the windows of one service come to.
   *
   * @param until the latest end of those that hold now
   * @param next the earliest start of those to come
   */
  public record Outlook(Optional<Instant> until, Optional<Instant> next) {
    /** The same, but warm until then at least. */
    public Outlook orUntil(Optional<Instant> then) {
      return and(new Outlook(then, Optional.empty()));
    }

    private Outlook and(Outlook other) {
      return new Outlook(
          until.filter(it -> other.until.filter(it::isBefore).isEmpty()).or(() -> other.until),
          next.filter(it -> other.next.filter(it::isAfter).isEmpty()).or(() -> other.next));
    }

    private Outlook later(Duration by) {
      return new Outlook(until.map(it -> it.plus(by)), next.map(it -> it.plus(by)));
    }
  }

  /** The outlook at this moment, which the clock of decisions calls {@code now}. */
  public Outlook at(Instant now, List<Warm> windows) {
    if (windows.isEmpty()) {
      return NONE;
    }
    Instant wallNow = wall.instant();
    return windows.stream()
        .map(window -> outlook(window, wallNow))
        .reduce(NONE, Outlook::and)
        .later(Duration.between(wallNow, now));
  }

  /** When to look again at a service that asked for {@code asked}. */
  public static Optional<Duration> nextLook(List<Warm> windows, Optional<Duration> asked) {
    return windows.isEmpty() || asked.filter(it -> it.compareTo(LOOK) < 0).isPresent()
        ? asked
        : Optional.of(LOOK);
  }

  private Outlook outlook(Warm window, Instant now) {
    return switch (window) {
      case Warm.Once(Instant from, Instant until) ->
          now.isBefore(from)
              ? new Outlook(Optional.empty(), Optional.of(from))
              : new Outlook(Optional.of(until).filter(now::isBefore), Optional.empty());
      case Warm.Recurring recurring -> {
        var schedule = schedules.computeIfAbsent(recurring, CronSchedule::of);
        var start = schedule.latest(now, recurring.duration());
        yield new Outlook(start.map(it -> it.plus(recurring.duration())), schedule.next(now));
      }
    };
  }
}
