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
      String change = word(before) + " -> " + word(after);
      LogLine line = LogLine.of(id, change).with("from", word(before)).with("to", word(after));
      detailed(caused(line, before, after), after).log(LOG, level);
    }
  }

  /** What has ended a doze. */
  private static LogLine caused(LogLine line, ServiceStatus before, ServiceStatus after) {
    boolean wakes = before.phase() == Phase.DOZING && after.phase() == Phase.WAKING;
    return after
        .lastWake()
        .filter(_ -> wakes)
        .map(wake -> with(line, "cause", wake.reason().word()))
        .orElse(line);
  }

  /** A start that was refused at once was never seen to be under way. */
  private static boolean failsAgain(ServiceStatus before, ServiceStatus after) {
    return after.phase() == Phase.FAILED && !before.failure().equals(after.failure());
  }

  private static String word(ServiceStatus status) {
    return status.phase().word().toLowerCase(Locale.ROOT);
  }

  private static LogLine detailed(LogLine line, ServiceStatus status) {
    return switch (status.phase()) {
      case WAKING -> with(line, "waiting", status.waiting()).and(dependency(status));
      case DOZING -> with(line, "connections", status.connections());
      case ACTIVE ->
          status
              .lastWake()
              .flatMap(ServiceStatus.Wake::latency)
              .map(latency -> with(line, "after", latency.toMillis() + "ms"))
              .orElse(line);
      case DRAINING, STOPPING -> with(line, "connections", status.connections());
      case FAILED -> status.failure().map(it -> with(line, it)).orElse(line);
      case DORMANT, DISABLED -> line;
    };
  }

  private static LogLine with(LogLine line, Failure failure) {
    LogLine counted = with(line, "failures", failure.count());
    LogLine timed = with(counted, "nextRetry", failure.nextRetry().toString());
    return with(timed, "reason", failure.reason().toString()).and(": " + failure.message());
  }

  /** The field stands in the text as well. */
  private static LogLine with(LogLine line, String name, Object value) {
    return line.with(name, value).and(" " + name + "=" + value);
  }

  private static String dependency(ServiceStatus status) {
    return status.active().message().isEmpty() ? "" : " (" + status.active().message() + ")";
  }
}
