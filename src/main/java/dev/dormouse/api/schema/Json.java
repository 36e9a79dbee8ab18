package dev.dormouse.api.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;

/** Operations on trees that need no object mapper. */
public final class Json {
  private Json() {}

  /** JSON merge patch (RFC 7386, section 2). The arguments stay as they are. */
  public static JsonNode merge(JsonNode target, JsonNode patch) {
    if (!patch.isObject()) {
      return patch;
    }
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    if (target instanceof ObjectNode object) {
      result.setAll(object);
    }
    for (var entry : patch.properties()) {
      if (entry.getValue().isNull()) {
        result.remove(entry.getKey());
      } else {
        result.set(entry.getKey(), merge(result.path(entry.getKey()), entry.getValue()));
      }
    }
    return result;
  }

  /** A text that is the same for equal trees, whatever the order of their keys. */
  static String canonical(JsonNode node) {
    List<String> parts = new ArrayList<>();
    if (node.isObject()) {
      node.properties().forEach(it -> parts.add(quote(it.getKey()) + canonical(it.getValue())));
      Collections.sort(parts);
    } else if (node.isArray()) {
      node.forEach(it -> parts.add(canonical(it)));
    } else {
      return node.isTextual() ? quote(node.textValue()) : node.asText();
    }
    return node.isObject() ? "{" + String.join(",", parts) + "}" : parts.toString();
  }

  /** Sixteen hexadecimal digits that are the same for equal trees. */
  public static String digest(JsonNode node) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      byte[] hash = sha.digest(canonical(node).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
