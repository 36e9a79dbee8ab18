package dev.dormouse.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What an API server does to a resource before it stores it: strict decoding, defaults, the schema,
 * lists that are sets or maps, and rules.
 */
final class CrdCheck {
  private static final String VERSION = "/spec/versions/0/schema/openAPIV3Schema";

  private final JsonNode root = CrdWriter.definition().at(VERSION);
  private final JsonSchema schema =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V4).getSchema(plain(root));
  private final CelRules rules = new CelRules();

  /** Without what only Kubernetes knows. */
  private static JsonNode plain(JsonNode schema) {
    JsonNode plain = schema.deepCopy();
    if (plain instanceof ObjectNode object) {
      object.properties().removeIf(it -> it.getKey().startsWith("x-kubernetes-"));
      object.properties().forEach(it -> it.setValue(plain(it.getValue())));
    }
    return plain;
  }

  /** The object as it would be stored. */
  JsonNode stored(JsonNode object) {
    JsonNode copy = object.deepCopy();
    fill(root, copy);
    return copy;
  }

  /** Why an object would not be stored. */
  List<String> refusals(JsonNode object) {
    List<String> refusals = new ArrayList<>();
    JsonNode stored = stored(object);
    schema.validate(stored).forEach(it -> refusals.add(it.toString()));
    inspect(root, stored, "", refusals);
    return refusals;
  }

  /** The defaults that the schema which they stand in refuses, when all is filled in below them. */
  List<String> unsoundDefaults() {
    List<String> unsound = new ArrayList<>();
    collectUnsound("", root, unsound);
    return unsound;
  }

  private void collectUnsound(String path, JsonNode schema, List<String> unsound) {
    if (schema.has("default")) {
      JsonNode usual = schema.get("default").deepCopy();
      fill(schema, usual);
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V4)
          .getSchema(plain(schema))
          .validate(usual)
          .forEach(it -> unsound.add(path + ": " + it));
      inspect(schema, usual, path, unsound);
    }
    schema
        .path("properties")
        .properties()
        .forEach(it -> collectUnsound(path + "." + it.getKey(), it.getValue(), unsound));
    for (String below : List.of("items", "additionalProperties")) {
      if (schema.path(below).isObject()) {
        collectUnsound(path + "[]", schema.get(below), unsound);
      }
    }
  }

  private static void fill(JsonNode schema, JsonNode value) {
    if (value instanceof ObjectNode object) {
      for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
        JsonNode usual = property.getValue().path("default");
        JsonNode given = object.path(property.getKey());
        if (!usual.isMissingNode() && (given.isMissingNode() || given.isNull())) {
          object.set(property.getKey(), usual.deepCopy());
        }
      }
      object.properties().forEach(it -> fill(child(schema, it.getKey()), it.getValue()));
    } else if (value instanceof ArrayNode array) {
      array.forEach(it -> fill(schema.path("items"), it));
    }
  }

  private static JsonNode child(JsonNode schema, String key) {
    JsonNode property = schema.path("properties").path(key);
    return property.isMissingNode() ? schema.path("additionalProperties") : property;
  }

  private void inspect(JsonNode schema, JsonNode value, String path, List<String> refusals) {
    if (value.isObject()) {
      for (Map.Entry<String, JsonNode> entry : value.properties()) {
        JsonNode below = child(schema, entry.getKey());
        if (!below.isMissingNode()) {
          inspect(below, entry.getValue(), path + "." + entry.getKey(), refusals);
        } else if (!schema.has("x-kubernetes-preserve-unknown-fields") && !isMetadata(path)) {
          refusals.add(path + "." + entry.getKey() + ": unknown field");
        }
      }
    }
    if (value.isArray()) {
      value.forEach(it -> inspect(schema.path("items"), it, path + "[]", refusals));
      if (!distinct(schema, value)) {
        refusals.add(path + ": duplicate value");
      }
    }
    for (JsonNode rule : schema.path("x-kubernetes-validations")) {
      if (!rules.holds(rule.path("rule").asText(), value)) {
        refusals.add(path + ": " + rule.path("message").asText());
      }
    }
  }

  private static boolean isMetadata(String path) {
    return path.equals(".metadata");
  }

  private static boolean distinct(JsonNode schema, JsonNode list) {
    String key = schema.path("x-kubernetes-list-map-keys").path(0).asText();
    Set<JsonNode> seen = new HashSet<>();
    boolean distinct = true;
    for (JsonNode item : list) {
      distinct &= seen.add(key.isEmpty() ? item : item.path(key));
    }
    return distinct || schema.path("x-kubernetes-list-type").asText().equals("atomic");
  }
}
