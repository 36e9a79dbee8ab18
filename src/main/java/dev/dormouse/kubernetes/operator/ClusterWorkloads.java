package dev.dormouse.kubernetes.operator;

import dev.dormouse.core.ServiceSpec;
import dev.dormouse.kubernetes.protocol.Outcome;
import dev.dormouse.kubernetes.protocol.Scale;
import dev.dormouse.kubernetes.protocol.ServiceObject;
import dev.dormouse.kubernetes.protocol.Workloads;
import dev.dormouse.kubernetes.resource.Catalog;
import dev.dormouse.kubernetes.resource.Standing.Entry;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Workloads as the caches have them. */
final class ClusterWorkloads implements Workloads {
  private final Catalog catalog;
  private final Cached cached;
  private final TargetPods targetPods;
  private final Deployments deployments;
  private final InstantSource clock;

  ClusterWorkloads(
      Catalog catalog,
      Cached cached,
      TargetPods targetPods,
      Deployments deployments,
      InstantSource clock) {
    this.catalog = catalog;
    this.cached = cached;
    this.targetPods = targetPods;
    this.deployments = deployments;
    this.clock = clock;
  }

  @Override
  public View view(ServiceObject service) {
    Optional<Target> target = catalog.standing(service.id()).effective().map(Target::of);
    Instant now = clock.instant();
    var pods =
        target.filter(it -> !it.owned()).isPresent()
            ? targetPods.of(service.id()).orElse(List.of())
            : cached.pods(service.id());
    Optional<HasMetadata> scaled = target.flatMap(cached::target);
    return new View(
        scaled.map(ClusterWorkloads::scale),
        pods.stream().map(pod -> PodViews.of(pod, now)).toList(),
        scaled.flatMap(ClusterWorkloads::refusal));
  }

  @Override
  public Optional<Scale> prepared(ServiceObject service, ServiceSpec spec) {
    return catalog.standing(service.id()).effective().flatMap(this::prepared);
  }

  private Optional<Scale> prepared(Entry entry) {
    return cached
        .target(Target.of(entry))
        .filter(found -> deployments.isPrepared(found, entry))
        .map(ClusterWorkloads::scale)
        .filter(it -> it.replicas() == 0);
  }

  @Override
  public Outcome<Scale> prepare(ServiceObject service, ServiceSpec spec) {
    Optional<Entry> entry = catalog.standing(service.id()).effective();
    return entry.map(deployments::prepare).orElseGet(Outcome.NotFound::new);
  }

  /** A quota or an admission plugin may refuse pods: of a Deployment its status tells. */
  static Optional<String> refusal(HasMetadata found) {
    return found instanceof Deployment deployment
            && deployment.getStatus() != null
            && isCurrent(deployment)
        ? deployment.getStatus().getConditions().stream()
            .filter(it -> it.getType().equals("ReplicaFailure") && it.getStatus().equals("True"))
            .findFirst()
            .map(it -> PodViews.cut(it.getMessage()))
        : Optional.empty();
  }

  private static boolean isCurrent(Deployment deployment) {
    Long observed = deployment.getStatus().getObservedGeneration();
    return observed != null && observed >= deployment.getMetadata().getGeneration();
  }

  static Scale scale(HasMetadata found) {
    Integer replicas =
        switch (found) {
          case Deployment it -> it.getSpec().getReplicas();
          case StatefulSet it -> it.getSpec().getReplicas();
          default -> throw new IllegalArgumentException(found.getKind());
        };
    return new Scale(found.getMetadata().getResourceVersion(), replicas == null ? 1 : replicas);
  }
}
