package dev.dormouse.kubernetes.stake;

import dev.dormouse.core.FailureReason;
import dev.dormouse.kubernetes.status.ActivatorId;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.JsonPatch;
import dev.dormouse.kubernetes.status.ServiceObject;
import dev.dormouse.kubernetes.status.Stake;
import dev.dormouse.kubernetes.status.StatusDocument;
import dev.dormouse.kubernetes.status.StatusPatches;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What one activator knows of one object and of its own stake in it. Not thread-safe.
 *
 * <p>A stake stands from the moment at which the object is seen with it until its own activator
 * sends its removal: nobody else removes the stake of a living activator. A removal of which nobody
 * knows whether it has landed may land at any time, but only on the {@code seq} that it names. So a
 * stake with a later one stands again.
 */
public class StakeLedger {
  private final ActivatorId me;
  private Optional<ServiceObject> object = Optional.empty();
  private boolean gone;
  private boolean doubtful;
  private long seq;

  /** Removals may be under way for stakes up to this one. */
  private long removing;

  private Optional<ServiceObject> asked = Optional.empty();
  private Instant written = Instant.MIN;
  private boolean voided;
  private Optional<Stake.Complaint> complaint = Optional.empty();

  /** That of an activator that has entered nothing. */
  public StakeLedger(ActivatorId me) {
    this.me = me;
  }

  Optional<ServiceObject> object() {
    return object;
  }

  /** The newest status that was seen. */
  public Optional<StatusDocument> status() {
    return object.flatMap(ServiceObject::status);
  }

  boolean isGone() {
    return gone;
  }

  /** True if the object has to be read before anything is written. */
  boolean isDoubtful() {
    return doubtful && object.isPresent();
  }

  boolean isInitialised() {
    return !gone && status().filter(StatusDocument::isInitialised).isPresent();
  }

  /** True if a stake of this process is in the object. */
  public boolean isEntered() {
    return entry().isPresent();
  }

  /** True if connections may rely on the own stake. */
  public boolean stands() {
    return entry().filter(it -> it.seq() > removing).isPresent();
  }

  /** How many connections the own stake tells of. */
  int connections() {
    return entry().map(Stake::connections).orElse(0);
  }

  /** The pod whose address may be dialled now is of no use. */
  public void complain(FailureReason reason) {
    complaint = dialled().map(pod -> new Stake.Complaint(reason, pod));
  }

  private Optional<String> dialled() {
    return status()
        .flatMap(it -> it.endpoint().filter(to -> to.epoch() == it.epoch()))
        .map(StatusDocument.Published::podUid)
        .filter(it -> !it.isEmpty());
  }

  /** True if the own stake does not tell yet what is wrong with this pod. */
  boolean hasComplaint() {
    return complaint.isPresent()
        && complaint.map(Stake.Complaint::pod).equals(dialled())
        && !entry().flatMap(Stake::complaint).equals(complaint);
  }

  /** True if the own stake tells of something that is wrong. */
  boolean complains() {
    return entry().flatMap(Stake::complaint).isPresent();
  }

  /**
   * True if another activator says of the pod whose address may be dialled that it is of no use.
   */
  boolean isDisputed() {
    Optional<String> pod = dialled();
    return pod.isPresent()
        && status().flatMap(StatusDocument::stakes).orElseGet(Map::of).values().stream()
            .anyMatch(
                it ->
                    !it.session().equals(me.session())
                        && it.complaint().map(Stake.Complaint::pod).equals(pod));
  }

  /** When a stake was last written. */
  Instant written() {
    return written;
  }

  private Optional<Stake> entry() {
    return status()
        .flatMap(StatusDocument::stakes)
        .map(stakes -> stakes.get(me.key()))
        .filter(it -> it.session().equals(me.session()));
  }

  /** Takes an object in unless a later one is known. */
  void learn(ServiceObject seen) {
    if (isNews(seen)) {
      boolean stood = stands();
      object = Optional.of(seen);
      gone = false;
      voided |= stood && !isEntered();
    }
  }

  /** True, once, if somebody else has removed a stake that stood. */
  boolean takeVoided() {
    boolean was = voided;
    voided = false;
    return was;
  }

  /** The object is gone unless a later one is known. */
  void forget(ServiceObject last) {
    if (isNews(last) || object.filter(it -> it.uid().equals(last.uid())).isPresent()) {
      object = Optional.of(last);
      gone = true;
    }
  }

  private boolean isNews(ServiceObject seen) {
    return object
        .filter(
            it ->
                ServiceObject.compareVersions(seen.resourceVersion(), it.resourceVersion())
                    < (gone ? 1 : 0))
        .isEmpty();
  }

  JsonPatch stake(int connections) {
    return StatusPatches.stake(object.orElseThrow(), me, next(connections));
  }

  JsonPatch refresh(int connections) {
    Stake old = entry().orElseThrow();
    return StatusPatches.refresh(object.orElseThrow(), me, old, next(connections));
  }

  /** From here on the stake does not stand. */
  JsonPatch unstake(Instant quietSince) {
    Stake stake = entry().orElseThrow();
    removing = Math.max(removing, stake.seq());
    return StatusPatches.unstake(object.orElseThrow(), me, stake, quietSince.toString());
  }

  private Stake next(int connections) {
    complaint =
        complaint.filter(
            it -> connections == 0 && dialled().filter(pod -> !pod.equals(it.pod())).isEmpty());
    return new Stake(me.session(), ++seq, connections, complaint);
  }

  /** A request is being sent. */
  void asks() {
    asked = object;
  }

  /** A stake was written at this time. */
  void wrote(Instant time) {
    written = time;
  }

  /** Takes the answer to a request in. */
  public void answered(ApiResult<ServiceObject> outcome) {
    switch (outcome) {
      case ApiResult.Ok<ServiceObject>(ServiceObject seen) -> {
        doubtful = false;
        learn(seen);
      }
      case ApiResult.NotFound<ServiceObject> _ -> {
        // Another object may have got its name since the answer was given.
        gone = asked.equals(object);
        doubtful = !gone;
      }
      case ApiResult.Rejected<ServiceObject> _, ApiResult.Unknown<ServiceObject> _ ->
          doubtful = true;
    }
  }
}
