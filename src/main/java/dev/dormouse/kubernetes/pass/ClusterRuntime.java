package dev.dormouse.kubernetes.pass;

import dev.dormouse.control.WorkloadDriver;
import dev.dormouse.core.Action;
import dev.dormouse.core.Activation;
import dev.dormouse.core.Condition;
import dev.dormouse.core.Demand;
import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Surroundings;
import dev.dormouse.core.Surroundings.Presence;
import dev.dormouse.core.Surroundings.Wish;
import dev.dormouse.core.Waiters;
import dev.dormouse.core.Workload;
import dev.dormouse.gate.Admission;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.ExtraCondition;
import dev.dormouse.kubernetes.status.JsonPatch;
import dev.dormouse.kubernetes.status.ServiceObject;
import dev.dormouse.kubernetes.status.Stake;
import dev.dormouse.kubernetes.status.StatusDocument;
import dev.dormouse.kubernetes.status.StatusDocument.Maker;
import dev.dormouse.kubernetes.status.StatusPatches;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One object on an operator's desk for one pass: its stakes are the demand, its phase and pods the
 * workload, its patches close admission. Used once.
 */
final class ClusterRuntime implements Admission, WorkloadDriver {
  private final StatusSession line;
  private final Scaler crane;
  private final PassMemory memory;
  private final ServiceSpec spec;
  private final Surroundings around;
  private Workloads.View view;
  private boolean moved;
  private Optional<Failure> startFailure = Optional.empty();

  ClusterRuntime(StatusSession line, Scaler crane, ServiceSpec spec, Surroundings around) {
    this.line = line;
    this.crane = crane;
    this.memory = line.memory();
    this.spec = spec;
    this.around = around;
    this.view = crane.view(line.object());
  }

  /** True if a stop or a drain was written: the rest of the status belongs to the next pass. */
  boolean hasMoved() {
    return moved;
  }

  /** Why the start that this pass tried is impossible. */
  Optional<Failure> startFailure() {
    return startFailure;
  }

  StatusDocument status() {
    return line.status();
  }

  /** That a container of its pod which is not the one that serves does not run. */
  Optional<ExtraCondition> aside() {
    return ObservedWorkload.pod(view, status())
        .flatMap(Workloads.Pod::trouble)
        .filter(it -> it.weight() == Workloads.Weight.ASIDE)
        .map(
            it ->
                ExtraCondition.trouble(
                    ExtraCondition.Type.CONTAINER_TROUBLE, "NotRunning", it.toString()));
  }

  /** The pods that are being deleted and have not gone, for people. */
  String lingering() {
    return view.pods().stream()
        .filter(it -> it.deleted() && it.end().isEmpty())
        .map(Workloads.Pod::name)
        .collect(Collectors.joining(", "));
  }

  /** What has happened to its pod and is to be told, as the failure that it is. */
  Optional<Failure> mishap() {
    return memory.mishap().map(it -> failure(it.reason(), it.message()));
  }

  Optional<String> podUid() {
    return ObservedWorkload.pod(view, status()).map(Workloads.Pod::uid);
  }

  @Override
  public Demand demand() {
    Map<String, Stake> stakes = status().stakes().orElseGet(Map::of);
    if (stakes.isEmpty()) {
      Demand.Known quiet = memory.quiet(status());
      return mayBeMissing() ? new Demand.Unknown() : quiet;
    }
    memory.busy();
    int open = status().staked();
    int waiting = (int) stakes.values().stream().filter(it -> it.connections() == 0).count();
    return open == 0 && isLeavingSoon()
        ? new Demand.Unknown()
        : new Demand.Known(waiting, open, around.now());
  }

  private boolean mayBeMissing() {
    return status().stakes().isEmpty() || around.now().isBefore(memory.noStopUntil());
  }

  /** What a stake says of its connections is late: clients to be drained may not be counted yet. */
  private boolean isLeavingSoon() {
    boolean mayServe = status().endpoint().isPresent() || status().phase() == Phase.DRAINING;
    boolean unwanted =
        isNever()
            || around.wish() == Wish.LEAVE
            || ObservedWorkload.pod(view, status())
                .flatMap(Workloads.Pod::revision)
                .filter(it -> !it.equals(spec.revision()))
                .isPresent();
    return mayServe && (unwanted || status().phase() == Phase.DRAINING);
  }

  private boolean isNever() {
    return spec.activation() == Activation.DISABLED || around.presence() != Presence.HERE;
  }

  @Override
  public boolean withdrawIfQuiet(Demand decidedOn) {
    ServiceObject decided = line.object();
    StatusDocument stopping = leaving(Phase.STOPPING, Optional.empty());
    return depart(StopReason.IDLE, StatusPatches.idleStop(decided, stopping));
  }

  /** A pod does not doze: its {@code sleep} is read as Stop. */
  @Override
  public boolean withdrawIfSilent(Demand decidedOn) {
    return false;
  }

  /** Done by the action that follows, which knows its reason. */
  @Override
  public void withdraw() {}

  /** Done by the action that follows. */
  @Override
  public void drain(StopReason reason) {}

  /** Activators read the status. */
  @Override
  public void apply(Waiters waiters) {}

  @Override
  public Workload observe(ServiceId id) {
    return isStopUnfinished()
        ? new Workload.Stopping(moments().leaving(), moments().reason())
        : sighting().workload();
  }

  /** Leaving Stopping takes more than a cache: a late write may still scale to zero. */
  private boolean isStopUnfinished() {
    return status().phase() == Phase.STOPPING
        && (sighting().replicas() > 0 || !memory.hasRestedIn(status().epoch()));
  }

