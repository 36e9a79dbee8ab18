package dev.dormouse.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.api.Source.Place;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * One value of a document, there or not. Readers take typed values from it; what does not fit is
 * reported, and the fallback returned so that the reader can go on to the next mistake.
 */
final class Field {
  private static final int SHOWN_CHARS = 60;

  private final Source source;
  private final JsonNode node;
  private final String path;
  private final Place place;

  Field(Source source, JsonNode node, String path, Place place) {
    this.source = source;
    this.node = node;
    this.path = path;
    this.place = place;
  }

  Field at(String key) {
    return child(node.path(key), Source.step(path, key), Source.step(place.field(), key));
  }

  private Field child(JsonNode value, String childPath, String shownPath) {
    Place otherwise = new Place(place.line(), shownPath);
    return new Field(source, value, childPath, source.place(childPath).orElse(otherwise));
  }

  JsonNode node() {
    return node;
  }

  int line() {
    return place.line();
  }

  boolean isNull() {
    return node.isNull();
  }

  boolean present() {
    return !node.isMissingNode() && !node.isNull();
  }

  void problem(String message) {
    source.problem(place, message);
  }

  void warning(String message) {
    source.warning(place, message);
  }

  /** The value as messages name it. */
  String shown() {
    if (node.isContainerNode()) {
      return node.isObject() ? "a mapping" : "a list";
    }
    String text = node.asText();
    String cut = text.length() <= SHOWN_CHARS ? text : text.substring(0, SHOWN_CHARS) + "...";
    return node.isTextual() ? "\"" + cut.replaceAll("\\p{Cntrl}", "?") + "\"" : cut;
  }

  void expected(String what) {
    problem("must be " + what + ", was " + shown());
  }

  /** The elements; none if there is no list. */
  List<Field> items() {
    if (present() && !node.isArray()) {
      expected("a list");
    }
    List<Field> items = new ArrayList<>();
    for (int i = 0; node.isArray() && i < node.size(); i++) {
      String step = "[" + i + "]";
      items.add(child(node.get(i), path + step, place.field() + step));
    }
    return items;
  }

  /** The values of a mapping; none if there is no mapping. */
  Map<String, Field> entries() {
    if (present() && !node.isObject()) {
      expected("a mapping");
    }
    Map<String, Field> entries = new LinkedHashMap<>();
    node.fieldNames().forEachRemaining(name -> entries.put(name, at(name)));
    return entries;
  }

  /** A value made of text, or nothing if it is not there or not {@code what} says. */
  <T> Optional<T> parsed(String what, Function<String, Optional<T>> parser) {
    if (!present()) {
      return Optional.empty();
    }
    Optional<T> value = node.isTextual() ? parser.apply(node.textValue()) : Optional.empty();
    if (value.isEmpty()) {
      expected(what + (node.isNumber() || node.isBoolean() ? " in quotes" : ""));
    }
    return value;
  }

  Optional<String> matching(Syntax syntax) {
    return parsed(syntax.description, text -> Optional.of(text).filter(syntax::matches));
  }

  /** The elements that are what they must be. */
  List<String> listOf(Syntax syntax) {
    return items().stream().flatMap(item -> item.matching(syntax).stream()).toList();
  }

  /** A mistake if there is nothing here. */
  Field required() {
    if (!present()) {
      problem("is required");
    }
    return this;
  }

  /** The bounds belong to it. */
  Optional<Duration> duration(String min, String max) {
    Optional<Duration> value = parsed("a duration such as 15m", Formats::duration);
    boolean below = value.filter(it -> it.compareTo(fixed(min)) < 0).isPresent();
    if (below || value.filter(it -> it.compareTo(fixed(max)) > 0).isPresent()) {
      expected("from " + min + " to " + max);
    }
    return value;
  }

  Duration duration(String fallback, String min, String max) {
    return duration(min, max).orElseGet(() -> fixed(fallback));
  }

  private static Duration fixed(String duration) {
    return Formats.duration(duration).orElseThrow();
  }

  OptionalInt integer(int min, int max) {
    boolean fits = node.isIntegralNumber() && node.canConvertToInt();
    if (fits && node.intValue() >= min && node.intValue() <= max) {
      return OptionalInt.of(node.intValue());
    }
    if (present()) {
      expected("an integer from " + min + " to " + max);
    }
    return OptionalInt.empty();
  }

  /** One of the constants, written {@code OnDemand} for {@code ON_DEMAND}. */
  <E extends Enum<E>> E choice(E fallback) {
    List<E> all = List.of(fallback.getDeclaringClass().getEnumConstants());
    String names = String.join(" or ", all.stream().map(Formats::camel).toList());
    return parsed(names, it -> all.stream().filter(e -> Formats.camel(e).equals(it)).findFirst())
        .orElse(fallback);
  }
}
