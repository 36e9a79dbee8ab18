package dev.dormouse.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.dormouse.kubernetes.client.Cluster;
import dev.dormouse.kubernetes.resource.OnDemandService;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A namespace of a real cluster with an operator and an activator, in this JVM or as pods: the
 * workloads are pods, and their addresses must be reachable from here.
 */
final class ClusterStage implements Stage {
  /**
   * Of activators in this JVM: short, so that what a dead one has left is found soon; long enough
   * for one to be cut off for a while.
   */
  static final Duration LEASE = Duration.ofSeconds(8);

  /** Whoever declares services here, as a GitOps tool does. */
  static final String OWNER = "gitops";

  private static final String SERVICE_LABEL = "dormouse.dev/service";
  private static final ObjectMapper JSON = new ObjectMapper();

  final KubernetesClient client = Cluster.connect(Clusters.config());
  final String namespace = Clusters.namespace(client);
  private final Roles roles =
      Clusters.dormouseImage()
          .<Roles>map(image -> new RolesAsPods(client, image))
          .orElseGet(() -> new RolesHere(namespace));
  private final List<Roles.Door> others = new ArrayList<>();
  private final Roles.Door first;

  ClusterStage() {
    roles.startOperator();
    first = roles.startActivator();
  }

  void startOperator() {
    roles.startOperator();
  }

  /** Its leadership ends with it; what runs goes on. */
  void stopOperator() {
    roles.stopOperator();
  }

  Roles.Door startActivator() {
    return roles.startActivator();
  }

  /** One in this JVM that reaches the API server so. */
  Roles.Door startActivator(Config cluster) {
    Roles.Door started = RolesHere.startActivator(cluster, namespace, roles.home());
    others.add(started);
    return started;
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
    return first.address();
  }

  @Override
  public String host(String service) {
    return service + "." + namespace;
  }

  @Override
  public boolean knows(String service) {
    return knows(first, service);
  }

  /** Whether this activator would serve it. */
  boolean knows(Roles.Door activator, String service) {
    try (var visitor = Visitor.ask(activator.admin(), "localhost", "/services")) {
      return visitor
          .answer()
          .contains("\"name\":\"" + service + "\",\"namespace\":\"" + namespace + "\"");
    }
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
    others.forEach(Roles.Door::close);
    roles.close();
    client.namespaces().withName(namespace).delete();
    client.close();
  }
}
