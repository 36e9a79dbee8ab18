package dev.dormouse.api.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** A YAML document that is no manifest of ours, with the line of each of its values. */
public final class YamlDocument {
  private final Source source;

  private YamlDocument(Source source) {
    this.source = source;
  }

  /** The documents of a file that are not empty, in order. */
  public static List<YamlDocument> read(String file, String text) {
    return YamlTree.read(file, text).stream().map(YamlDocument::new).toList();
  }

  /** Missing if the document cannot be read. */
  public JsonNode root() {
    return source.root();
  }

  /** Why it cannot be read, and the keys that it sets twice. */
  public List<Problem> problems() {
    return List.copyOf(source.problems());
  }

  /**
   * Where a value stands.
   *
   * @param path such as {@code routes.reverse_proxies[0].path}
   * @return the line of the value, else of what it would stand in
   */
  public int line(String path) {
    var place = source.place(path);
    int end = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
    return place.isPresent() || end < 0
        ? place.map(Source.Place::line).orElse(source.line())
        : line(path.substring(0, end));
  }
}
