package dev.dormouse.kubernetes.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.operator.Children.Trouble;
import dev.dormouse.kubernetes.protocol.Outcome;
import dev.dormouse.kubernetes.protocol.Scale;
import dev.dormouse.kubernetes.resource.Standing.Entry;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** All objects of a service: what leads to it, what runs it, and what it borrows. */
record Belongings(
    Api api,
    Cached cached,
    Children children,
    Deployments deployments,
    Contests contests,
    TargetPods targetPods,
    Supplier<Optional<SortedSet<String>>> activators) {

  /** Makes everything as it should be; says what could not be. */
  List<Trouble> settle(Entry entry) {
    List<Trouble> troubles = new ArrayList<>();
    activators.get().flatMap(it -> children.ensure(entry, it)).ifPresent(troubles::add);
    Target target = Target.of(entry);
    release(entry.id(), other -> !other.equals(target));
    if (target.owned()) {
      targetPods.forget(entry.id());
      if (isToBePrepared(entry, target)) {
        trouble(deployments.prepare(entry), target).ifPresent(troubles::add);
      }
    } else {
      if (cached.target(target).isEmpty()) {
        trouble(deployments.prepare(entry), target).ifPresent(troubles::add);
      }
      targetPods.watch(entry.id(), target);
      contest(entry, target).ifPresent(troubles::add);
    }
    return troubles;
  }

  private Optional<Trouble> contest(Entry entry, Target target) {
    return cached
        .target(target)
        .map(ClusterWorkloads::scale)
        .filter(it -> contests.isContested(entry.id(), it))
        .map(
            it ->
                new Trouble(
                    "ReplicasContested",
                    "somebody else keeps writing the replicas of "
                        + target
                        + ": remove spec.replicas from its manifest, and any autoscaler"));
  }

  /** At rest it is kept up to date, so that a start is one write. */
  private boolean isToBePrepared(Entry entry, Target target) {
    Optional<HasMetadata> known = cached.target(target);
    return known.isEmpty()
        || (cached.pods(entry.id()).stream()
                .noneMatch(it -> PodOwners.isOf(it, target) && PodOwners.isThere(it))
            && !deployments.isApplied(known.get(), entry));
  }

  private static Optional<Trouble> trouble(Outcome<Scale> prepared, Target target) {
    return switch (prepared) {
      case Outcome.Ok<Scale> _, Outcome.Unknown<Scale> _ -> Optional.empty();
      case Outcome.NotFound<Scale> _ ->
          Optional.of(new Trouble("NoScaleTarget", target + " does not exist"));
      case Outcome.Rejected<Scale>(String why) -> Optional.of(new Trouble("NotApplied", why));
    };
  }

  /**
   * The service is gone, and with it what belongs to it: the API server sees to that. What was only
   * borrowed is given back.
   */
  void release(ServiceId id) {
    targetPods.forget(id);
    contests.forget(id);
    release(id, target -> !target.owned());
  }

  /** Gives back, or removes, what was scaled for a service and is not any more. */
  private void release(ServiceId id, Predicate<Target> which) {
    for (HasMetadata object : cached.labelled(id)) {
      Map<String, String> annotations = object.getMetadata().getAnnotations();
      Optional<Integer> borrowed =
          Optional.ofNullable(annotations)
              .flatMap(it -> Optional.ofNullable(it.get(Names.REPLICAS)))
              .map(Integer::valueOf);
      var target =
          new Target(
              object.getKind(), id.namespace(), object.getMetadata().getName(), borrowed.isEmpty());
      if (which.test(target)) {
        borrowed.ifPresentOrElse(
            replicas -> deployments.release(target, replicas), () -> remove(target, object));
      }
    }
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