  private ObservedWorkload sighting() {
    return new ObservedWorkload(status(), view, spec, moments(), around.now());
  }

  private ObservedWorkload.Moments moments() {
    return memory.moments(status(), view, around.now());
  }

  @Override
  public void apply(ServiceId id, ServiceSpec of, Action action) {
    switch (action) {
      case Action.Start _ -> start();
      case Action.Drain(StopReason reason) -> force(Phase.DRAINING, reason, Optional.empty());
      case Action.Stop(StopReason reason) -> {
        if (reason != StopReason.IDLE) {
          force(Phase.STOPPING, reason, cause(reason));
        }
      }
      case Action.Keep _,
          Action.Freeze _,
          Action.Sound _,
          Action.Doze _,
          Action.Thaw _,
          Action.Look _,
          Action.Forget _ -> {}
    }
  }

  /**
   * Whoever is about to scale to zero because the phase says Stopping must see that it does not any
   * more: so the phase is left before the replicas come back.
   */
  private void start() {
    boolean leaving = status().phase() == Phase.STOPPING || status().phase() == Phase.DRAINING;
    if (leaving && !leave()) {
      return;
    }
    switch (crane.raise(line.object(), spec)) {
      case ApiResult.Ok<Scale> _ -> view = crane.view(line.object());
      case ApiResult.Rejected<Scale>(String why) ->
          startFailure = Optional.of(failure(FailureReason.SPAWN_FAILED, why));
      case ApiResult.NotFound<Scale> _ ->
          startFailure = Optional.of(failure(FailureReason.SPAWN_FAILED, "no scale target"));
      case ApiResult.Unknown<Scale> _ -> line.fails();
    }
  }

  private Optional<Failure> cause(StopReason reason) {
    if (reason == StopReason.TIMED_OUT) {
      return Optional.of(failure(FailureReason.TIMED_OUT, timeoutMessage()));
    }
    return reason == StopReason.BROKEN && sighting().workload() instanceof Workload.Broken it
        ? Optional.of(failure(it.reason(), it.message()))
        : Optional.empty();
  }

  private String timeoutMessage() {
    var pod = ObservedWorkload.pod(view, status());
    String trouble = pod.flatMap(Workloads.Pod::trouble).map(it -> ": " + it).orElse("");
    return pod.flatMap(Workloads.Pod::running).isPresent()
        ? "not ready within " + spec.startup().timeout().toSeconds() + " s" + trouble
        : "no container ran within " + spec.startup().scheduling().toSeconds() + " s" + trouble;
  }

  private Failure failure(FailureReason reason, String message) {
    var previous = memory.lastFailure(status());
    return Failure.after(previous, reason, message, around.now(), spec.retry());
  }

  /** When what is said to be of no use is to be judged. */
  Optional<Duration> untilVerdict() {
    return sighting()
        .verdict()
        .filter(around.now()::isBefore)
        .map(it -> Duration.between(around.now(), it));
  }

  /** Takes the replicas away once the phase is Stopping, in this pass or an earlier one. */
  void finishStop() {
    if (isStopUnfinished()) {
      crane.lower(line.object());
      view = crane.view(line.object());
      if (isStopUnfinished()) {
        line.fails();
      }
    }
  }

  private void force(Phase phase, StopReason reason, Optional<Failure> failure) {
    StatusDocument next = leaving(phase, failure);
    StatusPatches.write(line.object(), next).ifPresent(patch -> depart(reason, patch));
  }

  private boolean leave() {
    ServiceStatus before = status().toCore();
    var active = new Condition(Condition.Status.FALSE, Condition.Reason.NO_TRAFFIC, "");
    var next =
        new ServiceStatus(
            Phase.DORMANT,
            before.ready(),
            active,
            before.epoch(),
            Optional.empty(),
            before.connections(),
            before.waiting(),
            before.quietSince(),
            Optional.empty(),
            before.lastWake(),
            before.failure());
    return StatusPatches.write(line.object(), status().with(next, maker(around.now())))
        .map(line::patch)
        .orElse(true);
  }

  private boolean depart(StopReason reason, JsonPatch patch) {
    boolean done = line.patch(patch);
    moved |= done;
    if (done) {
      memory.leaves(status(), around.now(), reason);
    }
    return done;
  }

  private StatusDocument leaving(Phase phase, Optional<Failure> failure) {
    ServiceStatus before = memory.unwritten(status()).orElseGet(status()::toCore);
    boolean stops = phase == Phase.STOPPING;
    var active =
        stops
            ? new Condition(Condition.Status.FALSE, Condition.Reason.STOPPING, "")
            : new Condition(Condition.Status.TRUE, Condition.Reason.DRAINING, "");
    // Activators tell their clients by this whether to come back at once or at all.
    var ready =
        isNever()
            ? new Condition(
                Condition.Status.FALSE, active.reason(), "it is not wanted here any more")
            : before.ready();
    var next =
        new ServiceStatus(
            phase,
            ready,
            active,
            stops ? before.epoch() + 1 : before.epoch(),
            Optional.empty(),
            before.connections(),
            before.waiting(),
            before.quietSince(),
            Optional.empty(),
            before.lastWake(),
            failure.or(before::failure));
    return status().with(next, maker(around.now()));
  }

  /** When the pass began. */
  Instant now() {
    return around.now();
  }

  Maker maker(Instant now) {
    return new Maker(now, line.object().generation(), line.region(), podUid(), leavingPods());
  }

  private Set<String> leavingPods() {
    return view.pods().stream()
        .filter(it -> it.deleted() && it.end().isEmpty())
        .map(Workloads.Pod::uid)
        .collect(Collectors.toSet());
  }
}
