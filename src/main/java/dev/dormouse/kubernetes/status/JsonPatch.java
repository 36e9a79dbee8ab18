package dev.dormouse.kubernetes.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A JSON Patch (RFC 6902): its operations are applied in order, all or none.
 *
 * @param operations as they are sent
 */
public record JsonPatch(ArrayNode operations) {
  /** As it is sent, as {@code application/json-patch+json}. */
  @Override
  public String toString() {
    return operations.toString();
  }

  /** The reference token of RFC 6901 for a key. */
  static String escape(String key) {
    return key.replace("~", "~0").replace("/", "~1");
  }

  /** Collects operations. Used once. */
  static final class Builder {
    private final ArrayNode operations = JsonNodeFactory.instance.arrayNode();

    Builder test(String path, JsonNode value) {
      return operation("test", path, value);
    }

    Builder test(String path, String value) {
      return test(path, JsonNodeFactory.instance.textNode(value));
    }

    Builder test(String path, long value) {
      return test(path, JsonNodeFactory.instance.numberNode(value));
    }

    Builder add(String path, JsonNode value) {
      return operation("add", path, value);
    }

    Builder replace(String path, JsonNode value) {
      return operation("replace", path, value);
    }

    Builder remove(String path) {
      operations.add(named("remove", path));
      return this;
    }

    JsonPatch build() {
      return new JsonPatch(operations);
    }

    private Builder operation(String name, String path, JsonNode value) {
      ObjectNode operation = named(name, path);
      operation.set("value", value);
      operations.add(operation);
      return this;
    }

    private static ObjectNode named(String name, String path) {
      return JsonNodeFactory.instance.objectNode().put("op", name).put("path", path);
    }
  }
}
