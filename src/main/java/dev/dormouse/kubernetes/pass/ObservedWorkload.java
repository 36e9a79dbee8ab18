package dev.dormouse.kubernetes.pass;

import dev.dormouse.core.Activation;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Workload;
import dev.dormouse.kubernetes.pass.Workloads.Cause;
import dev.dormouse.kubernetes.pass.Workloads.Exit;
import dev.dormouse.kubernetes.pass.Workloads.Pod;
import dev.dormouse.kubernetes.pass.Workloads.Trouble;
import dev.dormouse.kubernetes.pass.Workloads.Weight;
import dev.dormouse.kubernetes.status.Stake;
import dev.dormouse.kubernetes.status.StatusDocument;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;

/**
 * What a status and the pods below it amount to. The first row that matches:
 *
 * <pre>
 * any                   pods cannot be told      Unknown
 * Stopping, Draining    replicas 0, no pods      Absent, or Failed with the status' failure
 * Stopping              else                     Stopping
 * Draining              else                     Draining
 * else                  replicas 0, no pods      Absent, or Failed with the status' failure
 * else                  replicas 0               Stopping
 * else                  the last pod has ended   Broken
 *                       by itself
 * else                  no pod, and none can     Broken
 *                       be made
 * else                  no pod                   Starting, scheduling
 * else                  said to be of no use     Broken, or Starting while it may still boot
 * else                  serves                   Ready
 * else                  its container ended      Broken
 *                       before it served, or is
 *                       blocked
 * else                  it ended with 0 after    Broken, with success
 *                       it served, under nobody
 * else                  not running              Starting, scheduling
 * else                  running                  Starting
 * </pre>
 *
 * It serves if it is Ready, if a stake tells of connections, or if this run of its container has
 * had some: as long as it was never Ready, and after that as long as there is a stake.
 *
 * <p>What is Starting has an endpoint as soon as it has an IP, if it may be dialled before it is
 * Ready: a kubelet may tell of a container that runs a second later than it listens.
 *
 * <p>A pod that has ended does not exist; one with a deletionTimestamp counts only while there is
 * no other, and not at all after a stop for idleness if its successor need not wait.
 *
 * @param moments when what is seen began
 * @param now by the operator's clock
 */
