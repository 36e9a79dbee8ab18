package dev.dormouse.kubernetes.simulation;

import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.gate.Gate;
import dev.dormouse.kubernetes.stake.StakeApi;
import dev.dormouse.kubernetes.stake.StakeHolder;
import dev.dormouse.kubernetes.status.ActivatorId;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.JsonPatch;
import dev.dormouse.kubernetes.status.ServiceObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** One run of one activator: its {@link StakeHolder}, and its connection to the API server. */
public final class SimActivator implements StakeApi {
  public final ActivatorId me;
  final SimExecutor executor;
  private final ClusterSimWorld world;
  private final Release release;
  private final StakeHolder holder;
  private final List<ServiceObject> missed = new ArrayList<>();
  boolean alive = true;
  boolean cutOff;

  SimActivator(ClusterSimWorld world, ActivatorId me, Release release) {
    this.world = world;
    this.release = release;
    this.me = me;
    this.executor = new SimExecutor(world.clock);
    this.holder =
        new StakeHolder(
            SimCluster.ID,
            new StakeHolder.Means(me, this, world.clock, executor),
            () -> world.spec.idleTimeout(),
            world.bug == PlantedProtocolBug.NONE ? release.ledger(me) : world.bug.ledger(me));
  }

  public Gate gate() {
    return holder.gate();
  }

  /** The watch delivers an object, as soon as there is a connection. */
  void observe(ServiceObject seen) {
    ServiceObject object = world.cluster.read(release, seen);
    if (cutOff) {
      missed.add(object);
    } else if (alive) {
      holder.observed(object);
    }
  }

  /** A client was not answered, or refused again and again. */
  public void broken(FailureReason reason) {
    if (alive) {
      holder.broken(reason);
    }
  }

  /** Its pod is to end: it takes its stake back when its clients have left. */
  public void shutDown() {
    var _ = holder.shutDown();
  }

  void reconnect() {
    cutOff = false;
    missed.forEach(holder::observed);
    missed.clear();
  }

  void crash() {
    alive = false;
    executor.crash();
  }

  @Override
  public CompletionStage<ApiResult<ServiceObject>> get(ServiceId id) {
    return request(() -> new ApiResult.Ok<>(world.cluster.object()), "reads");
  }

  @Override
  public CompletionStage<ApiResult<ServiceObject>> patchStatus(ServiceId id, JsonPatch patch) {
    JsonPatch planted = release.written(world.bug.plantInActivator(patch));
    return request(() -> world.cluster.patch(planted, patch), patch);
  }

  private CompletableFuture<ApiResult<ServiceObject>> request(
      Supplier<ApiResult<ServiceObject>> action, Object what) {
    var answer = new CompletableFuture<ApiResult<ServiceObject>>();
    ClusterSimWorld.Fate fate = world.fate(cutOff);
    world.note(me.name(), " sends, ", fate, ": ", what);
    Runnable unknown = () -> answer.complete(new ApiResult.Unknown<>("time-out"));
    switch (fate) {
      case DONE ->
          world.executor.after(
              world.latency(),
              () -> {
                var outcome = world.cluster.read(release, action.get());
                world.executor.after(
                    world.latency(),
                    () -> {
                      world.note(me.name(), " is answered ", outcome.getClass().getSimpleName());
                      answer.complete(outcome);
                    });
              });
      case LOST -> world.executor.after(ClusterSimWorld.TIMEOUT, unknown);
      case LATE -> {
        world.executor.after(ClusterSimWorld.TIMEOUT, unknown);
        world.executor.after(world.lateness(), () -> world.late(what, action));
      }
      case UNANSWERED -> {
        world.executor.after(
            world.latency(),
            () -> {
              var _ = action.get();
            });
        world.executor.after(ClusterSimWorld.TIMEOUT, unknown);
      }
    }
    return answer;
  }

  @Override
  public String toString() {
    return me.name();
  }
}
