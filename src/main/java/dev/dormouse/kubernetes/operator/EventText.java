package dev.dormouse.kubernetes.operator;

import dev.dormouse.core.Condition;
import dev.dormouse.core.Failure;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.ServiceStatus.Wake;
import dev.dormouse.core.StopReason;
import java.util.Locale;
import java.util.Optional;

/** What a pass means to people: at most one event. */
final class EventText {
  private EventText() {}

  /** One event. */
  record Told(boolean warning, String reason, String message) {}

  /** The event that leads from one status to another, if there is one. */
  static Optional<Told> of(ServiceStatus before, ServiceStatus after, Optional<StopReason> stop) {
    Optional<Failure> failed = after.failure().filter(it -> isNew(it, before));
    if (failed.isPresent()) {
      return Optional.of(new Told(true, "StartFailed", message(failed.get())));
    }
    if (before.phase() == after.phase()) {
      boolean idle =
          after.active().reason() == Condition.Reason.IDLE
              && before.active().reason() == Condition.Reason.SERVING;
      return idle ? normal("Idle", "nobody is connected") : Optional.empty();
    }
    return switch (after.phase()) {
      case WAKING -> normal("Waking", waker(before, after));
      case ACTIVE -> normal("Awake", after.lastWake().map(EventText::latency).orElse("ready"));
      case DOZING -> normal("Dozing", "it sleeps under open sockets");
      case DRAINING -> normal("Draining", "clients are asked to leave" + why(stop));
      case STOPPING -> normal("Sleeping", "it is being stopped" + why(stop));
      case DORMANT ->
          before.phase() == Phase.STOPPING || before.phase() == Phase.FAILED
              ? Optional.empty()
              : normal("Sleeping", "nothing runs");
      case FAILED, DISABLED -> Optional.empty();
    };
  }

  /** Whoever writes replicas by hand wakes it, too. */
  private static String waker(ServiceStatus before, ServiceStatus after) {
    Optional<Wake> wake =
        after.lastWake().filter(it -> !before.lastWake().equals(after.lastWake()));
    return wake.map(it -> "woken by " + it.reason().word())
        .orElse(
            before.phase().isAwake()
                ? "what served is being replaced"
                : "somebody else has started it");
  }

  private static boolean isNew(Failure failure, ServiceStatus before) {
    return before.failure().filter(it -> it.count() == failure.count()).isEmpty();
  }

  private static Optional<Told> normal(String reason, String message) {
    return Optional.of(new Told(false, reason, message));
  }

  private static String latency(Wake wake) {
    return wake.latency().map(it -> "ready after " + it.toMillis() + " ms").orElse("ready");
  }

  private static String why(Optional<StopReason> stop) {
    return stop.map(it -> ": " + it.name().toLowerCase(Locale.ROOT).replace('_', ' ')).orElse("");
  }

  private static String message(Failure failure) {
    return failure.message()
        + " (failure "
        + failure.count()
        + ", next try "
        + failure.nextRetry()
        + ")";
  }
}
