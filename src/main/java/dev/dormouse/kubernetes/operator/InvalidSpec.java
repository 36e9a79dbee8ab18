package dev.dormouse.kubernetes.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.kubernetes.resource.OnDemandService;
import dev.dormouse.kubernetes.resource.Validity.Broken;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * The status of an object that has a mistake and nothing to go on as: only its condition Ready is
 * written, and everything else stays.
 */
final class InvalidSpec {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private InvalidSpec() {}

  /** A JSON Patch that says so; empty if the status says it already. */
  static Optional<ArrayNode> patch(OnDemandService object, Broken broken, Instant now) {
    ObjectNode status = object.getStatus();
    long generation = object.getMetadata().getGeneration();
    ArrayNode conditions = NODES.arrayNode();
    Optional<JsonNode> known = Optional.empty();
    for (JsonNode condition : status == null ? NODES.arrayNode() : status.path("conditions")) {
      if (condition.path("type").asText().equals("Ready")) {
        known = Optional.of(condition);
      } else {
        conditions.add(condition);
      }
    }
    if (known.filter(it -> says(it, broken, generation)).isPresent()) {
      return Optional.empty();
    }
    String since =
        known
            .filter(it -> it.path("status").asText().equals("False"))
            .map(it -> it.path("lastTransitionTime").asText())
            .orElse(now.truncatedTo(ChronoUnit.SECONDS).toString());
    conditions
        .insertObject(0)
        .put("type", "Ready")
        .put("status", "False")
        .put("reason", broken.reason().word())
        .put("message", broken.message())
        .put("lastTransitionTime", since)
        .put("observedGeneration", generation);
    return Optional.of(patch(object, conditions));
  }

  /** True if the status of an object says already what is wrong with it. */
  static boolean isTold(OnDemandService object, Broken broken) {
    return patch(object, broken, Instant.EPOCH).isEmpty();
  }

  private static boolean says(JsonNode condition, Broken broken, long generation) {
    return condition.path("reason").asText().equals(broken.reason().word())
        && condition.path("message").asText().equals(broken.message())
        && condition.path("observedGeneration").asLong() == generation;
  }

  private static ArrayNode patch(OnDemandService object, ArrayNode conditions) {
    ArrayNode patch = NODES.arrayNode();
    patch
        .addObject()
        .put("op", "test")
        .put("path", "/metadata/resourceVersion")
        .put("value", object.getMetadata().getResourceVersion());
    if (object.getStatus() == null) {
      ObjectNode add = patch.addObject().put("op", "add").put("path", "/status");
      add.putObject("value").set("conditions", conditions);
    } else {
      ObjectNode add = patch.addObject().put("op", "add").put("path", "/status/conditions");
      add.set("value", conditions);
    }
    return patch;
  }
}
