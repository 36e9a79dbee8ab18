package dev.dormouse.core;

import dev.dormouse.core.Condition.Reason;
import dev.dormouse.core.ServiceSpec.Sleep;
import dev.dormouse.core.Surroundings.Dependencies;
import dev.dormouse.core.Surroundings.Wish;
import dev.dormouse.core.Workload.Absent;
import dev.dormouse.core.Workload.Broken;
import dev.dormouse.core.Workload.Draining;
import dev.dormouse.core.Workload.Failed;
import dev.dormouse.core.Workload.Frozen;
import dev.dormouse.core.Workload.Ready;
import dev.dormouse.core.Workload.Starting;
import dev.dormouse.core.Workload.Stopping;
import dev.dormouse.core.Workload.Unknown;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Decides what one service needs next.
 *
 * <p><em>wanted</em> is Never (disabled, removed, served by another region, Dormouse is stopping),
 * Always ({@code activation: Always}, a warm window, or a dependent that is waking or awake), else
 * OnDemand. <em>needed</em> is wanted Always, or demand above zero, or unknown demand while
 * something runs: Unknown forbids a stop and never causes a start. Open tunnels prove readiness:
 * Starting with one is read as Ready. Unknown demand counts as open where clients could be cut: in
 * what is Ready, and in what is Starting at a known address.
 *
 * <pre>
 *  #  rule            when                                workload         action
 *  1  UNOBSERVABLE                                        Unknown          Keep
 *  2  STOPPING                                            Stopping         Keep; waiters wait for the next start,
 *                                                                          refused past grace + 5 s
 *  3  DRAINING        nobody open, or drain over / else   Draining         Stop / Keep
 *  4  NEVER_AT_REST   Never                               Absent, Failed   Keep
 *  5  DRAIN_UNWANTED  Never, outdated or asked to leave,  Ready, Frozen    Drain
 *                     open &gt; 0
 *  6  STOP_UNWANTED   Never, outdated or asked to leave   Starting, Ready, Frozen   Stop
 *  7  STALE_FREEZE    a dependency restarted since,       Frozen           Stop(STALE)
 *                     nobody open
 *  8  FROZEN          nobody open; needed / not           Frozen           Thaw / Keep
 *  8b DOZING          open &gt; 0; roused / not               Frozen           Thaw / Keep
 *  9  STARTING        before / after its deadline         Starting         Keep, waiters may dial a known
 *                                                                          address / Stop(TIMED_OUT)
 *  9b BROKEN          open &gt; 0 at a known address / ended  Broken           Keep, not Ready / Stop(ENDED) /
 *                     by itself, unneeded / else                           Stop(BROKEN)
 * 10  SERVING         needed                              Ready            Keep
 * 10b SILENT          open &gt; 0, nobody waits, OnDemand,   Ready            Doze, if known to be
 *                     silent for doze.after                                calm, else Sound
 * 10c ACCOMPANIED     somebody was connected past the     Ready            Keep; Look now and then
 *                     gate at the last look
 * 11  QUIET           before / after idle timeout and     Ready            Keep / Look, and if nobody was
 *                     minimum uptime, or asked to                          there, Stop(IDLE) or Freeze
 *                     sleep
 * 12  BACKING_OFF     needed, back-off or breaker, not    Failed           Keep; hopeless waiters are refused
 *                     asked to try
 * 13  BLOCKED         needed, a dependency not ready      Absent, Failed   Keep
 * 14  START           needed                              Absent, Failed   Start
 * 15  AT_REST         not needed                          Absent, Failed   Keep; a failure is forgotten after
 *                                                                          the breaker's window
 * </pre>
 *
 * <p><em>roused</em> is what ends a doze: what passes or closes a tunnel, what its watch saw, an
 * upgrade that waits, wanted Always, a dependency that restarted, {@code doze.wakeEvery}, or that
 * {@code sleep} is Doze no more.
 *
 * <p>Pure: no I/O, no clock, no logging.
 */
public final class Decider {
  /** Past the grace period, how much longer a stop may take before waiters are told. */
  static final Duration STOP_SLACK = Duration.ofSeconds(5);

  /** How soon to look again at what could not be observed. */
  static final Duration UNOBSERVABLE_RECHECK = Duration.ofSeconds(1);

  /** How soon to ask again whether it computes, if nobody says so before. */
  static final Duration SOUNDING_RECHECK = Duration.ofSeconds(5);

  /** A tunnel that the workload ended so shortly before its own end was ended by that. */
  static final Duration LAST_BREATH = Duration.ofSeconds(1);

  private final ServiceSpec spec;
  private final Demand demand;
  private final Surroundings around;
  private final Instant now;
  private final Decisions outcomes;

  private Decider(ServiceSpec spec, Demand demand, Surroundings around) {
    this.spec = spec;
    this.demand = demand;
    this.around = around;
    this.now = around.now();
    this.outcomes = new Decisions(spec, around);
  }

