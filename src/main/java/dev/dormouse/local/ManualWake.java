package dev.dormouse.local;

import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A wake that somebody asked for: a warm window.
 *
 * @param until how long to keep the service awake at least
 * @param giveUp how long to try until it is awake for the first time
 */
record ManualWake(Instant until, Instant giveUp) {
  /** Beyond the grace period of a run that is still ending, and the startup timeout. */
  private static final Duration SLACK = Duration.ofSeconds(5);

  static ManualWake from(Instant now, Optional<Duration> atLeast, ServiceSpec spec) {
    Duration patience = spec.startup().timeout().plus(spec.shutdown().gracePeriod()).plus(SLACK);
    return new ManualWake(now.plus(atLeast.orElse(Duration.ZERO)), now.plus(patience));
  }

  Instant end() {
    return until.isAfter(giveUp) ? until : giveUp;
  }

  /** What is left of it after a pass that led to this status; once it is awake, or failed, less. */
  Optional<ManualWake> after(ServiceStatus status, Instant now) {
    var left =
        switch (status.phase()) {
          case ACTIVE, FAILED, DISABLED -> new ManualWake(until, until);
          case DORMANT, WAKING, DOZING, DRAINING, STOPPING -> this;
        };
    return Optional.of(left).filter(wake -> now.isBefore(wake.end()));
  }
}
