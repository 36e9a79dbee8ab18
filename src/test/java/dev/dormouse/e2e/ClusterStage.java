package dev.dormouse.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.dormouse.cli.ActivatorProcess;
import dev.dormouse.cli.HostPort;
import dev.dormouse.cli.OperatorProcess;
import dev.dormouse.kubernetes.activator.ActivatorRole;
import dev.dormouse.kubernetes.client.Cluster;
import dev.dormouse.kubernetes.operator.OperatorSettings;
import dev.dormouse.kubernetes.resource.OnDemandService;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A namespace of a real cluster with an operator and an activator in this JVM: the workloads are
 * pods, and their addresses must be reachable from here.
 */
final class ClusterStage implements Stage {
  /**
   * Of activators: short, so that what a dead one has left is found soon; long enough for one that
   * is no pod to be cut off for a while.
   */
  static final Duration LEASE = Duration.ofSeconds(8);

  /** Whoever declares services here, as a GitOps tool does. */
  static final String OWNER = "gitops";

  private static final String SERVICE_LABEL = "dormouse.dev/service";
  private static final ObjectMapper JSON = new ObjectMapper();

  final KubernetesClient client = Cluster.connect(Clusters.config());
  final String namespace = Clusters.namespace(client);
  final List<ActivatorProcess> activators = new ArrayList<>();
  private Optional<OperatorProcess> operator = Optional.empty();

  ClusterStage() {
    startOperator();
    startActivator();
  }

  void startOperator() {
    var settings =
        new OperatorSettings(
            Clusters.config(),
            Optional.of(namespace),
            namespace,
            "operator-" + UUID.randomUUID(),
            Optional.of(REGION),
            "cluster.local",
            "app=activator",
            8080,
            new OperatorSettings.Election(
                Duration.ofSeconds(3), Duration.ofSeconds(2), Duration.ofMillis(500)),
            LEASE);
    operator = Optional.of(new OperatorProcess(settings, local(), () -> {}));
  }

  /** Its leadership ends with it; what runs goes on. */
  void stopOperator() {
    operator.ifPresent(OperatorProcess::close);
    operator = Optional.empty();
  }

  ActivatorProcess startActivator() {
    return startActivator(Clusters.config());
  }

  /** One that reaches the API server so. */
  ActivatorProcess startActivator(Config cluster) {
    var role =
        new ActivatorRole(
            cluster,
            Optional.of(namespace),
            namespace,
            "activator-" + UUID.randomUUID(),
            Optional.empty(),
            Optional.of(REGION),
            "cluster.local",
            LEASE);
    var addresses = new ActivatorProcess.Addresses(local(), local());
    var started = new ActivatorProcess(role, addresses, () -> {});
    activators.add(started);
    return started;
  }

  private static HostPort local() {
    return new HostPort("127.0.0.1", 0);
  }

  static InetSocketAddress door(ActivatorProcess activator) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), activator.port());
  }

  /** The services of the namespace. */
  NonNamespaceOperation<
          OnDemandService, KubernetesResourceList<OnDemandService>, Resource<OnDemandService>>
      services() {
    return client.resources(OnDemandService.class).inNamespace(namespace);
  }

  /** A manifest as a client sends it. */
  GenericKubernetesResource resource(Manifest manifest) {
    var resource = JSON.convertValue(manifest.resource(), GenericKubernetesResource.class);
    resource.getMetadata().setNamespace(namespace);
    return resource;
  }

  @Override
  public void declare(Collection<Manifest> manifests) {
    manifests.forEach(
        it -> client.resource(resource(it)).fieldManager(OWNER).forceConflicts().serverSideApply());
    for (OnDemandService present : services().list().getItems()) {
      if (manifests.stream().noneMatch(it -> it.name().equals(present.id().name()))) {
        client.resource(present).delete();
      }
    }
  }

  @Override
  public InetSocketAddress door() {
    return door(activators.getFirst());
  }

  @Override
  public String host(String service) {
    return service + "." + namespace;
  }

  @Override
  public JsonNode status(String service) {
    OnDemandService found = services().withName(service).get();
    return found == null || found.getStatus() == null
        ? MissingNode.getInstance()
        : found.getStatus();
  }

  @Override
  public int running(String service) {
    return (int)
        client
            .pods()
            .inNamespace(namespace)
            .withLabel(SERVICE_LABEL, service)
            .list()
            .getItems()
            .stream()
            .filter(pod -> !pod.getStatus().getPhase().matches("Succeeded|Failed"))
            .count();
  }

  @Override
  public void close() {
    activators.forEach(ActivatorProcess::close);
    stopOperator();
    client.namespaces().withName(namespace).delete();
    client.close();
  }
}
