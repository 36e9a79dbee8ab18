package dev.dormouse.api.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import dev.dormouse.api.schema.Source.Place;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Builds the tree of one YAML document from parser events and keeps the line of each value. Aliases
 * and merge keys are resolved; everything is bounded.
 */
public final class YamlTree {
  private static final int MAX_DOCUMENTS = 1000;
  private static final int MAX_DEPTH = 64;
  private static final int MAX_PATH_CHARS = 1000;

  /** Those behind aliases count each time. */
  private static final int MAX_VALUES = 50_000;

  /** YAML 1.2, section 9.1.2: no scalar can contain such a line. */
  private static final Pattern SEPARATOR = Pattern.compile("(?m)^(?=---(\\s|$))");

  private static final Pattern MARK = Pattern.compile("(?m)^ in 'reader', line (\\d{1,8})");

  private static final YAMLFactory PARSERS = new YAMLFactory();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final YAMLParser parser;
  private final int linesBefore;
  private final Map<String, Place> places = new HashMap<>();
  private final Map<String, Anchored> anchors = new HashMap<>();
  private final Set<Place> repeated = new LinkedHashSet<>();
  private int values;

  private YamlTree(YAMLParser parser, int linesBefore) {
    this.parser = parser;
    this.linesBefore = linesBefore;
  }

  private record Anchored(JsonNode node, int values) {}

  private static final class Unreadable extends IOException {
    private static final long serialVersionUID = 1;

    Unreadable(String message) {
      super(message);
    }
  }

  /**
   * The documents of a file that are not empty; one that cannot be read does not hide the others.
   */
  public static List<Source> read(String file, String text) {
    List<Source> documents = new ArrayList<>();
    int lines = 0;
    int looked = 0;
    for (String document : SEPARATOR.split(text, MAX_DOCUMENTS + 1)) {
      if (looked++ == MAX_DOCUMENTS) {
        var tooMany = new Unreadable("more than " + MAX_DOCUMENTS + " documents");
        documents.add(broken(file, lines + 1, tooMany));
        return documents;
      }
      boolean directives = document.lines().allMatch(it -> it.isBlank() || it.matches("[#%].*"));
      if (!directives) {
        documents.addAll(readOne(file, document, lines));
      }
      lines += (int) document.chars().filter(c -> c == '\n').count();
    }
    return documents;
  }

  private static List<Source> readOne(String file, String text, int linesBefore) {
    List<Source> documents = new ArrayList<>();
    try (YAMLParser parser = PARSERS.createParser(text)) {
      try {
        while (parser.nextToken() != null) {
          YamlTree tree = new YamlTree(parser, linesBefore);
          int line = tree.line();
          JsonNode root = tree.value("", line, 0);
          if (!root.isNull()) {
            documents.add(tree.source(file, line, root));
          }
        }
      } catch (Unreadable e) {
        documents.add(broken(file, linesBefore + parser.currentTokenLocation().getLineNr(), e));
      }
    } catch (IOException e) {
      documents.add(broken(file, linesBefore + lineOf(e), e));
    }
    return documents;
  }

  private Source source(String file, int line, JsonNode root) {
    Source source = new Source(file, line, root, places);
    repeated.forEach(place -> source.problem(place, "is set twice"));
    return source;
  }

  private static Source broken(String file, int line, IOException e) {
    Source source = new Source(file, line, MissingNode.getInstance(), Map.of());
    source.field().problem("not readable as YAML: " + reason(e));
    return source;
  }

  /** The parser's location is that of the last token; the message ends with that of the error. */
  private static int lineOf(IOException e) {
    return MARK.matcher(String.valueOf(e.getMessage()))
        .results()
        .map(mark -> Integer.parseInt(mark.group(1)))
        .reduce((_, last) -> last)
        .orElseGet(() -> located(e) ? ((JsonProcessingException) e).getLocation().getLineNr() : 1);
  }

  private static boolean located(IOException e) {
    return e instanceof JsonProcessingException json && json.getLocation() != null;
  }

  /** Without the lines that show where: they are indented. */
  private static String reason(IOException e) {
    String message =
        e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
    List<String> lines = String.valueOf(message).lines().filter(it -> !it.startsWith(" ")).toList();
    return String.join(": ", lines);
  }

  private int line() {
    return linesBefore + parser.currentTokenLocation().getLineNr();
  }

  private JsonNode value(String path, int line, int depth) throws IOException {
    if (++values > MAX_VALUES) {
      throw new Unreadable("more than " + MAX_VALUES + " values");
    }
    if (depth > MAX_DEPTH || path.length() > MAX_PATH_CHARS) {
      throw new Unreadable("nested too deep");
    }
    places.put(path, new Place(line, path));
    if (parser.isCurrentAlias()) {
      return alias(parser.getText());
    }
    boolean named = parser.currentToken().isStructStart(); // the parser has no anchors of scalars
    String anchor = named ? parser.getObjectId() : null;
    int before = values;
    JsonNode node =
        switch (parser.currentToken()) {
          case START_OBJECT -> mapping(path, depth);
          case START_ARRAY -> list(path, depth);
          case VALUE_NULL -> NODES.nullNode();
          case VALUE_TRUE, VALUE_FALSE -> NODES.booleanNode(parser.getBooleanValue());
          case VALUE_NUMBER_INT -> NODES.numberNode(parser.getBigIntegerValue());
          case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDoubleValue());
          default -> NODES.textNode(parser.getText());
        };
    if (anchor != null) {
      anchors.put(anchor, new Anchored(node, values - before));
    }
    return node;
  }

  private JsonNode alias(String name) throws IOException {
    Anchored anchored = anchors.get(name);
    if (anchored == null) {
      throw new Unreadable(
          "alias *" + name + " must repeat a mapping or a list that stands above it");
    }
    values += anchored.values();
    return anchored.node();
  }

  private JsonNode mapping(String path, int depth) throws IOException {
    ObjectNode mapping = NODES.objectNode();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      int line = line();
      parser.nextToken();
      String childPath = Source.step(path, key);
      JsonNode child = value(childPath, line, depth + 1);
      if (mapping.replace(key, child) != null) {
        repeated.add(new Place(line, childPath));
      }
    }
    JsonNode inherited = mapping.path("<<");
    if (inherited.isObject()) {
      inherit(mapping, inherited);
    } else if (inherited.isArray()) {
      inherited.forEach(each -> inherit(mapping, each));
    }
    return mapping;
  }

  /** YAML's merge key: what the mapping has itself wins, then what was inherited first. */
  private static void inherit(ObjectNode mapping, JsonNode inherited) {
    mapping.remove("<<");
    inherited.properties().forEach(it -> mapping.putIfAbsent(it.getKey(), it.getValue()));
  }

  private JsonNode list(String path, int depth) throws IOException {
    ArrayNode list = NODES.arrayNode();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      list.add(value(path + "[" + list.size() + "]", line(), depth + 1));
    }
    return list;
  }
}
