package dev.dormouse.kubernetes.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * JSON Patch (RFC 6902) as an API server applies it to a resource: test, add, replace, remove on
 * members of objects; a value is tested for equality, numbers by their value.
 */
public final class PatchEvaluator {
  private PatchEvaluator() {}

  /** The patched document; empty if an operation failed, then nothing of the patch is applied. */
  public static Optional<ObjectNode> apply(ObjectNode document, ArrayNode patch) {
    ObjectNode result = document.deepCopy();
    for (JsonNode operation : patch) {
      if (!apply(result, operation)) {
        return Optional.empty();
      }
    }
    return Optional.of(result);
  }

  private static boolean apply(ObjectNode document, JsonNode operation) {
    String path = operation.get("path").textValue();
    int last = path.lastIndexOf('/');
    if (!(find(document, path.substring(0, last)) instanceof ObjectNode parent)) {
      return false;
    }
    String key = unescape(path.substring(last + 1));
    JsonNode value = operation.get("value");
    return switch (operation.get("op").textValue()) {
      case "test" -> parent.has(key) && isSame(parent.get(key), value);
      case "add" -> {
        parent.set(key, value.deepCopy());
        yield true;
      }
      case "replace" -> parent.replace(key, value.deepCopy()) != null;
      case "remove" -> parent.remove(key) != null;
      default -> throw new IllegalArgumentException("not an operation: " + operation);
    };
  }

  private static JsonNode find(JsonNode document, String path) {
    JsonNode found = document;
    for (String token : path.substring(Math.min(1, path.length())).split("/", -1)) {
      found = token.isEmpty() ? found : found.path(unescape(token));
    }
    return found;
  }

  private static boolean isSame(JsonNode a, JsonNode b) {
    return (a.isNumber() && b.isNumber()) ? a.asDouble() == b.asDouble() : a.equals(b);
  }

  private static String unescape(String token) {
    return token.replace("~1", "/").replace("~0", "~");
  }
}
