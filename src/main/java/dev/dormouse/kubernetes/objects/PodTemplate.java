package dev.dormouse.kubernetes.objects;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Shutdown;
import dev.dormouse.core.ServiceSpec.Startup;
import dev.dormouse.core.Variables;
import dev.dormouse.kubernetes.resource.Validity.Entry;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The pod of a service: its {@code template}, with the rest of the spec laid over one container,
 * and defaults where nothing is declared.
 */
final class PodTemplate {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** Past the startup timeout the operator decides, not the kubelet. */
  private static final Duration PROBE_SLACK = Duration.ofSeconds(30);

  /** By then activators know that a pod is being deleted. */
  private static final Duration NEWS = Duration.ofSeconds(1);

  private final Entry entry;
  private final ServiceSpec spec;
  private final boolean sleepAction;
  private final Map<String, String> variables;

  private PodTemplate(Entry entry, PodDefaults defaults) {
    this.entry = entry;
    this.spec = entry.spec();
    this.sleepAction = defaults.sleepAction();
    Optional<Integer> port = spec.port().stream().boxed().findFirst();
    this.variables = Variables.of(entry.id(), defaults.anyAddress(), port, defaults.region());
  }

  /** The template of a Deployment. */
  static ObjectNode of(Entry entry, PodDefaults defaults) {
    return new PodTemplate(entry, defaults).build();
  }

  private ObjectNode build() {
    ObjectNode template =
        entry.effective().path("template") instanceof ObjectNode declared
            ? declared.deepCopy()
            : NODES.objectNode();
    ObjectNode metadata = Trees.child(template, "metadata");
    Trees.child(metadata, "labels").setAll(Trees.labels(entry.id()));
    Trees.child(metadata, "annotations").put(Names.REVISION, spec.revision());
    ObjectNode pod = Trees.child(template, "spec");
    ObjectNode container = container(pod);
    layOver(container);
    Trees.child(metadata, "annotations").put(Names.MAIN_CONTAINER, container.path("name").asText());
    pod.put(
        "terminationGracePeriodSeconds",
        seconds(spec.shutdown().gracePeriod().plus(untilTerm(spec.shutdown()))));
    Trees.otherwise(pod, "automountServiceAccountToken", false);
    Trees.otherwise(pod, "enableServiceLinks", false);
    ObjectNode security = Trees.child(pod, "securityContext");
    Trees.otherwise(security, "runAsNonRoot", true);
    Trees.otherwise(security, "seccompProfile", NODES.objectNode().put("type", "RuntimeDefault"));
    Trees.list(pod, "initContainers").forEach(it -> restrict((ObjectNode) it));
    Trees.list(pod, "containers").forEach(it -> restrict((ObjectNode) it));
    if (pod.path("initContainers").isEmpty()) {
      pod.remove("initContainers");
    }
    return template;
  }

  private static ObjectNode container(ObjectNode pod) {
    ArrayNode containers = Trees.list(pod, "containers");
    for (JsonNode container : containers) {
      if (container.path("name").asText().equals(Names.CONTAINER)) {
        return (ObjectNode) container;
      }
    }
    return containers.path(0) instanceof ObjectNode first
        ? first
        : containers.addObject().put("name", Names.CONTAINER);
  }

  private void layOver(ObjectNode container) {
    for (String key : List.of("image", "command", "args", "resources")) {
      if (entry.effective().has(key)) {
        container.set(key, entry.effective().get(key));
      }
    }
    container.set("env", env(container.path("env")));
    spec.program()
        .workingDir()
        .ifPresent(it -> container.put("workingDir", Variables.expand(it, variables)));
    spec.port().ifPresent(port -> listen(container, port));
    if (!spec.shutdown().drain().isZero()) {
      Trees.otherwise(Trees.child(container, "lifecycle"), "preStop", sleep());
    }
  }

  /**
   * Our variables, then the template's, then the spec's; of one name the last. The kubelet expands
   * references, but knows only what stands earlier: one to a variable of ours that is replaced
   * later gets our value here.
   */
  private ArrayNode env(JsonNode declared) {
    Map<String, JsonNode> all = new LinkedHashMap<>();
    variables.forEach((name, value) -> all.put(name, variable(name, value)));
    Map<String, String> ours = new LinkedHashMap<>(variables);
    Stream.of(declared, entry.effective().path("env"))
        .flatMap(JsonNode::valueStream)
        .forEach(
            item -> {
              String name = item.path("name").asText();
              all.remove(name);
              all.put(name, substituted(item, ours));
              ours.remove(name);
            });
    return NODES.arrayNode().addAll(all.values());
  }

  private static JsonNode substituted(JsonNode item, Map<String, String> ours) {
    return item.path("value").isTextual()
        ? ((ObjectNode) item.deepCopy())
            .put("value", Variables.substitute(item.get("value").textValue(), ours))
        : item;
  }

  private static ObjectNode variable(String name, String value) {
    return NODES.objectNode().put("name", name).put("value", value);
  }

  private void listen(ObjectNode container, int port) {
    ArrayNode ports = Trees.list(container, "ports");
    if (ports.valueStream().noneMatch(it -> it.path("containerPort").asInt() == port)) {
      ports.addObject().put("containerPort", port).put("protocol", "TCP");
    }
    if (!container.has("startupProbe") && !container.has("readinessProbe")) {
      container.set("startupProbe", probe(port));
    }
  }

  /** Once a second until the first success, then never again. */
  private ObjectNode probe(int port) {
    Startup startup = spec.startup();
    ObjectNode probe = NODES.objectNode();
    startup
        .probePath()
        .ifPresentOrElse(
            path -> probe.putObject("httpGet").put("path", path).put("port", port),
            () -> probe.putObject("tcpSocket").put("port", port));
    return probe
        .put("periodSeconds", 1)
        .put("timeoutSeconds", 1)
        .put("failureThreshold", seconds(startup.timeout().plus(PROBE_SLACK)));
  }

  /** While it lasts, clients of a pod that is deleted are asked to leave. */
  private ObjectNode sleep() {
    int seconds = seconds(untilTerm(spec.shutdown()));
    ObjectNode preStop = NODES.objectNode();
    if (sleepAction) {
      preStop.putObject("sleep").put("seconds", seconds);
    } else {
      preStop.putObject("exec").putArray("command").add("sleep").add(Integer.toString(seconds));
    }
    return preStop;
  }

  private static Duration untilTerm(Shutdown shutdown) {
    return shutdown.drain().isZero() ? Duration.ZERO : shutdown.drain().plus(NEWS);
  }

  private static void restrict(ObjectNode container) {
    ObjectNode security = Trees.child(container, "securityContext");
    Trees.otherwise(security, "allowPrivilegeEscalation", false);
    ObjectNode none = NODES.objectNode();
    none.putArray("drop").add("ALL");
    Trees.otherwise(security, "capabilities", none);
  }

  /** Rounded up: never less than what was declared. */
  private static int seconds(Duration duration) {
    return Math.toIntExact(duration.plusMillis(999).toSeconds());
  }
}
