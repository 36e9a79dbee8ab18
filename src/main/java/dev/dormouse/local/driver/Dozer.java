package dev.dormouse.local.driver;

import dev.dormouse.control.LogLine;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.Workload.Calm;
import dev.dormouse.local.driver.State.Frozen;
import dev.dormouse.local.freeze.DozePace;
import dev.dormouse.local.freeze.DozeWatch;
import dev.dormouse.local.freeze.Freezer;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Whether one service may be put to sleep under its clients: not while it computes, and not while
 * that would cost more than it gives. Control thread only.
 */
final class Dozer {
  private static final System.Logger LOG = System.getLogger("dormouse");

  /** Between two looks at what was computed. */
  private static final Duration SOUNDING = Duration.ofSeconds(1);

  /** In hundredths of a second a second: a job that computes takes a hundred. */
  private static final double MOST_TICKS_PER_SECOND = 5;

  private static final double NANOS = 1e9;

  private final ServiceId id;
  private final MachineResources machine;
  private final DozePace pace = new DozePace();

  /** Until it is known whether it computes. */
  private Instant soundingUntil = Instant.MIN;

  private Instant calmUntil = Instant.MIN;
  private boolean busy;

  /** What had come for it at the last attempt. */
  private Set<String> pending = Set.of();

  /** What of that it leaves be though it runs. */
  private Set<String> ignored = Set.of();

  private Duration cost = Duration.ZERO;

  /** Since its last doze. */
  private Instant awake = Instant.MIN;

  Dozer(ServiceId id, MachineResources machine) {
    this.id = id;
    this.machine = machine;
  }

  /** It is another program now. */
  void forget() {
    pending = Set.of();
    calmUntil = Instant.MIN;
    busy = false;
  }

  /** What the decider goes by. */
  Calm calm() {
    Instant paced = pace.notBefore();
    Instant from = soundingUntil.isAfter(paced) ? soundingUntil : paced;
    return new Calm(awake, from, machine.now().isBefore(calmUntil));
  }

  /**
   * Finds out whether it computes, and has a pass run when that is known.
   *
   * @param after how long it must have been silent
   */
  void sound(Run run, Duration after) {
    Instant now = machine.now();
    soundingUntil = now.plus(SOUNDING.multipliedBy(3));
    var _ =
        machine
            .freezer()
            .sample(run.family::members, pending)
            .thenAcceptAsync(
                first -> {
                  var _ =
                      machine
                          .control()
                          .schedule(
                              () -> compare(run, now, first, after),
                              SOUNDING.toNanos(),
                              TimeUnit.NANOSECONDS);
                },
                machine.control());
  }

  private void compare(Run run, Instant begun, Freezer.Sample first, Duration after) {
    var _ =
        machine
            .freezer()
            .sample(run.family::members, pending)
            .thenAcceptAsync(second -> judge(begun, first, second, after), machine.control());
  }

  private void judge(Instant begun, Freezer.Sample first, Freezer.Sample second, Duration after) {
    Instant now = machine.now();
    double seconds = Duration.between(begun, now).toNanos() / NANOS;
    boolean computes =
        second.cpuTicks() - first.cpuTicks() > Math.max(1, MOST_TICKS_PER_SECOND * seconds);
    soundingUntil = Instant.MIN;
    if (computes) {
      pace.pauseUntil(now.plus(after).plus(SOUNDING));
      if (!busy) {
        log("computes, and is not put to sleep meanwhile");
      }
    } else {
      calmUntil = now.plus(SOUNDING);
      Set<String> both = new HashSet<>(first.ready());
      both.retainAll(second.ready());
      ignored = Set.copyOf(both);
    }
    busy = computes;
    machine.changed().accept(id);
  }

  /** For the doze that begins now. */
  DozeWatch watch() {
    cost = Duration.ZERO;
    calmUntil = Instant.MIN;
    return new DozeWatch(
        ignored, () -> machine.control().execute(() -> machine.changed().accept(id)));
  }

  /** It has fallen asleep. */
  void asleep(Frozen frozen) {
    cost = Duration.between(frozen.since(), machine.now());
  }

  /** It does not sleep any more. */
  void awake(Frozen frozen, DozeWatch watch) {
    Instant now = machine.now();
    Duration lasted = Duration.between(frozen.since(), now);
    awake = now;
    pending = watch.pending();
    Duration pause = pace.slept(cost.isZero() ? lasted : cost, lasted, now);
    if (!pause.isZero()) {
      log("is woken more often than its sleep pays: stays awake for " + pause.toSeconds() + " s");
    }
  }

  private void log(String message) {
    LogLine.of(id, message).log(LOG, Level.INFO);
  }
}