  /** The first row of the table that matches. */
  public static Decision decide(
      ServiceSpec spec, Demand demand, Workload workload, Surroundings around) {
    return new Decider(spec, demand, around).decide(workload);
  }

  private Decision decide(Workload workload) {
    return switch (workload) {
      case Unknown unknown -> outcomes.unobservable(unknown.why());
      case Stopping stopping -> stopping(stopping);
      case Draining draining -> draining(draining);
      case Absent _ ->
          outcomes.isNever() ? outcomes.neverAtRest() : wantsStart() ? start() : outcomes.rest();
      case Failed(Failure failure) -> failed(failure);
      case Starting starting -> hasOpen() ? ready(asReady(starting)) : starting(starting);
      case Broken broken -> broken(broken);
      case Ready ready -> ready(ready);
      case Frozen frozen -> frozen(frozen);
    };
  }

  private Decision stopping(Stopping stopping) {
    Instant overdue = stopping.since().plus(outcomes.untilStopIsOverdue());
    if (outcomes.isNever()) {
      return outcomes.stopping(new Waiters.Refuse(outcomes.never()), Optional.empty());
    }
    if (now.isBefore(overdue)) {
      return outcomes.stopping(new Waiters.Hold(), Optional.of(Duration.between(now, overdue)));
    }
    var refusal = Refusal.of(Refusal.Reason.STOPPING, "the previous run has not ended");
    return outcomes.stopping(new Waiters.Refuse(refusal), Optional.empty());
  }

  private Decision draining(Draining draining) {
    Instant over = draining.since().plus(spec.shutdown().drain());
    boolean done = !mayHaveOpen() || !now.isBefore(over);
    Action action = done ? new Action.Stop(draining.reason()) : new Action.Keep();
    Duration recheck = done ? outcomes.untilStopIsOverdue() : Duration.between(now, over);
    return outcomes.draining(Rule.DRAINING, action, recheck);
  }

  private Decision failed(Failure failure) {
    if (outcomes.isNever()) {
      return outcomes.neverAtRest();
    }
    if (!wantsStart()) {
      return outcomes.restAfter(failure);
    }
    boolean early = now.isBefore(failure.nextRetry()) && around.wish() != Wish.TRY;
    return early ? outcomes.backingOff(failure) : start();
  }

  private Decision start() {
    return switch (around.dependencies()) {
      case Dependencies.AllReady _ -> outcomes.start();
      case Dependencies.NotReady(String name) -> outcomes.blocked(name, new Waiters.Hold());
      case Dependencies.Unavailable(String name) -> {
        var detail = "it depends on " + name + ", which is not available";
        var refusal = Refusal.of(Refusal.Reason.DEPENDENCY_FAILED, detail);
        yield outcomes.blocked(name, new Waiters.Refuse(refusal));
      }
    };
  }

  private Decision starting(Starting starting) {
    boolean mayServe = starting.endpoint().isPresent() && mayHaveOpen();
    if (isUnwanted(starting.revision())) {
      return mayServe ? drain() : outcomes.stopUnwanted(retireReason());
    }
    if (now.isBefore(starting.deadline()) || mayServe) {
      return outcomes.starting(starting.endpoint(), starting.deadline());
    }
    return outcomes.timedOut();
  }

  private Decision broken(Broken broken) {
    if (broken.endpoint().isPresent() && mayHaveOpen()) {
      return outcomes.servesOthers(broken);
    }
    return outcomes.stopBroken(isEndOfItsOwn(broken) ? StopReason.ENDED : StopReason.BROKEN);
  }

  /** Whether it left successfully, and under nobody. */
  private boolean isEndOfItsOwn(Broken broken) {
    return broken.succeeded()
        && !isNeeded()
        && demand instanceof Demand.Known known
        && known.abandonedAt().isBefore(broken.since().minus(LAST_BREATH));
  }

  private Decision ready(Ready ready) {
    if (isUnwanted(ready.revision())) {
      return mayHaveOpen() ? drain() : outcomes.stopUnwanted(retireReason());
    }
    if (isNeeded()) {
      return needed(ready);
    }
    return isAccompanied(ready) ? accompanied(ready) : quiet(ready);
  }

  private static boolean isAccompanied(Ready ready) {
    return ready.company().filter(Company::any).isPresent();
  }

  /** Idleness is counted from when the last of them was seen. */
  private Decision accompanied(Ready ready) {
    return isStale(ready) ? outcomes.look(Rule.ACCOMPANIED, ready) : outcomes.accompanied(ready);
  }

  private Decision quiet(Ready ready) {
    Instant left = later(quietSince(), ready.company().map(Company::seen).orElse(Instant.MIN));
    Instant stopAt = later(left.plus(spec.idleTimeout()), ready.since().plus(spec.minimumUptime()));
    if (now.isBefore(stopAt) && around.wish() != Wish.SLEEP) {
      return outcomes.quiet(stopAt, ready.endpoint());
    }
    if (isStale(ready)) {
      return outcomes.look(Rule.QUIET, ready);
    }
    return outcomes.idle(
        spec.sleep() == Sleep.STOP ? new Action.Stop(StopReason.IDLE) : new Action.Freeze());
  }

