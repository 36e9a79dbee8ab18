package dev.dormouse.admin;

import dev.dormouse.core.Action;
import dev.dormouse.core.Condition;
import dev.dormouse.core.Decision;
import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.Rule;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.ServiceStatus.Wake;
import dev.dormouse.core.Waiters;
import dev.dormouse.core.WakeReason;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What a {@code PassListener} is told of. */
public final class Passes {
  public static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  private Passes() {}

  public static ServiceStatus at(Phase phase) {
    return status(phase, Optional.empty(), Optional.empty());
  }

  public static ServiceStatus waking() {
    return status(Phase.WAKING, Optional.of(wake(Optional.empty())), Optional.empty());
  }

  public static ServiceStatus awakeAfter(Duration latency) {
    return status(Phase.ACTIVE, Optional.of(wake(Optional.of(latency))), Optional.empty());
  }

  public static ServiceStatus failed(FailureReason reason, int count, Optional<Duration> latency) {
    var failure = new Failure(reason, "it failed", count, NOW, NOW.plusSeconds(1));
    return status(Phase.FAILED, Optional.of(wake(latency)), Optional.of(failure));
  }

  public static Decision keep() {
    return doing(new Action.Keep());
  }

  public static Decision doing(Action action) {
    var any = new Condition(Condition.Status.TRUE, Condition.Reason.AVAILABLE, "");
    return new Decision(
        Rule.SERVING,
        action,
        new Waiters.Hold(),
        Phase.ACTIVE,
        any,
        any,
        Optional.empty(),
        Optional.empty());
  }

  private static Wake wake(Optional<Duration> latency) {
    return new Wake(NOW, WakeReason.UPGRADE, latency);
  }

  private static ServiceStatus status(Phase phase, Optional<Wake> wake, Optional<Failure> failure) {
    var it = Views.status(phase, 0, 0);
    return new ServiceStatus(
        phase,
        it.ready(),
        it.active(),
        1,
        it.endpoint(),
        0,
        0,
        Optional.empty(),
        Optional.empty(),
        wake,
        failure);
  }
}
