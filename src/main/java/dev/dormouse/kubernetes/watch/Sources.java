package dev.dormouse.kubernetes.watch;

import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.client.Cluster;
import dev.dormouse.kubernetes.client.TrimmedItemStore;
import dev.dormouse.kubernetes.objects.Names;
import dev.dormouse.kubernetes.objects.ScaleTarget;
import dev.dormouse.kubernetes.resource.OnDemandService;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What the operator watches beside the services themselves: only what carries their label, and of
 * that only what is read here.
 */
public final class Sources implements Cached {
  private static final String BY_SERVICE = "by-service";

  private final SimpleInboundEventSource<OnDemandService> triggers =
      new SimpleInboundEventSource<>("triggers");
  private final InformerEventSource<Deployment, OnDemandService> deployments;
  private final InformerEventSource<StatefulSet, OnDemandService> statefulSets;
  private final InformerEventSource<Pod, OnDemandService> pods;
  private final InformerEventSource<Service, OnDemandService> services;
  private final InformerEventSource<EndpointSlice, OnDemandService> slices;

  /** The informers of one operator, not started yet. */
  public Sources(EventSourceContext<OnDemandService> context) {
    deployments = source(Deployment.class, it -> it.getSpec().setTemplate(null), context);
    statefulSets =
        source(
            StatefulSet.class,
            it -> {
              it.getSpec().setTemplate(null);
              it.getSpec().setVolumeClaimTemplates(List.of());
            },
            context);
    pods = source(Pod.class, Sources::strip, context);
    services = source(Service.class, _ -> {}, context);
    slices = source(EndpointSlice.class, it -> it.setEndpoints(List.of()), context);
  }

  /** For the operator framework, which starts them. */
  public List<EventSource<?, OnDemandService>> all() {
    return List.of(triggers, deployments, statefulSets, pods, services, slices);
  }

  /** Asks for a pass over a service, soon. */
  public void trigger(ServiceId id) {
    triggers.propagateEvent(resource(id));
  }

  @Override
  public Optional<Service> service(ServiceId id) {
    return services.get(resource(id));
  }

  @Override
  public Optional<EndpointSlice> slice(ServiceId id, String name) {
    return slices.get(new ResourceID(name, id.namespace()));
  }

  @Override
  public Optional<HasMetadata> target(ScaleTarget target) {
    ResourceID id = new ResourceID(target.name(), target.namespace());
    return target.kind().equals(ScaleTarget.DEPLOYMENT)
        ? deployments.get(id).map(it -> it)
        : statefulSets.get(id).map(it -> it);
  }

  @Override
  public List<Pod> pods(ServiceId id) {
    return pods.byIndex(BY_SERVICE, id.toString());
  }

  @Override
  public List<HasMetadata> labelled(ServiceId id) {
    return Stream.<HasMetadata>concat(
            deployments.byIndex(BY_SERVICE, id.toString()).stream(),
            statefulSets.byIndex(BY_SERVICE, id.toString()).stream())
        .toList();
  }

  /** All that is labelled for any service. */
  public List<HasMetadata> labelled() {
    return Stream.<HasMetadata>concat(deployments.list(_ -> true), statefulSets.list(_ -> true))
        .toList();
  }

  private static <R extends HasMetadata> InformerEventSource<R, OnDemandService> source(
      Class<R> type, Consumer<R> strip, EventSourceContext<OnDemandService> context) {
    var source =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(type, OnDemandService.class)
                .withLabelSelector(Names.SERVICE)
                .withItemStore(new TrimmedItemStore<>(strip))
                .withInformerListLimit(Cluster.PAGE)
                .withSecondaryToPrimaryMapper(Sources::primary)
                .build(),
            context);
    source.addIndexers(Map.of(BY_SERVICE, it -> List.of(serviceOf(it).toString())));
    return source;
  }

  /** The framework's name of a service. */
  public static ResourceID resource(ServiceId id) {
    return new ResourceID(id.name(), id.namespace());
  }

  private static Set<ResourceID> primary(HasMetadata object) {
    return Set.of(resource(serviceOf(object)));
  }

  /** The service that an object belongs to, by its label. */
  public static ServiceId serviceOf(HasMetadata object) {
    return new ServiceId(
        object.getMetadata().getNamespace(),
        object.getMetadata().getLabels().getOrDefault(Names.SERVICE, ""));
  }

  /** Of a pod its identity, its owner, its conditions and its containers' states. */
  public static void strip(Pod pod) {
    PodSpec spec = new PodSpec();
    if (pod.getSpec() != null) {
      spec.setNodeName(pod.getSpec().getNodeName());
      spec.setInitContainers(
          pod.getSpec().getInitContainers().stream().map(Sources::stripped).toList());
    }
    pod.setSpec(spec);
  }

  private static Container stripped(Container of) {
    Container container = new Container();
    container.setName(of.getName());
    container.setRestartPolicy(of.getRestartPolicy());
    return container;
  }
}
