package dev.dormouse.kubernetes.pass;

import dev.dormouse.core.ServiceSpec;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.ServiceObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What an operator sees of workloads. */
public interface Workloads {
  /** What the caches say; does no I/O. */
  View view(ServiceObject service);

  /**
   * What is to be scaled as a cache has it, if it lacks nothing but its replica: it exists, has
   * none, and is as this spec wants it. It may have changed since; a write with this resource
   * version is rejected then. Does no I/O.
   */
  Optional<Scale> prepared(ServiceObject service, ServiceSpec spec);

  /**
   * Makes what is to be scaled as this spec wants it, if it has no replicas now: an owned
   * Deployment is created with none, or gets the spec's template. One that has replicas is left as
   * it is; the write itself has to exclude that it got them meanwhile (by its resource version).
   * Blocks for seconds at most. Idempotent. Called before a start, unless a write to what is {@link
   * #prepared} has done.
   *
   * @return the scale as the API server has it now; {@link ApiResult.Rejected} if it cannot be made
   *     like this, with what the API server says
   */
  ApiResult<Scale> prepare(ServiceObject service, ServiceSpec spec);

  /**
   * One workload.
   *
   * @param scale empty if it does not exist
   * @param pods all that exist, those that have ended or are being deleted included
   * @param refusal what the cluster says, if it makes no pod of what is scaled
   * @param succession a pod may be made while one that nobody is connected to still ends
   * @param unknown why its pods cannot be told now; empty if they can
   */
  record View(
      Optional<Scale> scale,
      List<Pod> pods,
      Optional<String> refusal,
      boolean succession,
      Optional<String> unknown) {
    /** One whose pods are made as soon as it has replicas, one after the other. */
    public View(Optional<Scale> scale, List<Pod> pods) {
      this(scale, pods, Optional.empty(), false, Optional.empty());
    }

    /** One whose pods cannot be told now. */
    public static View unknown(String why) {
      return new View(Optional.empty(), List.of(), Optional.empty(), false, Optional.of(why));
    }

    View withScale(Optional<Scale> other) {
      return new View(other, pods, refusal, succession, unknown);
    }
  }

  /**
   * Why something ended or does not begin, as a kubelet or a scheduler puts it.
   *
   * @param reason one word
   * @param message for people; may be empty
   */
  record Cause(String reason, String message) {
    @Override
    public String toString() {
      return message.isEmpty() ? reason : reason + ": " + message;
    }
  }

  /** What a trouble means for the container that matters. */
  enum Weight {
    /** Nothing comes of it without a change. */
    BLOCKED,
    /** It waits for something that may come. */
    WAITS,
    /** It may serve, but another container of its pod does not run: the pod does not get Ready. */
    ASIDE
  }

  /**
   * Why a pod gets no further.
   *
   * @param what it comes to: "the container cannot start"
   */
  record Trouble(Weight weight, String what, Cause cause) {
    @Override
    public String toString() {
      return what + ": " + cause;
    }
  }

  /**
   * The end of a container's last run.
   *
   * @param succeeded it ended with 0
   */
  record Exit(Cause cause, boolean succeeded) {}

  /**
   * The end of a whole pod, phase Failed or Succeeded: nothing of it runs, and nothing will.
   *
   * @param disrupted others have ended it, for reasons that are not its own: eviction, preemption,
   *     the shutdown of its node
   */
  record End(Cause cause, boolean disrupted) {}

  /**
   * One pod. Times are in the operator's clock.
   *
   * @param name for people: of the pod, and of its node if it has one
   * @param ip empty while it has none
   * @param running since when its container has been running; empty while it is not
   * @param ready since when it has been Ready; empty while it is not
   * @param restarts of its container
   * @param exit how its container ended last
   * @param trouble why it gets no further; empty if it says nothing
   * @param end how it has ended; empty while it has not
   * @param deleted true with a deletionTimestamp
   * @param revision of the spec that it was made from; empty if it does not say
   */
  record Pod(
      String uid,
      String name,
      Optional<String> ip,
      Instant created,
      Optional<Instant> running,
      Optional<Instant> ready,
      int restarts,
      Optional<Exit> exit,
      Optional<Trouble> trouble,
      Optional<End> end,
      boolean deleted,
      Optional<String> revision) {
    /** True unless it has ended or is being deleted. */
    boolean isLive() {
      return end.isEmpty() && !deleted;
    }

    /** Counts the runs of its container that have ended: the number of the last; -1 if none has. */
    int lastEnded() {
      return running.isEmpty() && exit.isPresent() ? restarts : restarts - 1;
    }
  }
}