public record ObservedWorkload(
    StatusDocument status, Workloads.View view, ServiceSpec spec, Moments moments, Instant now) {
  /**
   * Beginnings in the operator's own clock.
   *
   * @param wanted since when there is a replica and no container running
   * @param unready since when the pod, which has been Ready before, is not
   * @param leaving since when the phase is Draining or Stopping
   * @param reason of that
   * @param run what is remembered of the pod
   * @param ended the pod that has ended by itself since the last start, if there is one
   * @param complaint that the pod is of no use, uncontradicted
   */
  record Moments(
      Instant wanted,
      Optional<Instant> unready,
      Instant leaving,
      StopReason reason,
      Run run,
      Optional<Ended> ended,
      Optional<Complaint> complaint) {}

  /**
   * The runs of a pod's container, counted by its restarts.
   *
   * @param served the last that served; -1 if none has
   * @param connected the last that had connections; -1 if none has
   */
  record Run(int served, int connected) {
    static final Run NONE = new Run(-1, -1);
  }

  /** A pod that has ended, after it served or before. */
  record Ended(Cause cause, boolean served) {
    @Override
    public String toString() {
      return "the pod ended " + (served ? "while it served: " : "before it was ready: ") + cause;
    }

    FailureReason reason() {
      return served ? FailureReason.CRASHED : FailureReason.EXITED;
    }
  }

  /** A stake says so since then. */
  record Complaint(FailureReason reason, Instant since) {}

  /** So long others have to say that the pod serves them. */
  public static final Duration CONTRADICTION = Duration.ofSeconds(3);

  /** What stakes say of their connections is so late. */
  static final Duration LATENESS = Stake.REFRESH.plusSeconds(2);

  /** The same in the words of the core. */
  public Workload workload() {
    if (view.unknown().isPresent()) {
      return new Workload.Unknown(view.unknown().get());
    }
    boolean nothing = replicas() == 0 && view.pods().stream().noneMatch(this::isThere);
    if (nothing) {
      return status.failure().<Workload>map(Workload.Failed::new).orElseGet(Workload.Absent::new);
    }
    if (status.phase() == Phase.STOPPING || (replicas() == 0 && status.phase() != Phase.DRAINING)) {
      return new Workload.Stopping(moments.leaving(), moments.reason());
    }
    if (status.phase() == Phase.DRAINING) {
      return new Workload.Draining(moments.leaving(), moments.reason());
    }
    return awake();
  }

  private Workload awake() {
    Optional<Pod> pod = pod(view, status);
    if (pod.filter(this::isServing).isPresent()) {
      return running(pod.get());
    }
    return moments
        .ended()
        .<Workload>map(it -> broken(it.reason(), it.toString())) // another pod would do the same
        .or(() -> pod.map(this::running))
        .or(this::refusal)
        .orElseGet(() -> scheduling(spec.revision(), Optional.empty()));
  }

  int replicas() {
    return view.scale().map(Scale::replicas).orElse(0);
  }

  private boolean isThere(Pod pod) {
    boolean rests =
        switch (status.phase()) {
          case STOPPING -> moments.reason() == StopReason.IDLE;
          case DORMANT, FAILED, DISABLED -> true;
          case WAKING, ACTIVE, DOZING, DRAINING -> false;
        };
    return pod.end().isEmpty() && !(pod.deleted() && view.succession() && rests);
  }

  /** The pod that counts: of those that are alike the one that is dialled, then the youngest. */
  static Optional<Pod> pod(Workloads.View view, StatusDocument status) {
    String dialled = status.endpoint().map(StatusDocument.Published::podUid).orElse("");
    return view.pods().stream()
        .filter(Pod::isLive)
        .max(
            Comparator.<Pod, Boolean>comparing(pod -> pod.ready().isPresent())
                .thenComparing(pod -> pod.ip().isPresent())
                .thenComparing(pod -> pod.uid().equals(dialled))
                .thenComparing(Pod::created)
                .thenComparing(Pod::uid));
  }

  /** True if clients may be connected to a pod that others have begun to delete. */
  static boolean isLeft(Workloads.View view) {
    return view.pods().stream().anyMatch(it -> it.deleted() && it.end().isEmpty());
  }

  private Workload running(Pod pod) {
    return moments
        .complaint()
        .filter(it -> !now.isBefore(it.since().plus(CONTRADICTION)))
        .map(it -> useless(pod, it))
        .orElseGet(() -> isServing(pod) ? ready(pod) : trouble(pod).orElseGet(() -> boots(pod)));
  }

  private Workload ready(Pod pod) {
    Instant since = pod.ready().or(pod::running).orElse(moments.wanted());
    return new Workload.Ready(since, revision(pod), endpoint(pod));
  }

  private Workload boots(Pod pod) {
    boolean mayBeDialled = spec.startup().probePath().isEmpty();
    Optional<Endpoint> endpoint = mayBeDialled ? endpoint(pod) : Optional.empty();
    if (pod.running().isEmpty()) {
      return scheduling(revision(pod), endpoint);
    }
    Instant running = pod.running().get();
    Instant since = moments.unready().filter(running::isBefore).orElse(running);
    Duration late = endpoint.isPresent() && isStaked() ? LATENESS : Duration.ZERO;
    Instant deadline = since.plus(spec.startup().timeout()).plus(late);
    return new Workload.Starting(since, deadline, revision(pod), endpoint);
  }

  private String revision(Pod pod) {
    return pod.revision().orElse(spec.revision());
  }

  private boolean isServing(Pod pod) {
    boolean provenRun = pod.running().isPresent() && moments.run().connected() == pod.restarts();
    boolean keptRun = provenRun && (moments.unready().isEmpty() || isStaked());
    boolean connected = status.staked() > 0 && !isLeft(view);
    return pod.ready().isPresent() || (pod.ip().isPresent() && (connected || keptRun));
  }

  private boolean isStaked() {
    return status.stakes().filter(it -> !it.isEmpty()).isPresent();
  }

  private Workload scheduling(String revision, Optional<Endpoint> endpoint) {
    Instant since = moments.wanted();
    return new Workload.Starting(
        since, since.plus(spec.startup().scheduling()), revision, endpoint);
  }

  private Optional<Endpoint> endpoint(Pod pod) {
    return spec.port().isPresent()
        ? pod.ip().map(ip -> new Endpoint(ip, spec.port().getAsInt()))
        : Optional.empty();
  }

  /** When a pod that is said to be of no use counts as that, unless somebody contradicts. */
  Optional<Instant> verdict() {
    return moments.complaint().map(it -> it.since().plus(CONTRADICTION));
  }

  /** Whose address refuses may still be booting: Ready says nothing of a pod without a probe. */
  private Workload useless(Pod pod, Complaint complaint) {
    boolean refuses = complaint.reason() == FailureReason.UNREACHABLE;
    Instant running = pod.running().orElse(now);
    boolean mayBoot =
        moments.run().connected() < pod.restarts()
            && now.isBefore(running.plus(spec.startup().timeout()));
    if (refuses && mayBoot) {
      return trouble(pod).orElseGet(() -> boots(pod));
    }
    String message =
        refuses
            ? "it runs, but nobody accepts connections at its address any more"
            : "it accepts connections but does not answer";
    return new Workload.Broken(now, endpoint(pod), false, complaint.reason(), message);
  }

  private Optional<Workload> refusal() {
    return view.refusal()
        .map(it -> broken(FailureReason.SPAWN_FAILED, "no pod can be made: " + it));
  }

  private Optional<Workload> trouble(Pod pod) {
    Optional<Trouble> blocked = pod.trouble().filter(it -> it.weight() == Weight.BLOCKED);
    boolean endedEarly = pod.lastEnded() > moments.run().served();
    if (endedEarly) {
      String message = "the container ended before it was ready" + detail(pod, blocked);
      return Optional.of(broken(FailureReason.EXITED, message));
    }
    return blocked
        .map(it -> broken(FailureReason.SPAWN_FAILED, it.toString()))
        .or(() -> endedWell(pod));
  }

  private static String detail(Pod pod, Optional<Trouble> blocked) {
    return blocked
        .map(Trouble::cause)
        .or(() -> pod.exit().map(Exit::cause))
        .map(Cause::toString)
        .map(it -> " (" + it + ")")
        .orElse("");
  }

  /** A server may end when it thinks that it is not needed; a kubelet starts it again. */
  private Optional<Workload> endedWell(Pod pod) {
    boolean unneeded = !isStaked() && spec.activation() != Activation.ALWAYS;
    boolean ended = pod.lastEnded() >= 0 && pod.lastEnded() == moments.run().served();
    return pod.exit()
        .filter(it -> it.succeeded() && ended && unneeded)
        .map(
            it ->
                new Workload.Broken(
                    now, Optional.empty(), true, FailureReason.CRASHED, crash(it.cause())));
  }

  /** What is said of a container that ended after it had served. */
  static String crash(Cause cause) {
    return "the container ended while it served (" + cause + ")";
  }

  private Workload broken(FailureReason reason, String message) {
    return new Workload.Broken(now, Optional.empty(), false, reason, message);
  }
}
