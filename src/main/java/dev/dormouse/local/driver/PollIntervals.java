package dev.dormouse.local.driver;

import dev.dormouse.local.driver.State.Broken;
import dev.dormouse.local.driver.State.Draining;
import dev.dormouse.local.driver.State.Ending;
import dev.dormouse.local.driver.State.Frozen;
import dev.dormouse.local.driver.State.Ready;
import dev.dormouse.local.driver.State.Resting;
import dev.dormouse.local.driver.State.Starting;
import dev.dormouse.local.driver.State.Stopping;
import dev.dormouse.local.driver.State.Thawing;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** How soon to look at a process again. */
final class PollIntervals {
  /** For its output, while nothing else is to be seen. */
  private static final Duration OUTPUT = Duration.ofMillis(200);

  /** For its port: at first, and in the end. The time between is 1/400 of its age. */
  private static final Duration FIRST_POLL = Duration.ofMillis(2);

  private static final Duration LAST_POLL = Duration.ofMillis(10);

  /** For whether it still sleeps: each look costs Dormouse some of its own sleep. */
  private static final Duration SLEEPER = Duration.ofSeconds(10);

  /** For what is left of it after its leader has obeyed and before KILL. */
  private static final Duration REMAINS = Duration.ofMillis(50);

  /** For what is left of it after KILL: at first, and in the end. */
  private static final Duration FIRST_SWEEP = Duration.ofMillis(2);

  private static final Duration LAST_SWEEP = Duration.ofSeconds(1);

  private PollIntervals() {}

  /** Empty if there is nothing to look at. */
  static Optional<Duration> after(State state, Instant now) {
    return switch (state) {
      case Resting _ -> Optional.empty();
      case Starting(Run run) -> {
        Duration age = Duration.between(run.since, now);
        yield Optional.of(within(age.dividedBy(400), FIRST_POLL, LAST_POLL));
      }
      case Ready _, Broken _, Draining _ -> Optional.of(OUTPUT);
      case Frozen _ -> Optional.of(SLEEPER);
      case Thawing(Run _, Instant since, ThawProbe _) -> {
        Duration quiet = Duration.between(now, since.plus(ThawProbe.ASK_AFTER));
        yield Optional.of(quiet.isPositive() ? quiet : LAST_POLL);
      }
      case Stopping(Run run, Ending ending) -> {
        Duration left = Duration.between(now, ending.killAt());
        yield Optional.of(
            left.isPositive()
                ? min(left, run.isReaped() ? REMAINS : OUTPUT)
                : within(left.negated().dividedBy(10), FIRST_SWEEP, LAST_SWEEP));
      }
    };
  }

  private static Duration within(Duration value, Duration least, Duration most) {
    return value.compareTo(least) < 0 ? least : min(value, most);
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
