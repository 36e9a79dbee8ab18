package dev.dormouse.kubernetes.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.objects.ActivatorPod;
import dev.dormouse.kubernetes.objects.Names;
import dev.dormouse.kubernetes.objects.Ownership;
import dev.dormouse.kubernetes.objects.ScaleTarget;
import dev.dormouse.kubernetes.pass.Scale;
import dev.dormouse.kubernetes.resource.Validity.Entry;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.ExtraCondition;
import dev.dormouse.kubernetes.watch.Cached;
import dev.dormouse.kubernetes.watch.PodOwners;
import dev.dormouse.kubernetes.watch.TargetPods;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** All objects of a service: what leads to it, what runs it, and what it borrows. */
public record OwnedObjects(
    Api api,
    Cached cached,
    RoutingObjects children,
    Deployments deployments,
    ReplicaConflicts contests,
    TargetPods targetPods,
    Supplier<Optional<List<ActivatorPod>>> activators) {
  private static final Set<ExtraCondition.Type> ROUTES =
      Set.of(ExtraCondition.Type.SERVICE_CONFLICT, ExtraCondition.Type.NOT_ROUTED);
  private static final Set<ExtraCondition.Type> WORKLOADS =
      Set.of(
          ExtraCondition.Type.NOT_APPLIED,
          ExtraCondition.Type.NO_SCALE_TARGET,
          ExtraCondition.Type.TARGET_CONFLICT);
  private static final Set<ExtraCondition.Type> REPLICAS =
      Set.of(ExtraCondition.Type.REPLICAS_CONTESTED);

  /**
   * Makes everything as it should be.
   *
   * @param before what could not be when it was tried last
   * @param secured whether what is borrowed now will be given back when the service is deleted
   * @return what could not be
   */
  public List<Trouble> settle(Entry entry, Collection<Trouble> before, BooleanSupplier secured) {
    ScaleTarget target = ScaleTarget.of(entry);
    Check routes = activators.get().map(it -> children.ensure(entry, it)).orElse(new Check.Sound());
    release(entry.id(), other -> !other.equals(target));
    Check workload = target.owned() ? own(entry, target) : borrow(entry, target, secured);
    Check replicas = workload instanceof Check.Sound ? replicas(entry, target) : new Check.Sound();
    return Stream.of(
            routes.now(before, ROUTES),
            workload.now(before, WORKLOADS),
            replicas.now(before, REPLICAS))
        .flatMap(it -> it)
        .toList();
  }

  /** What keeps a service until it has given back what it borrowed. */
  public Finalizer finalizer() {
    return new Finalizer(api);
  }

  private Check own(Entry entry, ScaleTarget target) {
    targetPods.forget(entry.id());
    return isToBePrepared(entry, target)
        ? check(deployments.prepare(entry), target)
        : new Check.Sound();
  }

  private Check borrow(Entry entry, ScaleTarget target, BooleanSupplier secured) {
    Optional<String> of = cached.target(target).flatMap(Ownership::marked);
    if (of.filter(it -> !it.equals(entry.id().name())).isPresent()) {
      targetPods.forget(entry.id());
      return Check.of(ExtraCondition.Type.TARGET_CONFLICT, Deployments.takenBy(target, of.get()));
    }
    if (!secured.getAsBoolean()) {
      return new Check.Unanswered();
    }
    targetPods.watch(entry.id(), target);
    return of.isPresent() ? new Check.Sound() : check(deployments.prepare(entry), target);
  }

  /** One serves; what more there is, others have made. */
  private Check replicas(Entry entry, ScaleTarget target) {
    Optional<Scale> seen =
        cached
            .target(target)
            .filter(it -> deployments.isPrepared(it, entry) || target.owned())
            .map(ClusterWorkloads::scale);
    if (seen.isEmpty()) {
      return new Check.Sound();
    }
    int replicas = seen.get().replicas();
    if (contests.isContested(entry.id(), seen.get())) {
      return Check.of(
          ExtraCondition.Type.REPLICAS_CONTESTED,
          "somebody else keeps writing the replicas of "
              + target
              + ": remove spec.replicas from its manifest, and any autoscaler");
    }
    if (replicas <= 1) {
      return new Check.Sound();
    }
    if (target.owned()) {
      Scale one = new Scale(seen.get().resourceVersion(), 1);
      if (new ScaleRequests(api).put(target, one) instanceof ApiResult.Ok<Scale>(Scale now)) {
        contests.wrote(entry.id(), now);
      }
    }
    return Check.of(
        ExtraCondition.Type.REPLICAS_CONTESTED,
        target + " was given " + replicas + " replicas: one serves, and only one is kept asleep");
  }

  /** At rest it is kept up to date, so that a start is one write. */
  private boolean isToBePrepared(Entry entry, ScaleTarget target) {
    Optional<HasMetadata> known = cached.target(target);
    return known.isEmpty()
        || (cached.pods(entry.id()).stream()
                .noneMatch(it -> PodOwners.isOf(it, target) && PodOwners.isThere(it))
            && !deployments.isApplied(known.get(), entry));
  }

  private static Check check(ApiResult<Scale> prepared, ScaleTarget target) {
    return switch (prepared) {
      case ApiResult.Ok<Scale> _ -> new Check.Sound();
      case ApiResult.Unknown<Scale> _ -> new Check.Unanswered();
      case ApiResult.NotFound<Scale> _ ->
          Check.of(ExtraCondition.Type.NO_SCALE_TARGET, target + " does not exist");
      case ApiResult.Rejected<Scale>(String why) ->
          Check.of(
              why.startsWith(Deployments.takenBy(target, ""))
                  ? ExtraCondition.Type.TARGET_CONFLICT
                  : ExtraCondition.Type.NOT_APPLIED,
              why);
    };
  }

  /** Gives back what was borrowed for a service that is being deleted; false: to be tried again. */
  public boolean giveBack(ServiceId id, Optional<Entry> entry) {
    boolean named =
        entry
            .map(ScaleTarget::of)
            .filter(it -> !it.owned())
            .map(it -> isReturned(deployments.giveBack(id, it)))
            .orElse(true);
    return release(id) && named;
  }

  /** True if nothing that was borrowed for this service is known to be scaled for it. */
  public boolean isFree(ServiceId id) {
    return cached.labelled(id).stream().allMatch(it -> borrowed(it).isEmpty());
  }

  /**
   * The service is gone, and with it what belongs to it: the API server sees to that. What was only
   * borrowed is given back.
   *
   * @return whether it was
   */
  public boolean release(ServiceId id) {
    targetPods.forget(id);
    contests.forget(id);
    return release(id, target -> !target.owned());
  }

  /** Gives back, or removes, what was scaled for a service and is not any more. */
  private boolean release(ServiceId id, Predicate<ScaleTarget> which) {
    boolean done = true;
    for (HasMetadata object : cached.labelled(id)) {
      Optional<Integer> borrowed = borrowed(object);
      var target =
          new ScaleTarget(
              object.getKind(), id.namespace(), object.getMetadata().getName(), borrowed.isEmpty());
      if (which.test(target)) {
        if (borrowed.isPresent()) {
          done &= isReturned(deployments.release(target, borrowed.get()));
        } else {
          remove(target, object);
        }
      }
    }
    return done;
  }

  private static boolean isReturned(ApiResult<Scale> released) {
    return released instanceof ApiResult.Ok<Scale> || released instanceof ApiResult.NotFound<Scale>;
  }

  private static Optional<Integer> borrowed(HasMetadata object) {
    return Optional.ofNullable(object.getMetadata().getAnnotations())
        .flatMap((Map<String, String> it) -> Optional.ofNullable(it.get(Names.REPLICAS)))
        .map(Integer::valueOf);
  }

  /** Only what belongs to a service: of a service that is gone, the API server removes it. */
  private void remove(ScaleTarget target, HasMetadata object) {
    if (!object.getMetadata().getOwnerReferences().isEmpty()) {
      var options = JsonNodeFactory.instance.objectNode();
      options.putObject("preconditions").put("uid", object.getMetadata().getUid());
      ApiResult<JsonNode> _ = ScaleRequests.join(api.delete(target.path(), options), it -> it);
    }
  }
}
