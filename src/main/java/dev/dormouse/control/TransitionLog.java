package dev.dormouse.control;

import dev.dormouse.core.Decision;
import dev.dormouse.core.Failure;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceStatus;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Locale;

/** Writes one line per change of phase or failed start, key first. */
public final class TransitionLog implements PassListener {
  private static final Logger LOG = System.getLogger("dormouse");

  @Override
  public void passed(ServiceId id, ServiceStatus before, Decision decision, ServiceStatus after) {
    if (before.phase() != after.phase() || failsAgain(before, after)) {
      Level level = after.phase() == Phase.FAILED ? Level.WARNING : Level.INFO;
      LOG.log(
          level, () -> "service=" + id + " " + word(before) + " -> " + word(after) + detail(after));
    }
  }

  /** A start that was refused at once was never seen to be under way. */
  private static boolean failsAgain(ServiceStatus before, ServiceStatus after) {
    return after.phase() == Phase.FAILED && !before.failure().equals(after.failure());
  }

  private static String word(ServiceStatus status) {
    return status.phase().word().toLowerCase(Locale.ROOT);
  }

  private static String detail(ServiceStatus status) {
    return switch (status.phase()) {
      case WAKING -> " waiting=" + status.waiting() + dependency(status);
      case ACTIVE ->
          status
              .lastWake()
              .flatMap(ServiceStatus.Wake::latency)
              .map(latency -> " after=" + latency.toMillis() + "ms")
              .orElse("");
      case DRAINING, STOPPING -> " connections=" + status.connections();
      case FAILED -> status.failure().map(TransitionLog::failure).orElse("");
      case DORMANT, DISABLED -> "";
    };
  }

  private static String dependency(ServiceStatus status) {
    return status.active().message().isEmpty() ? "" : " (" + status.active().message() + ")";
  }

  private static String failure(Failure failure) {
    return " failures="
        + failure.count()
        + " nextRetry="
        + failure.nextRetry()
        + " reason="
        + failure.reason()
        + ": "
        + failure.message();
  }
}
