package dev.dormouse.kubernetes.objects;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.api.schema.Json;
import dev.dormouse.kubernetes.resource.Validity.Entry;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The objects that belong to a service, as they are applied. */
public final class Drafts {
  /** More do not fit into one slice; no client needs that many activators. */
  private static final int MAX_ENDPOINTS = 1000;

  private static final String PORT_NAME = "http";

  /** WebSocket without TLS, as Kubernetes names it (KEP-3726). */
  private static final String WEBSOCKET = "kubernetes.io/ws";

  private Drafts() {}

  /** What runs it. Says nothing of replicas: they are another decision. */
  public static ObjectNode deployment(Entry entry, PodDefaults defaults) {
    ObjectNode deployment = Trees.owned("apps/v1", "Deployment", entry, entry.id().name());
    ObjectNode spec = deployment.putObject("spec");
    spec.putObject("selector").putObject("matchLabels").put(Names.SERVICE, entry.id().name());
    spec.putObject("strategy").put("type", "Recreate");
    spec.put("revisionHistoryLimit", 0);
    spec.set("template", PodTemplate.of(entry, defaults));
    stamp(deployment);
    return deployment;
  }

  /**
   * A name and an address in the cluster: without a selector, of the activators; of what clients
   * never reach but others depend on, of its pod.
   */
  public static Optional<ObjectNode> service(Entry entry) {
    boolean direct = !entry.routed() && ScaleTarget.of(entry).owned();
    OptionalInt port = entry.routed() ? OptionalInt.of(80) : entry.spec().port();
    if (port.isEmpty() || !(entry.routed() || direct)) {
      return Optional.empty();
    }
    ObjectNode service = Trees.owned("v1", "Service", entry, entry.id().name());
    ObjectNode spec = service.putObject("spec");
    if (direct) {
      spec.putObject("selector").put(Names.SERVICE, entry.id().name());
    }
    // Of both families where the cluster has both.
    spec.put("ipFamilyPolicy", "PreferDualStack");
    ObjectNode declared =
        spec.putArray("ports")
            .addObject()
            .put("name", direct ? "tcp" : PORT_NAME)
            .put("port", port.getAsInt())
            .put("protocol", "TCP");
    if (!direct) {
      declared.put("appProtocol", WEBSOCKET);
    }
    stamp(service);
    return Optional.of(service);
  }

  /** Leads from that address to the activators, in one family of addresses. */
  public static ObjectNode slice(
      Entry entry, ActivatorPod.Family family, List<ActivatorPod> activators, int port) {
    String name = entry.id().name();
    ObjectNode slice =
        Trees.owned("discovery.k8s.io/v1", "EndpointSlice", entry, family.slice(name));
    Trees.child(Trees.child(slice, "metadata"), "labels")
        .put(Names.SLICE_SERVICE, name)
        .put(Names.SLICE_MANAGED_BY, "dormouse.dev");
    slice.put("addressType", family.word());
    ArrayNode endpoints = slice.putArray("endpoints");
    activators.stream()
        .sorted()
        .flatMap(it -> it.address(family).map(address -> endpoint(it, address)).stream())
        .limit(MAX_ENDPOINTS)
        .forEach(endpoints::add);
    slice
        .putArray("ports")
        .addObject()
        .put("name", PORT_NAME)
        .put("appProtocol", WEBSOCKET)
        .put("port", port)
        .put("protocol", "TCP");
    stamp(slice);
    return slice;
  }

  /** Controllers of clouds take endpoints only by the pod and the node that they are. */
  private static JsonNode endpoint(ActivatorPod pod, String address) {
    ObjectNode endpoint = JsonNodeFactory.instance.objectNode();
    endpoint.putArray("addresses").add(address);
    endpoint
        .putObject("conditions")
        .put("ready", true)
        .put("serving", true)
        .put("terminating", false);
    endpoint
        .putObject("targetRef")
        .put("kind", "Pod")
        .put("namespace", pod.namespace())
        .put("name", pod.name())
        .put("uid", pod.uid());
    pod.node().ifPresent(it -> endpoint.put("nodeName", it));
    pod.zone().ifPresent(it -> endpoint.put("zone", it));
    return endpoint;
  }

  /** Lets the next operator see that nothing is to be applied. */
  private static void stamp(ObjectNode object) {
    String digest = Json.digest(object);
    Trees.child(Trees.child(object, "metadata"), "annotations").put(Names.APPLIED, digest);
  }
}
