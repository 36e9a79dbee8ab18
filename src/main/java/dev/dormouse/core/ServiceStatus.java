package dev.dormouse.core;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The observed state of one service: the resource's {@code status}, and the local {@code
 * /services}.
 *
 * @param epoch counts awake periods: a stop or a crash ends one
 * @param quietSince since when demand has been zero; empty while there is any
 */
public record ServiceStatus(
    Phase phase,
    Condition ready,
    Condition active,
    long epoch,
    Optional<Endpoint> endpoint,
    int connections,
    int waiting,
    Optional<Instant> quietSince,
    Optional<Instant> nextStopTime,
    Optional<Wake> lastWake,
    Optional<Failure> failure) {

  /**
   * One start of the workload.
   *
   * @param latency from the start to ready; empty while it is waking, or if it failed
   */
  public record Wake(Instant time, WakeReason reason, Optional<Duration> latency) {
    private Wake readyAt(Instant now) {
      return latency.isPresent()
          ? this
          : new Wake(time, reason, Optional.of(Duration.between(time, now)));
    }
  }

  /** Of a service that no pass has seen yet. */
  public static ServiceStatus initial() {
    var unknown = new Condition(Condition.Status.UNKNOWN, Condition.Reason.UNOBSERVABLE, "");
    return new ServiceStatus(
        Phase.DORMANT,
        unknown,
        unknown,
        1,
        Optional.empty(),
        0,
        0,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** Of a service that is known from before, and that no pass has seen since. */
  public static ServiceStatus recalled(Phase phase, long epoch, Optional<Wake> lastWake) {
    ServiceStatus unseen = initial();
    return new ServiceStatus(
        phase,
        unseen.ready,
        unseen.active,
        epoch,
        Optional.empty(),
        0,
        0,
        Optional.empty(),
        Optional.empty(),
        lastWake,
        Optional.empty());
  }

  /**
   * The status after a pass that saw this demand and workload and decided so. A pass that could not
   * see the workload knows nothing new about it: only conditions and demand change.
   */
  public ServiceStatus after(
      Decision decision, ServiceSpec spec, Demand demand, Workload workload, Surroundings around) {
    if (workload instanceof Workload.Unknown) {
      var unobserved = unobserved(decision);
      return demand instanceof Demand.Known k ? unobserved.withDemand(k) : unobserved;
    }
    var known = demand instanceof Demand.Known k ? Optional.of(k) : Optional.<Demand.Known>empty();
    return new ServiceStatus(
        decision.phase(),
        decision.ready(),
        decision.active(),
        endsEpoch(decision) ? epoch + 1 : epoch,
        decision.waiters() instanceof Waiters.Admit(Endpoint to)
            ? Optional.of(to)
            : Optional.empty(),
        known.map(Demand.Known::open).orElse(connections),
        known.map(Demand.Known::waiting).orElse(waiting),
        known.filter(k -> !k.any()).map(Demand.Known::quietSince),
        decision.nextStop(),
        wakeAfter(decision, spec, demand, around),
        workload instanceof Workload.Failed(Failure f)
                && !(decision.action() instanceof Action.Forget)
            ? Optional.of(f)
            : Optional.empty());
  }

  /** What has never been seen may well run, and need its dependencies. */
  private ServiceStatus unobserved(Decision decision) {
    var seen = equals(initial()) ? decision.phase() : phase;
    return with(seen, decision.ready(), decision.active());
  }

  /** A crash can be seen only by the start that follows it: then no resting phase lies between. */
  private boolean endsEpoch(Decision decision) {
    boolean startsAnew = decision.action() instanceof Action.Start && phase != Phase.WAKING;
    return phase.isAwake() && (startsAnew || !decision.phase().isAwake());
  }

  /** The same, not ready for a reason that no pass knows. */
  public ServiceStatus unready(Condition why) {
    return with(phase, why, active);
  }

  /** The same with a failure that is not the end of its awake period. */
  public ServiceStatus withFailure(Failure other) {
    return new ServiceStatus(
        phase,
        ready,
        active,
        epoch,
        endpoint,
        connections,
        waiting,
        quietSince,
        nextStopTime,
        lastWake,
        Optional.of(other));
  }

  private ServiceStatus with(Phase otherPhase, Condition otherReady, Condition otherActive) {
    return new ServiceStatus(
        otherPhase,
        otherReady,
        otherActive,
        epoch,
        endpoint,
        connections,
        waiting,
        quietSince,
        nextStopTime,
        lastWake,
        failure);
  }

  /** The same with the demand of this moment. */
  public ServiceStatus withDemand(Demand.Known demand) {
    return new ServiceStatus(
        phase,
        ready,
        active,
        epoch,
        endpoint,
        demand.open(),
        demand.waiting(),
        demand.any() ? Optional.empty() : Optional.of(demand.quietSince()),
        demand.any() ? Optional.empty() : nextStopTime,
        lastWake,
        failure);
  }

  private Optional<Wake> wakeAfter(
      Decision decision, ServiceSpec spec, Demand demand, Surroundings around) {
    Optional<WakeReason> known =
        decision.action() instanceof Action.Thaw(var from) ? from : Optional.empty();
    if (decision.action() instanceof Action.Start || decision.action() instanceof Action.Thaw) {
      var reason = known.orElseGet(() -> wakeReason(spec, demand, around));
      return Optional.of(new Wake(around.now(), reason, Optional.empty()));
    }
    boolean arrived = phase == Phase.WAKING && decision.phase() == Phase.ACTIVE;
    return arrived ? lastWake.map(wake -> wake.readyAt(around.now())) : lastWake;
  }

  private static WakeReason wakeReason(ServiceSpec spec, Demand demand, Surroundings around) {
    if (demand instanceof Demand.Known known && known.any()) {
      return around.napEnded() ? WakeReason.NAP : WakeReason.UPGRADE;
    }
    if (spec.activation() == Activation.ALWAYS) {
      return WakeReason.ALWAYS;
    }
    return around.dependentAwake() ? WakeReason.DEPENDENT : WakeReason.WARM;
  }
}