  private Decision needed(Ready ready) {
    Optional<Instant> dozeAt = dozeAt(ready);
    if (dozeAt.filter(at -> !now.isBefore(at)).isPresent()) {
      return ready.rest().sounded()
          ? outcomes.dozes(Rule.SILENT, new Action.Doze(), spec.doze().wakeEvery().map(now::plus))
          : outcomes.sounds(ready.endpoint());
    }
    return outcomes.serving(hasOpen() ? Reason.SERVING : Reason.IDLE, ready.endpoint(), dozeAt);
  }

  /** When it falls asleep under its clients if none of them is heard before; empty for never. */
  private Optional<Instant> dozeAt(Ready ready) {
    return spec.sleep() == Sleep.DOZE
            && !isAlways()
            && demand instanceof Demand.Known known
            && known.waiting() == 0
            && known.open() > 0
        ? Optional.of(
            later(
                later(known.silentSince(), later(ready.since(), ready.rest().awake()))
                    .plus(spec.doze().after()),
                ready.rest().from()))
        : Optional.empty();
  }

  private boolean isStale(Ready ready) {
    return ready.company().filter(it -> !now.isBefore(it.freshUntil())).isPresent();
  }

  private Decision drain() {
    var drain = new Action.Drain(retireReason());
    return outcomes.draining(Rule.DRAIN_UNWANTED, drain, spec.shutdown().drain());
  }

  private Decision frozen(Frozen frozen) {
    if (isUnwanted(frozen.revision())) {
      return mayHaveOpen() ? drain() : outcomes.stopUnwanted(retireReason());
    }
    if (demand instanceof Demand.Known known && known.open() > 0) {
      return dozing(frozen, known);
    }
    if (frozen.dependencyRestarted() && !mayHaveOpen()) {
      return outcomes.stopStale();
    }
    return isNeeded() ? outcomes.activate(Rule.FROZEN, new Action.Thaw()) : outcomes.staysFrozen();
  }

  private Decision dozing(Frozen frozen, Demand.Known known) {
    Optional<Instant> over = spec.doze().wakeEvery().map(frozen.since()::plus);
    Optional<WakeReason> why =
        known
            .roused()
            .or(frozen::roused)
            .or(() -> whyAwake(frozen, known))
            .or(() -> over.filter(at -> !now.isBefore(at)).map(_ -> WakeReason.TIMER));
    return why.isPresent()
        ? outcomes.activate(Rule.DOZING, new Action.Thaw(why))
        : outcomes.dozes(Rule.DOZING, new Action.Keep(), over);
  }

  /** Why it must be awake, whatever is heard of its clients; empty if it need not be. */
  private Optional<WakeReason> whyAwake(Frozen frozen, Demand.Known known) {
    if (known.waiting() > 0) {
      return Optional.of(WakeReason.UPGRADE);
    }
    if (isAlways()) {
      return Optional.of(
          spec.activation() == Activation.ALWAYS
              ? WakeReason.ALWAYS
              : around.dependentAwake() ? WakeReason.DEPENDENT : WakeReason.WARM);
    }
    if (frozen.dependencyRestarted()) {
      return Optional.of(WakeReason.BROADCAST);
    }
    return spec.sleep() == Sleep.DOZE ? Optional.empty() : Optional.of(WakeReason.DEFINITION);
  }

  private boolean isUnwanted(String revision) {
    return outcomes.isNever() || !revision.equals(spec.revision()) || around.wish() == Wish.LEAVE;
  }

  private StopReason retireReason() {
    return switch (around.presence()) {
      case REMOVED -> StopReason.REMOVED;
      case SHUTTING_DOWN -> StopReason.SHUTDOWN;
      case ELSEWHERE -> StopReason.SERVED_ELSEWHERE;
      case HERE ->
          spec.activation() == Activation.DISABLED
              ? StopReason.DISABLED
              : around.wish() == Wish.LEAVE ? StopReason.REQUESTED : StopReason.OUTDATED;
    };
  }

  private boolean isAlways() {
    return spec.activation() == Activation.ALWAYS
        || around.dependentAwake()
        || around.warmUntil().filter(now::isBefore).isPresent();
  }

  private boolean wantsStart() {
    return isAlways() || (demand instanceof Demand.Known known && known.any());
  }

  private boolean isNeeded() {
    return wantsStart() || demand instanceof Demand.Unknown;
  }

  private boolean hasOpen() {
    return demand instanceof Demand.Known known && known.open() > 0;
  }

  private boolean mayHaveOpen() {
    return hasOpen() || demand instanceof Demand.Unknown;
  }

  private static Ready asReady(Starting starting) {
    return new Ready(starting.since(), starting.revision(), starting.endpoint());
  }

  private Instant quietSince() {
    return switch (demand) {
      case Demand.Known known -> known.quietSince();
      case Demand.Unknown _ -> now;
    };
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }
}
