package dev.dormouse.navigator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.api.schema.YamlDocument;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One value of Navigator's file, there or not. */
record Node(YamlDocument document, String path, JsonNode json) {
  static Node root(YamlDocument document) {
    return new Node(document, "", document.root());
  }

  Node at(String key) {
    return new Node(document, path.isEmpty() ? key : path + "." + key, json.path(key));
  }

  /** The elements; none if this is no list. */
  List<Node> items() {
    List<Node> items = new ArrayList<>();
    for (int i = 0; json.isArray() && i < json.size(); i++) {
      items.add(new Node(document, path + "[" + i + "]", json.path(i)));
    }
    return items;
  }

  /** The values of a mapping; none if this is none. */
  Map<String, Node> entries() {
    Map<String, Node> entries = new LinkedHashMap<>();
    json.fieldNames().forEachRemaining(key -> entries.put(key, at(key)));
    return entries;
  }

  boolean present() {
    return !json.isMissingNode() && !json.isNull();
  }

  boolean isTrue() {
    return json.asBoolean();
  }

  /** A scalar as it is written. */
  Optional<String> text() {
    return json.isValueNode() && !json.isNull()
        ? Optional.of(json.asText()).filter(it -> !it.isEmpty())
        : Optional.empty();
  }

  List<String> texts() {
    return items().stream().map(it -> it.json.asText()).toList();
  }

  Map<String, String> textByKey() {
    Map<String, String> texts = new LinkedHashMap<>();
    entries().forEach((key, value) -> texts.put(key, value.json.asText()));
    return texts;
  }

  int line() {
    return document.line(path);
  }
}
