package dev.dormouse.kubernetes.protocol;

import dev.dormouse.core.Endpoint;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Workload;
import dev.dormouse.kubernetes.protocol.Workloads.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;

/**
 * What a status and the pods below it amount to. The first row that matches:
 *
 * <pre>
 * Stopping, Draining    replicas 0, no pods      Absent, or Failed with the status' failure
 * Stopping              else                     Stopping
 * Draining              else                     Draining
 * else                  replicas 0, no pods      Absent, or Failed with the status' failure
 * else                  replicas 0               Stopping
 * else                  no pod, and none can     Broken
 *                       be made
 * else                  no pod                   Starting, scheduling
 * else                  restarted, or in         Broken
 *                       trouble, unless it is
 *                       Ready or a stake has
 *                       connections to its IP
 * else                  said to be deaf          Broken
 * else                  Ready, or a stake has    Ready
 *                       connections to its IP
 * else                  not running              Starting, scheduling
 * else                  running                  Starting
 * </pre>
 *
 * What is Starting has an endpoint as soon as it has an IP, if it may be dialled before it is
 * Ready: a kubelet may tell of a container that runs a second later than it listens.
 *
 * <p>Pods with a deletionTimestamp count only while there is no other.
 *
 * @param moments when what is seen began
 * @param now by the operator's clock
 */
record Sighting(
    StatusDocument status, Workloads.View view, ServiceSpec spec, Moments moments, Instant now) {
  /** Waiting reasons of a container that do not pass without a change of its definition. */
  private static final Set<String> TROUBLES =
      Set.of(
          "ImagePullBackOff",
          "ErrImagePull",
          "InvalidImageName",
          "ErrImageNeverPull",
          "CreateContainerConfigError",
          "CreateContainerError",
          "RunContainerError",
          "CrashLoopBackOff");

  /**
   * Beginnings in the operator's own clock.
   *
   * @param wanted since when there is a replica and no container running
   * @param unready since when the pod, which has been Ready before, is not
   * @param leaving since when the phase is Draining or Stopping
   * @param reason of that
   * @param restartsBefore what the pod had restarted when it was last Ready
   * @param deaf since when the pod has been said not to answer, uncontradicted
   */
  record Moments(
      Instant wanted,
      Optional<Instant> unready,
      Instant leaving,
      StopReason reason,
      int restartsBefore,
      Optional<Instant> deaf) {}

  /** So long others have to say that the pod serves them. */
  static final Duration CONTRADICTION = Duration.ofSeconds(3);

  Workload workload() {
    boolean nothing = replicas() == 0 && view.pods().isEmpty();
    if (nothing) {
      return status.failure().<Workload>map(Workload.Failed::new).orElseGet(Workload.Absent::new);
    }
    if (status.phase() == Phase.STOPPING || (replicas() == 0 && status.phase() != Phase.DRAINING)) {
      return new Workload.Stopping(moments.leaving(), moments.reason());
    }
    if (status.phase() == Phase.DRAINING) {
      return new Workload.Draining(moments.leaving(), moments.reason());
    }
    return pod(view)
        .<Workload>map(this::running)
        .or(this::refusal)
        .orElseGet(() -> scheduling(spec.revision(), Optional.empty()));
  }

  int replicas() {
    return view.scale().map(Scale::replicas).orElse(0);
  }

  /** The pod that counts. */
  static Optional<Pod> pod(Workloads.View view) {
    return view.pods().stream()
        .filter(pod -> !pod.deleted())
        .max(
            Comparator.<Pod, Boolean>comparing(pod -> pod.ready().isPresent())
                .thenComparing(pod -> pod.ip().isPresent())
                .thenComparing(Pod::created)
                .thenComparing(Pod::uid));
  }

  private Workload running(Pod pod) {
    return (isServing(pod) ? Optional.<Workload>empty() : trouble(pod))
        .or(() -> deafness().filter(it -> !now.isBefore(it)).map(_ -> deaf(pod)))
        .orElseGet(() -> sound(pod));
  }

  private Workload sound(Pod pod) {
    String revision = pod.revision().orElse(spec.revision());
    if (isServing(pod)) {
      Instant since = pod.ready().or(pod::running).orElse(moments.wanted());
      return new Workload.Ready(since, revision, endpoint(pod));
    }
    boolean mayBeDialled = spec.startup().probePath().isEmpty();
    Optional<Endpoint> endpoint = mayBeDialled ? endpoint(pod) : Optional.empty();
    if (pod.running().isEmpty()) {
      return scheduling(revision, endpoint);
    }
    Instant running = pod.running().get();
    Instant since = moments.unready().filter(running::isBefore).orElse(running);
    return new Workload.Starting(since, since.plus(spec.startup().timeout()), revision, endpoint);
  }

  private boolean isServing(Pod pod) {
    return pod.ready().isPresent() || (pod.ip().isPresent() && status.staked() > 0);
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

  /** When a pod that is said to be deaf counts as that, unless somebody contradicts. */
  Optional<Instant> deafness() {
    return moments.deaf().map(it -> it.plus(CONTRADICTION));
  }

  private Workload deaf(Pod pod) {
    return new Workload.Broken(
        now,
        endpoint(pod),
        false,
        FailureReason.DEAF,
        "it accepts connections but does not answer");
  }

  private Optional<Workload> refusal() {
    return view.refusal()
        .map(it -> broken(FailureReason.SPAWN_FAILED, "no pod can be made: " + it));
  }

  private Optional<Workload> trouble(Pod pod) {
    if (pod.restarts() > moments.restartsBefore()) {
      boolean served = status.phase() == Phase.ACTIVE;
      String detail = pod.trouble().map(it -> " (" + it + ")").orElse("");
      return Optional.of(
          served
              ? broken(FailureReason.CRASHED, "the container ended while it served" + detail)
              : broken(FailureReason.EXITED, "the container ended before it was ready" + detail));
    }
    return pod.trouble()
        .filter(it -> TROUBLES.contains(it.reason()))
        .map(it -> broken(FailureReason.SPAWN_FAILED, "the container cannot start: " + it));
  }

  private Workload broken(FailureReason reason, String message) {
    return new Workload.Broken(now, Optional.empty(), false, reason, message);
  }
}
