package dev.dormouse.api.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One document while it is read: where each value stands, and the mistakes found in it so far.
 *
 * @param line where the document starts
 * @param root missing if the document could not be parsed
 * @param places by the path of a value, such as {@code spec.routes[0].path}
 */
public record Source(
    String file,
    int line,
    JsonNode root,
    Map<String, Place> places,
    Set<Problem> problems,
    Set<Problem> warnings) {
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_-]+");

  /** The line of a value, and the field to name to the user. */
  record Place(int line, String field) {}

  /**
   * One document of a file, the first line of which is {@code line}, and where its fields stand.
   */
  public Source(String file, int line, JsonNode root, Map<String, Place> places) {
    this(file, line, root, places, new LinkedHashSet<>(), new LinkedHashSet<>());
  }

  /** The same document with another root, in which the values below one path stand at another. */
  public Source moved(JsonNode newRoot, String from, String to) {
    Map<String, Place> all = new HashMap<>(places);
    places.forEach(
        (path, place) -> {
          if (path.startsWith(from) && path.length() > from.length()) {
            all.put(to + path.substring(from.length()), place);
          }
        });
    return new Source(file, line, newRoot, all);
  }

  /** The document itself, from where all fields are reached. */
  public Field field() {
    return new Field(this, root, new Place(line, ""));
  }

  Optional<Place> place(String path) {
    return Optional.ofNullable(places.get(path));
  }

  void problem(Place place, String message) {
    problems.add(new Problem(file, place.line(), place.field(), message));
  }

  void warning(Place place, String message) {
    warnings.add(new Problem(file, place.line(), place.field(), message));
  }

  /** The path of a key below a path; a key that is not a plain word is quoted. */
  public static String step(String path, String key) {
    if (!WORD.matcher(key).matches()) {
      return path + "[\"" + key.replaceAll("\\p{Cntrl}", "?") + "\"]";
    }
    return path.isEmpty() ? key : path + "." + key;
  }
}
