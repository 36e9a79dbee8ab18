package dev.dormouse.admin;

import dev.dormouse.control.ServiceView;
import dev.dormouse.control.ServiceView.ProcessUsage;
import dev.dormouse.core.Activation;
import dev.dormouse.core.Condition;
import dev.dormouse.core.Condition.Reason;
import dev.dormouse.core.Condition.Status;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.ServiceStatus.Wake;
import dev.dormouse.core.WakeReason;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Services in every state that the admin port has to tell of. */
public final class Views {
  public static final long MB = 1 << 20;

  private Views() {}

  /** Never woken, nothing known. */
  public static ServiceView unborn(String name) {
    return view(name, Activation.ON_DEMAND, status(Phase.DORMANT, 0, 0), List.of());
  }

  /** Asleep, and it is known what that saves. */
  public static ServiceView asleep(String name, Instant now) {
    var wakes =
        List.of(
            wake(now.minus(Duration.ofHours(3)), Optional.of(512)),
            wake(now.minus(Duration.ofDays(2)), Optional.of(3420)));
    var it = view(name, Activation.ON_DEMAND, status(Phase.DORMANT, 0, 0), wakes);
    return new ServiceView(
        it.id(),
        it.spec(),
        it.status(),
        it.process(),
        OptionalLong.of(138 * MB),
        wakes,
        it.sleepObstacle(),
        List.of());
  }

  /** Asleep in memory. */
  static ServiceView frozen(String name, Instant now) {
    var it = asleep(name, now);
    return new ServiceView(
        it.id(),
        it.spec(),
        it.status(),
        Optional.of(new ProcessUsage(4711, 2, 3 * MB, true)),
        it.awakeBytes(),
        it.wakes(),
        it.sleepObstacle(),
        it.output());
  }

  /** The same under three open sockets. */
  public static ServiceView dozing(String name, Instant now) {
    var it = frozen(name, now);
    var status = status(Phase.DOZING, 3, 0);
    return new ServiceView(
        it.id(),
        it.spec(),
        status,
        it.process(),
        it.awakeBytes(),
        it.wakes(),
        it.sleepObstacle(),
        it.output());
  }

  public static ServiceView waking(String name, Instant now) {
    var wakes = List.of(wake(now.minusMillis(700), Optional.empty()));
    return view(name, Activation.ON_DEMAND, status(Phase.WAKING, 0, 3), wakes);
  }

  public static ServiceView awake(String name, int connections, Instant now) {
    var wakes = List.of(wake(now.minusSeconds(94), Optional.of(487)));
    var it = view(name, Activation.ON_DEMAND, status(Phase.ACTIVE, connections, 0), wakes);
    return running(it, 4711, 137.8);
  }

  static ServiceView idle(String name, Instant quietSince, Instant stop) {
    var it = status(Phase.ACTIVE, 0, 0);
    var status =
        new ServiceStatus(
            it.phase(),
            it.ready(),
            it.active(),
            7,
            it.endpoint(),
            0,
            0,
            Optional.of(quietSince),
            Optional.of(stop),
            Optional.of(wake(quietSince, Optional.of(61))),
            Optional.empty());
    var wakes = new java.util.ArrayList<Wake>();
    for (int i = 0; i < 7; i++) {
      wakes.add(
          wake(quietSince.minus(Duration.ofMinutes(17L * i * i + 4)), Optional.of(61 + 40 * i)));
    }
    return running(view(name, Activation.ON_DEMAND, status, wakes), 4999, 64.2);
  }

  static ServiceView always(String name, Instant now) {
    var wakes =
        List.of(
            new Wake(
                now.minus(Duration.ofDays(6)),
                WakeReason.ALWAYS,
                Optional.of(Duration.ofMillis(38))));
    return running(view(name, Activation.ALWAYS, status(Phase.ACTIVE, 0, 0), wakes), 310, 13.5);
  }

  public static ServiceView failed(String name, Instant now, List<String> output) {
    var it = status(Phase.FAILED, 0, 2);
    var failure =
        new Failure(FailureReason.EXITED, "exited with 1 after 0.4 s", 3, now, now.plusSeconds(42));
    var wakes = List.of(wake(now.minusSeconds(2), Optional.empty()));
    var status =
        new ServiceStatus(
            it.phase(),
            it.ready(),
            it.active(),
            it.epoch(),
            Optional.empty(),
            0,
            2,
            Optional.empty(),
            Optional.empty(),
            Optional.of(wakes.getFirst()),
            Optional.of(failure));
    var made = view(name, Activation.ON_DEMAND, status, wakes);
    return new ServiceView(
        made.id(),
        made.spec(),
        status,
        Optional.empty(),
        OptionalLong.empty(),
        wakes,
        Optional.empty(),
        output);
  }

  static ServiceView disabled(String name) {
    return view(name, Activation.DISABLED, status(Phase.DISABLED, 0, 0), List.of());
  }

  public static ServiceView running(ServiceView it, long pid, double mb) {
    return new ServiceView(
        it.id(),
        it.spec(),
        it.status(),
        Optional.of(new ProcessUsage(pid, 2, (long) (mb * MB), false)),
        OptionalLong.of((long) (mb * MB)),
        it.wakes(),
        it.sleepObstacle(),
        it.output());
  }

  static ServiceView view(
      String name, Activation activation, ServiceStatus status, List<Wake> wakes) {
    return new ServiceView(
        new ServiceId("default", name),
        spec(activation),
        status,
        Optional.empty(),
        OptionalLong.empty(),
        wakes,
        Optional.empty(),
        List.of("kept, but nobody's business while it is well"));
  }

  static ServiceStatus status(Phase phase, int connections, int waiting) {
    boolean up = phase == Phase.ACTIVE;
    return new ServiceStatus(
        phase,
        new Condition(Status.TRUE, Reason.AVAILABLE, ""),
        new Condition(up ? Status.TRUE : Status.FALSE, up ? Reason.SERVING : Reason.NO_TRAFFIC, ""),
        4,
        up ? Optional.of(new Endpoint("127.0.0.1", 40123)) : Optional.empty(),
        connections,
        waiting,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  static Wake wake(Instant time, Optional<Integer> millis) {
    return new Wake(time, WakeReason.UPGRADE, millis.map(Duration::ofMillis));
  }

  static ServiceSpec spec(Activation activation) {
    return Specs.onDemand().activation(activation).build();
  }
}
