package dev.dormouse.core;

import dev.dormouse.core.Condition.Reason;
import dev.dormouse.core.Condition.Status;
import dev.dormouse.core.Surroundings.Presence;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What each row of the decision table says in full: phase, conditions, waiters, next look. */
final class Decisions {
  private static final Waiters HOLD = new Waiters.Hold();
  private static final Action KEEP = new Action.Keep();

  private final ServiceSpec spec;
  private final Surroundings around;

  Decisions(ServiceSpec spec, Surroundings around) {
    this.spec = spec;
    this.around = around;
  }

  Decision unobservable(String why) {
    return new Decision(
        Rule.UNOBSERVABLE,
        KEEP,
        new Waiters.Unchanged(),
        Phase.ACTIVE,
        new Condition(Status.UNKNOWN, Reason.UNOBSERVABLE, why),
        new Condition(Status.UNKNOWN, Reason.UNOBSERVABLE, why),
        Optional.empty(),
        Optional.of(Decider.UNOBSERVABLE_RECHECK));
  }

  Decision stopping(Waiters waiters, Optional<Duration> recheck) {
    return decision(Rule.STOPPING, KEEP, waiters, Phase.STOPPING, inactive(Reason.STOPPING))
        .recheck(recheck);
  }

  Decision draining(Rule rule, Action action, Duration recheck) {
    return decision(rule, action, holdUnlessNever(), Phase.DRAINING, active(Reason.DRAINING))
        .recheck(Optional.of(recheck));
  }

  Decision neverAtRest() {
    Reason reason = neverReason();
    return decision(
            Rule.NEVER_AT_REST, KEEP, new Waiters.Refuse(never()), Phase.DISABLED, inactive(reason))
        .build();
  }

  Decision stopUnwanted(StopReason reason) {
    return stop(Rule.STOP_UNWANTED, reason);
  }

  Decision stopStale() {
    return stop(Rule.STALE_FREEZE, StopReason.STALE);
  }

  Decision timedOut() {
    return stop(Rule.STARTING, StopReason.TIMED_OUT);
  }

  /** Stops what is of no use. */
  Decision stopBroken(StopReason reason) {
    return stop(Rule.BROKEN, reason);
  }

  /** Whoever is connected to what is broken stays; nobody else is sure to be served. */
  Decision servesOthers(Workload.Broken broken) {
    var draft =
        decision(Rule.BROKEN, KEEP, admit(broken.endpoint()), Phase.ACTIVE, active(Reason.SERVING));
    return draft.unready(new Condition(Status.FALSE, Reason.BROKEN, broken.message()));
  }

  Decision idle(Action action) {
    boolean freezes = action instanceof Action.Freeze;
    Phase phase = freezes ? Phase.DORMANT : Phase.STOPPING;
    return decision(Rule.QUIET, action, HOLD, phase, inactive(Reason.STOPPING))
        .recheck(freezes ? untilNextWarm() : Optional.of(untilStopIsOverdue()));
  }

  Decision quiet(Instant stopAt, Optional<Endpoint> endpoint) {
    return decision(Rule.QUIET, KEEP, admit(endpoint), Phase.ACTIVE, active(Reason.IDLE))
        .nextStop(stopAt)
        .recheck(Optional.of(Duration.between(around.now(), stopAt)));
  }

  /**
   * Serves.
   *
   * @param dozeAt when it may fall asleep under its clients
   */
  Decision serving(Reason reason, Optional<Endpoint> endpoint, Optional<Instant> dozeAt) {
    return decision(Rule.SERVING, KEEP, admit(endpoint), Phase.ACTIVE, active(reason))
        .recheck(sooner(untilWarmEnds(), untilAfterNow(dozeAt)));
  }

  /** Serves, and may fall asleep once it is known not to compute. */
  Decision sounds(Optional<Endpoint> endpoint) {
    return decision(
            Rule.SILENT, new Action.Sound(), admit(endpoint), Phase.ACTIVE, active(Reason.SERVING))
        .recheck(Optional.of(Decider.SOUNDING_RECHECK));
  }

