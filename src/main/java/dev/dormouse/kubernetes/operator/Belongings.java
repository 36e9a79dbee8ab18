package dev.dormouse.kubernetes.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.protocol.Mark;
import dev.dormouse.kubernetes.protocol.Outcome;
import dev.dormouse.kubernetes.protocol.Scale;
import dev.dormouse.kubernetes.resource.Standing.Entry;
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
record Belongings(
    Api api,
    Cached cached,
    Children children,
    Deployments deployments,
    Contests contests,
    TargetPods targetPods,
    Supplier<Optional<List<ActivatorPod>>> activators) {
  private static final Set<Mark.Type> ROUTES =
      Set.of(Mark.Type.SERVICE_CONFLICT, Mark.Type.NOT_ROUTED);
  private static final Set<Mark.Type> WORKLOADS =
      Set.of(Mark.Type.NOT_APPLIED, Mark.Type.NO_SCALE_TARGET, Mark.Type.TARGET_CONFLICT);
  private static final Set<Mark.Type> REPLICAS = Set.of(Mark.Type.REPLICAS_CONTESTED);

  /**
   * Makes everything as it should be.
   *
   * @param before what could not be when it was tried last
   * @param secured whether what is borrowed now will be given back when the service is deleted
   * @return what could not be
   */
  List<Trouble> settle(Entry entry, Collection<Trouble> before, BooleanSupplier secured) {
    Target target = Target.of(entry);
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
  Finalizer finalizer() {
    return new Finalizer(api);
  }

  private Check own(Entry entry, Target target) {
    targetPods.forget(entry.id());
    return isToBePrepared(entry, target)
        ? check(deployments.prepare(entry), target)
        : new Check.Sound();
  }

  private Check borrow(Entry entry, Target target, BooleanSupplier secured) {
    Optional<String> of = cached.target(target).flatMap(Ownership::marked);
    if (of.filter(it -> !it.equals(entry.id().name())).isPresent()) {
      targetPods.forget(entry.id());
      return Check.of(Mark.Type.TARGET_CONFLICT, Deployments.takenBy(target, of.get()));
    }
    if (!secured.getAsBoolean()) {
      return new Check.Unanswered();
    }
    targetPods.watch(entry.id(), target);
    return of.isPresent() ? new Check.Sound() : check(deployments.prepare(entry), target);
  }

  /** One serves; what more there is, others have made. */
  private Check replicas(Entry entry, Target target) {
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
          Mark.Type.REPLICAS_CONTESTED,
          "somebody else keeps writing the replicas of "
              + target
              + ": remove spec.replicas from its manifest, and any autoscaler");
    }
    if (replicas <= 1) {
      return new Check.Sound();
    }
    if (target.owned()) {
      Scale one = new Scale(seen.get().resourceVersion(), 1);
      if (new ScaleRequests(api).put(target, one) instanceof Outcome.Ok<Scale>(Scale now)) {
        contests.wrote(entry.id(), now);
      }
    }
    return Check.of(
        Mark.Type.REPLICAS_CONTESTED,
        target + " was given " + replicas + " replicas: one serves, and only one is kept asleep");
  }

  /** At rest it is kept up to date, so that a start is one write. */
  private boolean isToBePrepared(Entry entry, Target target) {
    Optional<HasMetadata> known = cached.target(target);
    return known.isEmpty()
        || (cached.pods(entry.id()).stream()
                .noneMatch(it -> PodOwners.isOf(it, target) && PodOwners.isThere(it))
            && !deployments.isApplied(known.get(), entry));
  }

  private static Check check(Outcome<Scale> prepared, Target target) {
    return switch (prepared) {
      case Outcome.Ok<Scale> _ -> new Check.Sound();
      case Outcome.Unknown<Scale> _ -> new Check.Unanswered();
      case Outcome.NotFound<Scale> _ ->
          Check.of(Mark.Type.NO_SCALE_TARGET, target + " does not exist");
      case Outcome.Rejected<Scale>(String why) ->
          Check.of(
              why.startsWith(Deployments.takenBy(target, ""))
                  ? Mark.Type.TARGET_CONFLICT
                  : Mark.Type.NOT_APPLIED,
              why);
    };
  }

  /** Gives back what was borrowed for a service that is being deleted; false: to be tried again. */
  boolean giveBack(ServiceId id, Optional<Entry> entry) {
    boolean named =
        entry
            .map(Target::of)
            .filter(it -> !it.owned())
            .map(it -> isReturned(deployments.giveBack(id, it)))
            .orElse(true);
    return release(id) && named;
  }

  /** True if nothing that was borrowed for this service is known to be scaled for it. */
  boolean isFree(ServiceId id) {
    return cached.labelled(id).stream().allMatch(it -> borrowed(it).isEmpty());
  }

  /**
   * The service is gone, and with it what belongs to it: the API server sees to that. What was only
   * borrowed is given back.
   *
   * @return whether it was
   */
  boolean release(ServiceId id) {
    targetPods.forget(id);
    contests.forget(id);
    return release(id, target -> !target.owned());
  }

  /** Gives back, or removes, what was scaled for a service and is not any more. */
  private boolean release(ServiceId id, Predicate<Target> which) {
    boolean done = true;
    for (HasMetadata object : cached.labelled(id)) {
      Optional<Integer> borrowed = borrowed(object);
      var target =
          new Target(
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

  private static boolean isReturned(Outcome<Scale> released) {
    return released instanceof Outcome.Ok<Scale> || released instanceof Outcome.NotFound<Scale>;
  }

  private static Optional<Integer> borrowed(HasMetadata object) {
    return Optional.ofNullable(object.getMetadata().getAnnotations())
        .flatMap((Map<String, String> it) -> Optional.ofNullable(it.get(Names.REPLICAS)))
        .map(Integer::valueOf);
  }

  /** Only what belongs to a service: of a service that is gone, the API server removes it. */
  private void remove(Target target, HasMetadata object) {
    if (!object.getMetadata().getOwnerReferences().isEmpty()) {
      var options = JsonNodeFactory.instance.objectNode();
      options.putObject("preconditions").put("uid", object.getMetadata().getUid());
      Outcome<JsonNode> _ = ScaleRequests.join(api.delete(target.path(), options), it -> it);
    }
  }
}
