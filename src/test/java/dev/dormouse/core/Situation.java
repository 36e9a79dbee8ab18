package dev.dormouse.core;

import dev.dormouse.core.Surroundings.Dependencies;
import dev.dormouse.core.Surroundings.Presence;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Everything that one decision is made from, in the words of a test. Immutable. */
record Situation(ServiceSpec spec, Demand demand, Workload workload, Surroundings around) {
  static final Instant NOW = MutableClock.START;
  static final Duration TICK = Duration.ofNanos(1);
  static final Endpoint ADDRESS = new Endpoint("127.0.0.1", 28080);

  /** Nobody came for an hour, nothing runs, nothing is special. */
  static Situation given(Specs specs) {
    return new Situation(
        specs.build(),
        new Demand.Known(0, 0, NOW.minus(Duration.ofHours(1))),
        new Workload.Absent(),
        Surroundings.plain(NOW));
  }

  static Situation onDemand() {
    return given(Specs.onDemand());
  }

  Decision decide() {
    return Decider.decide(spec, demand, workload, around);
  }

  Situation waiting(int count) {
    return demand(new Demand.Known(count, 0, NOW));
  }

  Situation open(int count) {
    return demand(new Demand.Known(0, count, NOW));
  }

  Situation quietFor(Duration time) {
    return demand(new Demand.Known(0, 0, NOW.minus(time)));
  }

  Situation unknownDemand() {
    return demand(new Demand.Unknown());
  }

  Situation demand(Demand newDemand) {
    return new Situation(spec, newDemand, workload, around);
  }

  Situation starting(Duration age) {
    return starting(age, Optional.empty());
  }

  Situation startingAtAddress(Duration age) {
    return starting(age, Optional.of(ADDRESS));
  }

  private Situation starting(Duration age, Optional<Endpoint> endpoint) {
    Instant since = NOW.minus(age);
    Instant deadline = since.plus(spec.startup().timeout());
    return with(new Workload.Starting(since, deadline, "1", endpoint));
  }

  /** It accepts connections, but does not answer. */
  Situation deaf() {
    var why = FailureReason.DEAF;
    return with(new Workload.Broken(NOW, Optional.of(ADDRESS), false, why, "does not answer"));
  }

  /** It has ended by itself. */
  Situation ended(boolean succeeded) {
    var why = FailureReason.CRASHED;
    return with(new Workload.Broken(NOW, Optional.empty(), succeeded, why, "exited"));
  }

  Situation ready(Duration age) {
    return with(new Workload.Ready(NOW.minus(age), "1", Optional.of(ADDRESS)));
  }

  /** The same, after a look at who is connected past the gate. */
  Situation company(Company company) {
    return with(
        workload instanceof Workload.Ready it
            ? new Workload.Ready(
                it.since(), it.revision(), it.endpoint(), Optional.of(company), it.rest())
            : workload);
  }

  Situation frozen(boolean dependencyRestarted) {
    return with(new Workload.Frozen(NOW.minusSeconds(60), "1", dependencyRestarted));
  }

  /** Open tunnels through which nothing but heartbeats has passed for so long. */
  Situation silentFor(Duration time) {
    return silentFor(time, Optional.empty());
  }

  /** The same, and then something came. */
  Situation silentUntil(WakeReason why) {
    return silentFor(Duration.ZERO, Optional.of(why));
  }

  private Situation silentFor(Duration time, Optional<WakeReason> roused) {
    return demand(new Demand.Known(0, 3, NOW, Instant.MIN, NOW.minus(time), roused));
  }

  /** Asleep for so long; under whom, the demand says. */
  Situation frozenFor(Duration time, Optional<WakeReason> roused) {
    return with(new Workload.Frozen(NOW.minus(time), "1", false, roused));
  }

  Situation draining(Duration age, StopReason reason) {
    return with(new Workload.Draining(NOW.minus(age), reason));
  }

  Situation stopping(Duration age) {
    return with(new Workload.Stopping(NOW.minus(age), StopReason.IDLE));
  }

  /** The start failed {@code ago}, and the next one is tried {@code pause} after that. */
  Situation failed(Duration ago, Duration pause) {
    Instant at = NOW.minus(ago);
    var failure = new Failure(FailureReason.EXITED, "exit 1", 1, at, at.plus(pause));
    return with(new Workload.Failed(failure));
  }

  Situation with(Workload newWorkload) {
    return new Situation(spec, demand, newWorkload, around);
  }

  /** What runs was started from another definition. */
  Situation outdated() {
    return with(
        switch (workload) {
          case Workload.Starting w ->
              new Workload.Starting(w.since(), w.deadline(), "0", w.endpoint());
          case Workload.Ready w ->
              new Workload.Ready(w.since(), "0", w.endpoint(), w.company(), w.rest());
          case Workload.Frozen w ->
              new Workload.Frozen(w.since(), "0", w.dependencyRestarted(), w.roused());
          case Workload.Unknown w -> w;
          case Workload.Absent w -> w;
          case Workload.Broken w -> w;
          case Workload.Draining w -> w;
          case Workload.Stopping w -> w;
          case Workload.Failed w -> w;
        });
  }

  Situation presence(Presence presence) {
    return around(
        new Surroundings(
            around.now(),
            presence,
            around.dependencies(),
            around.dependentAwake(),
            around.warmUntil(),
            around.nextWarm()));
  }

  Situation dependencies(Dependencies dependencies) {
    return around(
        new Surroundings(
            around.now(),
            around.presence(),
            dependencies,
            around.dependentAwake(),
            around.warmUntil(),
            around.nextWarm()));
  }

  Situation dependentAwake() {
    return around(
        new Surroundings(
            around.now(),
            around.presence(),
            around.dependencies(),
            true,
            around.warmUntil(),
            around.nextWarm()));
  }

  Situation warmFor(Duration time) {
    return warm(Optional.of(NOW.plus(time)), around.nextWarm());
  }

  Situation nextWarmIn(Duration time) {
    return warm(around.warmUntil(), Optional.of(NOW.plus(time)));
  }

  /** The same after a while in which nothing happened but that warm windows began and ended. */
  Situation later(Duration by) {
    Instant then = around.now().plus(by);
    boolean begun = around.nextWarm().filter(start -> !start.isAfter(then)).isPresent();
    var until = begun ? Optional.of(then.plus(Duration.ofDays(365))) : around.warmUntil();
    var next = begun ? Optional.<Instant>empty() : around.nextWarm();
    var moved =
        new Surroundings(
            then, around.presence(), around.dependencies(), around.dependentAwake(), until, next);
    return around(moved.wishing(around.wish()));
  }

  /** Somebody asks for it by hand. */
  Situation asked(Surroundings.Wish wish) {
    return around(around.wishing(wish));
  }

  private Situation warm(Optional<Instant> until, Optional<Instant> next) {
    return around(
        new Surroundings(
            around.now(),
            around.presence(),
            around.dependencies(),
            around.dependentAwake(),
            until,
            next));
  }

  Situation around(Surroundings newAround) {
    return new Situation(spec, demand, workload, newAround);
  }
}