  /**
   * Falls asleep under its clients, or stays so. New ones wait until it is awake.
   *
   * @param over when that has lasted long enough
   */
  Decision dozes(Rule rule, Action action, Optional<Instant> over) {
    return decision(rule, action, HOLD, Phase.DOZING, inactive(Reason.DOZING))
        .recheck(sooner(untilNextWarm(), untilAfterNow(over)));
  }

  /** Whoever is connected past the gate stays as if connected through it. */
  Decision accompanied(Workload.Ready ready) {
    Optional<Duration> next = ready.company().map(it -> until(it.freshUntil()));
    return keptByOthers(Rule.ACCOMPANIED, KEEP, ready).recheck(next);
  }

  /** The look tells when it is over; looked after in case that it does not. */
  Decision look(Rule rule, Workload.Ready ready) {
    return keptByOthers(rule, new Action.Look(), ready)
        .recheck(Optional.of(Decider.UNOBSERVABLE_RECHECK));
  }

  private Draft keptByOthers(Rule rule, Action action, Workload.Ready ready) {
    var active =
        ready
            .company()
            .filter(Company::any)
            .map(it -> new Condition(Status.TRUE, Reason.SERVING, it.words()))
            .orElseGet(() -> active(Reason.IDLE));
    return decision(rule, action, admit(ready.endpoint()), Phase.ACTIVE, active);
  }

  private Duration until(Instant then) {
    return Duration.between(around.now(), then);
  }

  /** Starts or thaws; looked after at the latest when it must have succeeded. */
  Decision activate(Rule rule, Action action) {
    return decision(rule, action, HOLD, Phase.WAKING, waking(Reason.ACTIVATING))
        .recheck(Optional.of(spec.startup().timeout()));
  }

  /** The activator dials as soon as there is an address; a tunnel will prove readiness. */
  Decision starting(Optional<Endpoint> endpoint, Instant deadline) {
    var active = waking(Reason.ACTIVATING);
    return decision(Rule.STARTING, KEEP, admit(endpoint), Phase.WAKING, active)
        .recheck(untilAfterNow(Optional.of(deadline)));
  }

  Decision start() {
    return activate(Rule.START, new Action.Start());
  }

  Decision staysFrozen() {
    return decision(Rule.FROZEN, KEEP, HOLD, Phase.DORMANT, inactive(Reason.NO_TRAFFIC))
        .recheck(untilNextWarm());
  }

  Decision rest() {
    return decision(Rule.AT_REST, KEEP, HOLD, Phase.DORMANT, inactive(Reason.NO_TRAFFIC))
        .recheck(untilNextWarm());
  }

  /** Once the back-off is over a dependent may wake it: it counts as dormant, not as failed. */
  Decision restAfter(Failure failure) {
    if (failure.isForgotten(around.now(), spec.retry())) {
      return decision(
              Rule.AT_REST, new Action.Forget(), HOLD, Phase.DORMANT, inactive(Reason.NO_TRAFFIC))
          .recheck(untilNextWarm());
    }
    boolean backsOff = around.now().isBefore(failure.nextRetry());
    Phase phase = backsOff ? Phase.FAILED : Phase.DORMANT;
    Instant change =
        backsOff ? failure.nextRetry() : failure.at().plus(spec.retry().breakerWindow());
    Duration left = Duration.between(around.now(), change);
    Duration next = untilNextWarm().filter(warm -> warm.compareTo(left) < 0).orElse(left);
    return afterFailure(Rule.AT_REST, HOLD, phase, failure).recheck(Optional.of(next));
  }

  Decision backingOff(Failure failure) {
    var refusal = Refusal.after(failure);
    return afterFailure(
            Rule.BACKING_OFF,
            new Waiters.RefuseHopeless(failure.nextRetry(), refusal),
            Phase.FAILED,
            failure)
        .recheck(Optional.of(Duration.between(around.now(), failure.nextRetry())));
  }

  Decision blocked(String dependency, Waiters waiters) {
    var active =
        new Condition(Status.UNKNOWN, Reason.WAITING_FOR_DEPENDENCY, "waiting for " + dependency);
    return decision(Rule.BLOCKED, KEEP, waiters, Phase.WAKING, active).recheck(untilWarmEnds());
  }

  /** Whether it must not run, whoever asks. */
  boolean isNever() {
    return spec.activation() == Activation.DISABLED || around.presence() != Presence.HERE;
  }

