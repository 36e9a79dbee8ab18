package dev.dormouse.kubernetes.protocol;

import dev.dormouse.core.ServiceSpec;
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
   * @return the scale as the API server has it now; {@link Outcome.Rejected} if it cannot be made
   *     like this, with what the API server says
   */
  Outcome<Scale> prepare(ServiceObject service, ServiceSpec spec);

  /**
   * One workload.
   *
   * @param scale empty if it does not exist
   * @param pods all that exist, those that are being deleted included
   * @param refusal what the cluster says, if it makes no pod of what is scaled
   */
  record View(Optional<Scale> scale, List<Pod> pods, Optional<String> refusal) {
    /** One whose pods are made as soon as it has replicas. */
    public View(Optional<Scale> scale, List<Pod> pods) {
      this(scale, pods, Optional.empty());
    }
  }

  /**
   * Why a pod gets no further, as a kubelet or a scheduler puts it.
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

  /**
   * One pod. Times are in the operator's clock.
   *
   * @param ip empty while it has none
   * @param running since when its container has been running; empty while it is not
   * @param ready since when it has been Ready; empty while it is not
   * @param restarts of its container
   * @param trouble why the container waits, or why it cannot be scheduled; empty if it says nothing
   * @param deleted true with a deletionTimestamp
   * @param revision of the spec that it was made from; empty if it does not say
   */
  record Pod(
      String uid,
      Optional<String> ip,
      Instant created,
      Optional<Instant> running,
      Optional<Instant> ready,
      int restarts,
      Optional<Cause> trouble,
      boolean deleted,
      Optional<String> revision) {}
}
