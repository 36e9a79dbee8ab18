package dev.dormouse.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.dormouse.api.schema.Formats;
import dev.dormouse.api.schema.Schema;
import dev.dormouse.api.schema.Shape;
import dev.dormouse.api.schema.Syntax;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes the CustomResourceDefinition: the frame, with the structural schema of {@link Schema#SPEC}
 * in it.
 */
final class CrdWriter {
  static final Path FILE = Path.of("crds", "ondemandservices.dormouse.dev.yaml");

  private static final Path PARTS = Path.of("src", "build", "crd");
  private static final String HEAD =
      "# Written from src/main/java/dev/dormouse/api/Schema.java and src/build/crd; to write it"
          + " anew:\n"
          + "# mvn -q test -Dtest=CrdTest -Dcrd.write -P-gates\n";

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final YAMLMapper YAML =
      new YAMLMapper(
          YAMLFactory.builder()
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
              .disable(YAMLGenerator.Feature.SPLIT_LINES)
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .build());

  private final JsonNode descriptions = part("descriptions.yaml");
  private final JsonNode rules = part("rules.yaml");
  private final Set<String> used = new HashSet<>();

  /** The definition as a tree. */
  static JsonNode definition() {
    return new CrdWriter().write();
  }

  /** The definition as it stands in its file. */
  static String text() {
    try {
      return HEAD + YAML.writeValueAsString(definition());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode part(String name) {
    try {
      return YAML.readTree(PARTS.resolve(name).toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonNode write() {
    ObjectNode frame = (ObjectNode) part("frame.yaml");
    ObjectNode root = (ObjectNode) frame.at("/spec/versions/0/schema/openAPIV3Schema");
    ObjectNode metadata = (ObjectNode) root.at("/properties/metadata");
    // Of metadata itself an API server lets nothing be said.
    ObjectNode name = text(Syntax.NAME).put("description", "Of the service: part of its names.");
    metadata.putObject("properties").set("name", name);
    ((ObjectNode) root.path("properties")).set("spec", schema("spec", Schema.SPEC));
    rules(root, "");
    Set<String> unused = new HashSet<>();
    descriptions.fieldNames().forEachRemaining(unused::add);
    rules.fieldNames().forEachRemaining(unused::add);
    unused.removeAll(used);
    if (!unused.isEmpty()) {
      throw new IllegalStateException("no such field: " + unused);
    }
    return frame;
  }

  private ObjectNode schema(String path, Shape shape) {
    ObjectNode schema =
        switch (shape) {
          case Shape.Mapping mapping -> mapping(path, mapping);
          case Shape.Entries entries -> entries(path, entries);
          case Shape.Items items -> items(path, items);
          case Shape.Open _, Shape.Any _ ->
              type("object").put("x-kubernetes-preserve-unknown-fields", true);
          case Shape.Text it -> text(it.syntax());
          case Shape.Span span -> span(span);
          case Shape.Whole whole -> whole(whole);
          case Shape.Flag flag -> type("boolean").put("default", flag.usual());
          case Shape.Size size -> size(size);
          case Shape.Choice choice -> choice(choice);
        };
    used.add(path);
    if (descriptions.has(path)) {
      schema.set("description", descriptions.path(path));
    }
    rules(schema, path);
    return schema;
  }

  private void rules(ObjectNode schema, String path) {
    used.add(path);
    rules
        .path(path)
        .forEach(it -> rule(schema, it.path("rule").asText(), it.path("message").asText()));
  }

  private static void rule(ObjectNode schema, String rule, String message) {
    ArrayNode all = schema.withArray("x-kubernetes-validations");
    all.addObject().put("rule", rule).put("message", message);
  }

  private static ObjectNode type(String type) {
    return NODES.objectNode().put("type", type);
  }

  private ObjectNode mapping(String path, Shape.Mapping mapping) {
    ObjectNode schema = type("object");
    mapping.required().forEach(it -> schema.withArray("required").add(it));
    ObjectNode properties = NODES.objectNode();
    mapping.keys().forEach((key, it) -> properties.set(key, schema(path + "." + key, it)));
    properties.remove("servedBy"); // only patches have it
    if (!properties.isEmpty()) {
      schema.set("properties", properties);
    }
    if (isFilledIn(path)
        && properties.properties().stream().anyMatch(it -> it.getValue().has("default"))) {
      schema.putObject("default");
    }
    return schema;
  }

  /** What is in a list is there or not, and means something by that. */
  private static boolean isFilledIn(String path) {
    return !path.equals("spec") && !path.contains("[]");
  }

  private ObjectNode entries(String path, Shape.Entries entries) {
    ObjectNode schema = type("object").put("maxProperties", entries.max());
    schema.set("additionalProperties", schema(path + "{}", entries.value()));
    String pattern = whole(entries.key().pattern);
    StringBuilder rule = new StringBuilder("self.all(it, size(it) <= " + entries.key().maxLength);
    rule.append(" && it.matches(").append(quoted(pattern)).append(')');
    entries
        .key()
        .never
        .ifPresent(it -> rule.append(" && !it.matches(").append(quoted(it.pattern())).append(')'));
    rule(schema, rule.append(')').toString(), "each key must be " + entries.key().description);
    return schema;
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  private ObjectNode items(String path, Shape.Items items) {
    ObjectNode schema = type("array").put("maxItems", items.max());
    if (items.min() > 0) {
      schema.put("minItems", items.min());
    }
    if (items.element() instanceof Shape.Mapping(var _, var required)
        && required.contains("name")) {
      schema.put("x-kubernetes-list-type", "map");
      schema.putArray("x-kubernetes-list-map-keys").add("name");
    } else {
      schema.put("x-kubernetes-list-type", path.equals("spec.dependsOn") ? "set" : "atomic");
    }
    schema.set("items", schema(path + "[]", items.element()));
    return schema;
  }

  private static ObjectNode text(Syntax syntax) {
    ObjectNode schema = type("string").put("maxLength", syntax.maxLength);
    schema.put("pattern", whole(syntax.pattern));
    syntax.never.ifPresent(it -> schema.putObject("not").put("pattern", it.pattern()));
    return schema;
  }

  private static String whole(String pattern) {
    return "^(" + pattern + ")$";
  }

  private static ObjectNode span(Shape.Span span) {
    ObjectNode schema = text(Syntax.DURATION);
    span.usual().ifPresent(it -> schema.put("default", it));
    String bounds = "duration(self) >= duration('" + span.min() + "')";
    bounds += " && duration(self) <= duration('" + span.max() + "')";
    rule(schema, bounds, "must be from " + span.min() + " to " + span.max());
    return schema;
  }

  private static ObjectNode whole(Shape.Whole whole) {
    ObjectNode schema = type("integer").put("format", "int32");
    schema.put("minimum", whole.min()).put("maximum", whole.max());
    whole.usual().ifPresent(it -> schema.put("default", it));
    return schema;
  }

  private static ObjectNode size(Shape.Size size) {
    ObjectNode schema = NODES.objectNode().put("x-kubernetes-int-or-string", true);
    ArrayNode types = schema.putArray("anyOf");
    types.addObject().put("type", "integer");
    types.addObject().put("type", "string");
    schema.put("maxLength", Syntax.SIZE.maxLength).put("pattern", whole(Syntax.SIZE.pattern));
    size.usual().ifPresent(usual -> schema.put("default", usual));
    String bytes = "type(self) == int ? self";
    for (String unit : List.of("Gi", "Mi", "Ki")) {
      long factor = Formats.size("1" + unit).orElseThrow();
      bytes += " : self.endsWith('" + unit + "')";
      bytes += " ? int(self.replace('" + unit + "', '')) * " + factor;
    }
    bytes += " : int(self)";
    long min = Formats.size(size.min()).orElseThrow();
    long max = Formats.size(size.max()).orElseThrow();
    rule(
        schema,
        "[" + bytes + "].all(it, it >= " + min + " && it <= " + max + ")",
        "must be from " + size.min() + " to " + size.max());
    return schema;
  }

  private static ObjectNode choice(Shape.Choice choice) {
    ObjectNode schema = type("string").put("default", choice.nameOf(choice.usual()));
    choice.names().forEach(schema.withArray("enum")::add);
    return schema;
  }
}
