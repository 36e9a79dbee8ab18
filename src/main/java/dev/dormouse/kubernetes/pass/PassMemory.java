package dev.dormouse.kubernetes.pass;

import dev.dormouse.core.Demand;
import dev.dormouse.core.Failure;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.StopReason;
import dev.dormouse.kubernetes.pass.Workloads.Pod;
import dev.dormouse.kubernetes.pass.Workloads.View;
import dev.dormouse.kubernetes.status.ServiceObject;
import dev.dormouse.kubernetes.status.StatusDocument;
import java.time.Instant;
import java.util.Optional;

/**
 * What an operator remembers of one object between passes: nothing that may be lost does harm.
 * Times that would, such as since when it has been quiet, begin anew with the operator. Not
 * thread-safe.
 */
public final class PassMemory {
  private final String uid;
  private final Leases leases;
  private Optional<ServiceObject> newest = Optional.empty();
  private Optional<Scale> scale = Optional.empty();
  private Instant noStopUntil;
  private Instant quietNotBefore = Instant.MIN;
  private Optional<Quiet> quiet = Optional.empty();
  private Optional<Leaving> leaving = Optional.empty();
  private Optional<Instant> wanted = Optional.empty();
  private final PodMemory pods = new PodMemory();
  private Optional<Unwritten> unwritten = Optional.empty();
  private Optional<Failure> lastFailure = Optional.empty();
  private long restedEpoch = -1;
  private long lastEpoch;

  private record Quiet(Optional<String> value, Instant since) {}

  private record Leaving(Phase phase, long epoch, Instant since, StopReason reason) {}

  private record Unwritten(Phase phase, long epoch, ServiceStatus status, Instant since) {}

  /**
   * Of an object that is seen for the first time.
   *
   * @param leases tell the time, which goes on while a pass waits for an answer, and how long
   *     activators may need to enter stakes that were lost
   */
  public PassMemory(String uid, Leases leases) {
    this.uid = uid;
    this.leases = leases;
    this.noStopUntil = leases.now().plus(leases.duration());
  }

  boolean isOf(ServiceObject object) {
    return uid.equals(object.uid());
  }

  /** The later one of what is given and what is remembered. */
  ServiceObject newest(ServiceObject object) {
    if (newest.filter(object::isOlderThan).isEmpty()) {
      newest = Optional.of(object);
    }
    lastEpoch = Math.max(lastEpoch, object.status().map(StatusDocument::epoch).orElse(0L));
    return newest.orElse(object);
  }

  /** The object was initialised before now: whoever leaves before stakes are back is not seen. */
  void initialised() {
    noStopUntil = leases.now().plus(leases.duration());
    quietNotBefore = noStopUntil;
  }

  /** Until then what is absent among the stakes may be missing. */
  Instant noStopUntil() {
    return noStopUntil;
  }

  /** Since when there has been no stake, by the own clock. */
  Demand.Known quiet(StatusDocument status) {
    if (quiet.filter(it -> it.value().equals(status.quietSince())).isEmpty()) {
      Instant now = leases.now();
      Instant since = quietNotBefore.isAfter(now) ? quietNotBefore : now;
      quiet = Optional.of(new Quiet(status.quietSince(), since));
    }
    return new Demand.Known(0, 0, quiet.orElseThrow().since());
  }

  /** There are stakes. */
  void busy() {
    quiet = Optional.empty();
  }

  /** The API server's answer about a scale, which the cache may not know yet. */
  void scaled(Scale seen) {
    scale = Optional.of(seen);
  }

  /** The view with the scale replaced if a later one is known. */
  View correct(View view) {
    boolean cacheIsBehind = scale.isPresent() && view.scale().filter(this::isNewest).isEmpty();
    return cacheIsBehind && view.unknown().isEmpty() ? view.withScale(scale) : view;
  }

  /** False of a scale if the API server has answered with a later one. */
  boolean isNewest(Scale cached) {
    return scale
        .filter(
            known ->
                ServiceObject.compareVersions(cached.resourceVersion(), known.resourceVersion())
                    < 0)
        .isEmpty();
  }

  /** The API server itself has shown that this epoch's stop is complete. */
  void restedIn(long epoch) {
    restedEpoch = epoch;
  }

  boolean hasRestedIn(long epoch) {
    return restedEpoch == epoch;
  }

  /** One that no status of this object has had before, as far as is remembered. */
  long newEpoch() {
    return lastEpoch + 1;
  }

  /**
   * True if the last known status was Stopping, and a write that scales to zero may be under way.
   */
  boolean hasUnfinishedStop() {
    return leaving
        .filter(it -> it.phase() == Phase.STOPPING && !hasRestedIn(it.epoch()))
        .isPresent();
  }

  /** A stop or a drain begins in this pass. */
  void leaves(StatusDocument status, Instant now, StopReason reason) {
    leaving = Optional.of(new Leaving(status.phase(), status.epoch(), now, reason));
  }

  /** When what is seen began, as far as this operator has seen it begin. */
  public ObservedWorkload.Moments moments(StatusDocument status, View view, Instant now) {
    Leaving left = leaving(status, now);
    boolean isWanted =
        view.scale().filter(it -> it.replicas() > 0).isPresent()
            && ObservedWorkload.pod(view, status).flatMap(Pod::running).isEmpty();
    wanted = isWanted ? wanted.or(() -> Optional.of(now)) : Optional.empty();
    if (view.unknown().isEmpty()) {
      pods.see(status, view, now);
    }
    return new ObservedWorkload.Moments(
        wanted.orElse(now),
        pods.unready(),
        left.since(),
        left.reason(),
        pods.run(),
        pods.ended(),
        pods.complaint());
  }

  /** What has happened to its pod without being the end of its awake period, and is to be told. */
  public Optional<PodMemory.Mishap> mishap() {
    return pods.mishap();
  }

  /** This need not be told any more. */
  public void told(PodMemory.Mishap mishap) {
    pods.told(mishap);
  }

  private Leaving leaving(StatusDocument status, Instant now) {
    Leaving known =
        leaving
            .filter(it -> it.phase() == status.phase() && it.epoch() == status.epoch())
            .orElseGet(() -> new Leaving(status.phase(), status.epoch(), now, StopReason.OUTDATED));
    leaving = Optional.of(known);
    return known;
  }

  /** What the last pass has found, if it was not worth a write yet and still applies. */
  Optional<ServiceStatus> unwritten(StatusDocument status) {
    return unwritten
        .filter(it -> it.phase() == status.phase() && it.epoch() == status.epoch())
        .map(Unwritten::status);
  }

  /** A status that need not be written yet; returns since when there has been one. */
  Instant defer(StatusDocument base, ServiceStatus status, Instant now) {
    Instant since =
        unwritten
            .filter(it -> it.phase() == base.phase() && it.epoch() == base.epoch())
            .map(Unwritten::since)
            .orElse(now);
    unwritten = Optional.of(new Unwritten(base.phase(), base.epoch(), status, since));
    return since;
  }

  void written() {
    unwritten = Optional.empty();
  }

  /** The last failure of this object, also after it was ready again. */
  Optional<Failure> lastFailure(StatusDocument status) {
    lastFailure = status.failure().or(() -> lastFailure);
    return lastFailure;
  }
}
