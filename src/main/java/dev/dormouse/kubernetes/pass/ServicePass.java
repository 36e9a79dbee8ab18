package dev.dormouse.kubernetes.pass;

import dev.dormouse.control.ServiceReconciler;
import dev.dormouse.core.Condition;
import dev.dormouse.core.Decision;
import dev.dormouse.core.Failure;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.Surroundings;
import dev.dormouse.core.Surroundings.Wish;
import dev.dormouse.kubernetes.status.ExtraCondition;
import dev.dormouse.kubernetes.status.HeldRoute;
import dev.dormouse.kubernetes.status.ServiceObject;
import dev.dormouse.kubernetes.status.StatusDocument;
import dev.dormouse.kubernetes.status.StatusPatches;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.stream.Stream;

/**
 * The passes of one operator over one service. Each runs the shared {@link ServiceReconciler} over
 * the object, its stakes and its pods, finishes what an earlier stop has begun, and writes the
 * status if it has changed. Not thread-safe: one pass at a time.
 */
public final class ServicePass {
  /** How long a waking service may go without its phase saying so, until it has an address. */
  static final Duration ADDRESS_SOON = Duration.ofSeconds(2);

  private static final Duration AFTER_CONFLICT = Duration.ofMillis(50);
  private static final Duration AFTER_SILENCE = Duration.ofSeconds(1);
  private static final int MAX_DOUBLINGS = 5;

  private final Tools tools;
  private final StakeOwners claimants;
  private Optional<PassMemory> memory = Optional.empty();
  private int silences;

  /**
   * What all passes of an operator share.
   *
   * @param region where it runs, for people
   */
  public record Tools(
      OperatorApi api,
      Workloads workloads,
      Activators activators,
      Leases leases,
      Optional<String> region) {}

  /**
   * The outcome of a pass.
   *
   * @param object as it is now, as far as is known
   * @param before and after, for events and metrics
   * @param decision empty if the pass did not get so far
   * @param aside what is the matter with a container of its pod that is not the one that serves
   * @param recheckAfter when to run the next one if nothing happens before
   */
  public record Result(
      ServiceObject object,
      ServiceStatus before,
      ServiceStatus after,
      Optional<Decision> decision,
      Optional<ExtraCondition> aside,
      Optional<Duration> recheckAfter) {}

  /**
   * What has been decided or found out besides a pass.
   *
   * @param flaw why this one is not Ready, whatever a pass finds
   * @param doubt why it is not Ready if a pass finds no reason
   * @param held the routes that it has; empty if that is not known, and they stay as they are
   * @param marks the conditions besides Ready and Active
   * @param wish what people ask by hand of an awake period
   */
  public record Settled(
      Optional<Condition> flaw,
      Optional<Condition> doubt,
      Optional<List<HeldRoute>> held,
      List<ExtraCondition> marks,
      LongFunction<Wish> wish) {
    private StatusDocument on(StatusDocument status, Instant now, Optional<ExtraCondition> more) {
      StatusDocument marked =
          status.withMarks(
              Stream.concat(marks.stream(), more.stream()).toList(),
              now,
              status.observedGeneration());
      return held.map(marked::withHeld).orElse(marked);
    }

    private ServiceStatus on(ServiceStatus found) {
      boolean ready = found.ready().status() == Condition.Status.TRUE;
      return flaw.or(() -> doubt.filter(_ -> ready)).map(found::unready).orElse(found);
    }
  }

  /** Passes over a service that has not been seen yet. */
  public ServicePass(Tools tools) {
    this.tools = tools;
    this.claimants = new StakeOwners(tools.activators(), tools.leases());
  }

  /**
   * Runs a pass.
   *
   * @param cached the object, which may be out of date
   * @param around with the time of the operator's clock, which does not jump
   */
  public Result run(ServiceObject cached, ServiceSpec spec, Surroundings around) {
    return run(
        cached, spec, around, new Settled(none(), none(), none(), List.of(), _ -> Wish.NONE));
  }

  /**
   * Runs a pass over an object of which others have decided something.
   *
   * @param spec what it goes on as
   */
  public Result run(ServiceObject cached, ServiceSpec spec, Surroundings around, Settled settled) {
    Instant now = around.now();
    PassMemory known = remember(cached);
    var line = new StatusSession(tools.api(), known, tools.region(), known.newest(cached));
    if (!line.status().isInitialised() && !initialise(line, settled, now)) {
      var status = line.status().toCore();
      return result(line, new Result(line.object(), status, status, none(), none(), none()));
    }
    dropStakes(line, now);
    Surroundings asked = around.wishing(settled.wish().apply(line.status().epoch()));
    var desk =
        new ClusterRuntime(line, new Scaler(tools.api(), tools.workloads(), known), spec, asked);
    ServiceStatus before = status(line);
    desk.finishStop();
    var pass = new ServiceReconciler(desk).reconcile(cached.id(), spec, desk, status(line), asked);
    desk.finishStop();
    ServiceStatus found =
        desk.hasMoved() ? status(line) : explained(desk, found(desk, pass.status()));
    ServiceStatus after = settled.on(found);
    var deferred =
        line.hasFailed() || desk.hasMoved()
            ? ServicePass.<Duration>none()
            : write(line, desk, after, settled);
    var recheck =
        Stream.of(pass.recheckAfter(), deferred, whenSuspect(line, now), desk.untilVerdict())
            .flatMap(Optional::stream)
            .min(Duration::compareTo);
    var decision = Optional.of(pass.decision());
    return result(line, new Result(line.object(), before, after, decision, desk.aside(), recheck));
  }

