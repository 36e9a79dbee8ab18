package dev.dormouse.cli.rest;

import dev.dormouse.control.PassListener;
import dev.dormouse.core.Decision;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.supervisor.Notifier;
import java.time.Duration;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * What a supervisor hears of this machine: that it is ready, which services are awake, that both of
 * its threads turn, that it stops. Passes are heard on the control thread.
 */
public final class Supervision implements PassListener {
  private static final int MAX_SHOWN = 8;

  private final Notifier notifier;
  private final TreeMap<String, Phase> notable = new TreeMap<>();

  /** Tells who started us, in the words of sd_notify(3). */
  public Supervision(Notifier notifier) {
    this.notifier = notifier;
  }

  /** From now on; a sign of life has passed through both threads. */
  public void begin(ScheduledExecutorService control, Executor io) {
    control.execute(notifier::ready);
    control.execute(this::tell);
    notifier
        .watchdog()
        .ifPresent(
            limit -> {
              long nanos = limit.toNanos() / 2;
              var _ =
                  control.scheduleAtFixedRate(
                      () -> io.execute(notifier::alive), nanos, nanos, TimeUnit.NANOSECONDS);
            });
  }

  @Override
  public void passed(ServiceId id, ServiceStatus before, Decision decision, ServiceStatus after) {
    Phase phase = after.phase();
    boolean rests = phase == Phase.DORMANT || phase == Phase.DISABLED;
    Phase known = rests ? notable.remove(id.toString()) : notable.put(id.toString(), phase);
    if (known != (rests ? null : phase)) {
      tell();
    }
  }

  /** Dormouse itself goes to sleep. */
  void napping() {
    notifier.status("napping");
  }

  /** It ends now, and takes so long at most. */
  public void stopping(Duration bound) {
    notifier.stopping(bound);
  }

  private void tell() {
    notifier.status(line());
  }

  private String line() {
    String shown =
        notable.entrySet().stream()
            .limit(MAX_SHOWN)
            .map(it -> it.getKey() + " " + it.getValue().word().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", "));
    int more = notable.size() - MAX_SHOWN;
    return notable.isEmpty()
        ? "everything sleeps"
        : shown + (more > 0 ? " and " + more + " more" : "");
  }
}
