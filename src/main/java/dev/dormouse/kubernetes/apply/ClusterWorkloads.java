package dev.dormouse.kubernetes.apply;

import dev.dormouse.core.ServiceSpec;
import dev.dormouse.kubernetes.objects.Ownership;
import dev.dormouse.kubernetes.objects.ScaleTarget;
import dev.dormouse.kubernetes.pass.Scale;
import dev.dormouse.kubernetes.pass.Workloads;
import dev.dormouse.kubernetes.resource.Catalog;
import dev.dormouse.kubernetes.resource.Validity.Entry;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.ServiceObject;
import dev.dormouse.kubernetes.watch.Cached;
import dev.dormouse.kubernetes.watch.PodOwners;
import dev.dormouse.kubernetes.watch.PodViews;
import dev.dormouse.kubernetes.watch.TargetPods;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Workloads as the caches have them. */
public final class ClusterWorkloads implements Workloads {
  /** The name of a volume, and the kinds of volumes that are made for one pod or only read. */
  private static final Set<String> FLEETING =
      Set.of("name", "emptyDir", "configMap", "secret", "downwardAPI", "projected", "image");

  private final Catalog catalog;
  private final Cached cached;
  private final TargetPods targetPods;
  private final Deployments deployments;
  private final InstantSource clock;

  /** What runs as the informers see it. */
  public ClusterWorkloads(
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
    return catalog
        .standing(service.id())
        .effective()
        .map(this::view)
        .orElseGet(() -> new View(Optional.empty(), List.of()));
  }

  private View view(Entry entry) {
    ScaleTarget target = ScaleTarget.of(entry);
    Optional<HasMetadata> scaled = cached.target(target).filter(it -> isOurs(it, target, entry));
    Optional<List<io.fabric8.kubernetes.api.model.Pod>> pods =
        target.owned()
            ? Optional.of(cached.pods(entry.id()))
            : scaled.isEmpty() ? Optional.of(List.of()) : targetPods.of(entry.id());
    Instant now = clock.instant();
    return pods.map(
            all ->
                new View(
                    scaled.map(ClusterWorkloads::scale),
                    all.stream()
                        .filter(pod -> isOf(pod, target, scaled))
                        .map(pod -> PodViews.of(pod, now))
                        .toList(),
                    scaled.flatMap(ClusterWorkloads::refusal),
                    target.owned() && entry.routed() && !keepsState(entry),
                    Optional.empty()))
        .orElseGet(() -> View.unknown("the pods of " + target + " are not known yet"));
  }

  /** Of two services that name one scale target it is that of the one whose label it has. */
  private static boolean isOurs(HasMetadata found, ScaleTarget target, Entry entry) {
    return target.owned()
        ? Ownership.has(found, entry.uid())
        : Ownership.marked(found).filter(entry.id().name()::equals).isPresent();
  }

  private static boolean isOf(
      io.fabric8.kubernetes.api.model.Pod pod, ScaleTarget target, Optional<HasMetadata> scaled) {
    LabelSelector selector =
        scaled
            .map(
                it ->
                    switch (it) {
                      case Deployment found -> found.getSpec().getSelector();
                      case StatefulSet found -> found.getSpec().getSelector();
                      default -> new LabelSelector();
                    })
            .orElseGet(LabelSelector::new);
    return PodOwners.isOf(pod, target) && PodOwners.isSelected(pod, selector);
  }

  /** What mounts a volume that outlives it must be gone before the next one is there. */
  private static boolean keepsState(Entry entry) {
    return entry
        .effective()
        .at("/template/spec/volumes")
        .valueStream()
        .flatMap(it -> it.properties().stream())
        .map(Map.Entry::getKey)
        .anyMatch(it -> !FLEETING.contains(it));
  }

  @Override
  public Optional<Scale> prepared(ServiceObject service, ServiceSpec spec) {
    return catalog.standing(service.id()).effective().flatMap(this::prepared);
  }

  private Optional<Scale> prepared(Entry entry) {
    return cached
        .target(ScaleTarget.of(entry))
        .filter(found -> deployments.isPrepared(found, entry))
        .map(ClusterWorkloads::scale)
        .filter(it -> it.replicas() == 0);
  }

  @Override
  public ApiResult<Scale> prepare(ServiceObject service, ServiceSpec spec) {
    Optional<Entry> entry = catalog.standing(service.id()).effective();
    return entry.map(deployments::prepare).orElseGet(ApiResult.NotFound::new);
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
