package dev.dormouse.kubernetes.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.FailureReason;
import dev.dormouse.kubernetes.stake.StakeLedger;
import dev.dormouse.kubernetes.status.ActivatorId;
import dev.dormouse.kubernetes.status.JsonPatch;
import java.util.List;

/** What the parts of a simulation know of a status: an installation is not replaced at once. */
enum Release {
  PRESENT,

  /** Knows one endpoint, claims of nobody, and of complaints only that a pod is deaf. */
  BEFORE {
    @Override
    ObjectNode seen(ObjectNode resource) {
      ObjectNode seen = resource.deepCopy();
      forget(seen.path("status"));
      return seen;
    }

    @Override
    JsonPatch written(JsonPatch patch) {
      ArrayNode known = JsonNodeFactory.instance.arrayNode();
      patch.operations().valueStream().filter(it -> !isUnknown(it)).forEach(known::add);
      ArrayNode written = known.deepCopy();
      written.forEach(it -> forget(it.path("value")));
      return new JsonPatch(written);
    }

    @Override
    StakeLedger ledger(ActivatorId me) {
      return new StakeLedger(me) {
        @Override
        public void complain(FailureReason reason) {
          if (reason == FailureReason.DEAF) {
            super.complain(reason);
          }
        }
      };
    }
  };

  private static final List<String> SINCE = List.of("endpoints", "claims");

  /** What one of this release makes of a resource. */
  ObjectNode seen(ObjectNode resource) {
    return resource;
  }

  /** What one of this release writes in the place of this. */
  JsonPatch written(JsonPatch patch) {
    return patch;
  }

  StakeLedger ledger(ActivatorId me) {
    return new StakeLedger(me);
  }

  private static boolean isUnknown(JsonNode operation) {
    String path = operation.path("path").asText();
    return SINCE.stream().anyMatch(it -> path.startsWith("/status/" + it));
  }

  /** Takes out of a status what is too new. */
  private static void forget(JsonNode status) {
    if (status instanceof ObjectNode object) {
      object.remove(SINCE);
      for (JsonNode stake : object.path("stakes")) {
        ((ObjectNode) stake).remove("unreachable");
      }
    }
  }
}