  /** As it was left by the last pass or the last write. */
  private static ServiceStatus status(StatusSession line) {
    return line.memory().unwritten(line.status()).orElseGet(line.status()::toCore);
  }

  private static ServiceStatus found(ClusterRuntime desk, ServiceStatus status) {
    boolean awake = status.phase() == Phase.WAKING || status.phase() == Phase.ACTIVE;
    return desk.startFailure()
        .map(it -> failed(status, it))
        .or(() -> desk.mishap().filter(_ -> awake).map(status::withFailure))
        .orElse(status);
  }

  /** A pod whose kubelet is away is being deleted for ever. */
  private static ServiceStatus explained(ClusterRuntime desk, ServiceStatus found) {
    Condition ready = found.ready();
    String pods = desk.lingering();
    boolean overdue =
        ready.status() == Condition.Status.FALSE
            && ready.reason() == Condition.Reason.STOPPING
            && found.phase() == Phase.STOPPING
            && !pods.isEmpty();
    return overdue
        ? found.unready(
            new Condition(
                ready.status(),
                ready.reason(),
                ready.message() + ": " + pods + " is being deleted; does its node answer?"))
        : found;
  }

  private PassMemory remember(ServiceObject cached) {
    PassMemory known =
        memory
            .filter(it -> it.isOf(cached))
            .orElseGet(() -> new PassMemory(cached.uid(), tools.leases()));
    memory = Optional.of(known);
    return known;
  }

  private Duration lease() {
    return tools.leases().duration();
  }

  /** A stop that was under way when the status was lost goes on: its writes may land late. */
  private boolean initialise(StatusSession line, Settled settled, Instant now) {
    var ready = new Condition(Condition.Status.TRUE, Condition.Reason.AVAILABLE, "");
    var active = new Condition(Condition.Status.FALSE, Condition.Reason.NO_TRAFFIC, "");
    var first =
        new ServiceStatus(
            line.memory().hasUnfinishedStop() ? Phase.STOPPING : Phase.DORMANT,
            ready,
            active,
            line.memory().newEpoch(),
            none(),
            0,
            0,
            none(),
            none(),
            none(),
            none());
    var maker =
        new StatusDocument.Maker(now, line.object().generation(), tools.region(), none(), Set.of());
    var document = StatusDocument.blank().with(first, maker).withStakes(Map.of(), now.toString());
    boolean done = line.patch(StatusPatches.init(line.object(), settled.on(document, now, none())));
    line.memory().initialised();
    return done;
  }

  /** Removes the stakes of processes that are gone. */
  private void dropStakes(StatusSession line, Instant now) {
    line.status()
        .stakes()
        .orElseGet(Map::of)
        .forEach(
            (key, stake) -> {
              if (claimants.isGone(key, stake)) {
                line.patch(StatusPatches.voidStake(line.object(), key, stake, now.toString()));
              }
            });
  }

  /** When a stake may turn out to belong to nobody, or quiet may be believed. */
  private Optional<Duration> whenSuspect(StatusSession line, Instant now) {
    boolean none = line.status().stakes().filter(Map::isEmpty).isPresent();
    if (!none) {
      return Optional.of(lease());
    }
    Instant until = line.memory().noStopUntil();
    return now.isBefore(until) ? Optional.of(Duration.between(now, until)) : none();
  }

  /** Writes what has changed; returns when to look again if that was put off. */
  private Optional<Duration> write(
      StatusSession line, ClusterRuntime desk, ServiceStatus after, Settled settled) {
    Instant now = desk.now();
    StatusDocument base = line.status();
    boolean wakes =
        after.phase() == Phase.WAKING && !base.phase().isAwake() && after.endpoint().isEmpty();
    if (wakes) {
      Instant due = line.memory().defer(base, after, now).plus(ADDRESS_SOON);
      if (now.isBefore(due)) {
        return Optional.of(Duration.between(now, due));
      }
    }
    var told = line.memory().mishap();
    boolean done =
        StatusPatches.write(
                line.object(), settled.on(base.with(after, desk.maker(now)), now, desk.aside()))
            .map(line::patch)
            .orElse(true);
    if (done) {
      line.memory().written();
      told.ifPresent(line.memory()::told);
    }
    return none();
  }

  private static ServiceStatus failed(ServiceStatus status, Failure failure) {
    var unready =
        new Condition(Condition.Status.FALSE, Condition.Reason.START_FAILED, failure.message());
    return new ServiceStatus(
        Phase.FAILED,
        unready,
        unready,
        status.epoch(),
        none(),
        status.connections(),
        status.waiting(),
        status.quietSince(),
        none(),
        status.lastWake(),
        Optional.of(failure));
  }

  private Result result(StatusSession line, Result found) {
    silences = line.isSilent() ? silences + 1 : 0;
    Optional<Duration> again =
        line.isSilent()
            ? Optional.of(AFTER_SILENCE.multipliedBy(1L << Math.min(silences - 1, MAX_DOUBLINGS)))
            : line.hasFailed() ? Optional.of(AFTER_CONFLICT) : found.recheckAfter();
    return new Result(
        line.object(), found.before(), found.after(), found.decision(), found.aside(), again);
  }

  private static <T> Optional<T> none() {
    return Optional.empty();
  }
}