  Refusal never() {
    return switch (around.presence()) {
      case ELSEWHERE -> Refusal.of(Refusal.Reason.SERVED_ELSEWHERE, "another region serves it");
      case REMOVED -> Refusal.of(Refusal.Reason.DISABLED, "it has been removed");
      case SHUTTING_DOWN -> Refusal.of(Refusal.Reason.DISABLED, "the activator is stopping");
      case HERE -> Refusal.of(Refusal.Reason.DISABLED, "it is disabled");
    };
  }

  /** How long a stop may take before waiters are told. */
  Duration untilStopIsOverdue() {
    return spec.shutdown().gracePeriod().plus(Decider.STOP_SLACK);
  }

  private Decision stop(Rule rule, StopReason reason) {
    return decision(
            rule,
            new Action.Stop(reason),
            holdUnlessNever(),
            Phase.STOPPING,
            inactive(Reason.STOPPING))
        .recheck(Optional.of(untilStopIsOverdue()));
  }

  private Draft afterFailure(Rule rule, Waiters waiters, Phase phase, Failure failure) {
    var active = new Condition(Status.FALSE, Reason.START_FAILED, failure.message());
    return decision(rule, KEEP, waiters, phase, active);
  }

  private Waiters holdUnlessNever() {
    return isNever() ? new Waiters.Refuse(never()) : HOLD;
  }

  private Reason neverReason() {
    return switch (around.presence()) {
      case ELSEWHERE -> Reason.SERVED_ELSEWHERE;
      case REMOVED, SHUTTING_DOWN -> Reason.REMOVED;
      case HERE -> Reason.DISABLED;
    };
  }

  private static Waiters admit(Optional<Endpoint> endpoint) {
    return endpoint.<Waiters>map(Waiters.Admit::new).orElse(HOLD);
  }

  private Optional<Duration> untilWarmEnds() {
    return untilAfterNow(around.warmUntil());
  }

  private Optional<Duration> untilNextWarm() {
    return untilAfterNow(around.nextWarm());
  }

  private static Optional<Duration> sooner(Optional<Duration> a, Optional<Duration> b) {
    return a.isPresent() && b.filter(it -> it.compareTo(a.get()) < 0).isEmpty() ? a : b;
  }

  private Optional<Duration> untilAfterNow(Optional<Instant> then) {
    return then.filter(around.now()::isBefore).map(at -> Duration.between(around.now(), at));
  }

  private static Condition active(Reason reason) {
    return new Condition(Status.TRUE, reason, "");
  }

  private static Condition inactive(Reason reason) {
    return new Condition(Status.FALSE, reason, "");
  }

  private static Condition waking(Reason reason) {
    return new Condition(Status.UNKNOWN, reason, "");
  }

  private Draft decision(Rule rule, Action action, Waiters waiters, Phase phase, Condition active) {
    return new Draft(rule, action, waiters, phase, active, Optional.empty());
  }

  /** A decision whose readiness follows from the rest of it. */
  private record Draft(
      Rule rule,
      Action action,
      Waiters waiters,
      Phase phase,
      Condition active,
      Optional<Instant> nextStop) {

    Draft nextStop(Instant at) {
      return new Draft(rule, action, waiters, phase, active, Optional.of(at));
    }

    Decision unready(Condition ready) {
      return new Decision(rule, action, waiters, phase, active, ready, nextStop, Optional.empty());
    }

    Decision build() {
      return recheck(Optional.empty());
    }

    Decision recheck(Optional<Duration> after) {
      return new Decision(rule, action, waiters, phase, active, ready(), nextStop, after);
    }

    /** A new connection would be served, unless it would be refused as things stand. */
    private Condition ready() {
      return switch (waiters) {
        case Waiters.Refuse(Refusal refusal) ->
            new Condition(Status.FALSE, active.reason(), refusal.detail());
        case Waiters.RefuseHopeless(Instant _, Refusal refusal) ->
            new Condition(Status.FALSE, active.reason(), refusal.detail());
        case Waiters.Unchanged _, Waiters.Hold _, Waiters.Admit _ ->
            active.reason() == Reason.START_FAILED
                ? new Condition(Status.FALSE, Reason.START_FAILED, active.message())
                : new Condition(Status.TRUE, Reason.AVAILABLE, "");
      };
    }
  }
}
