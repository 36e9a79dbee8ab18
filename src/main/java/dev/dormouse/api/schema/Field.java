package dev.dormouse.api.schema;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.api.schema.Source.Place;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * One value of a document, there or not. Readers take typed values from it; what does not fit is
 * reported, and the fallback returned so that the reader can go on to the next mistake.
 */
public final class Field {
  private static final int SHOWN_CHARS = 60;

  private final Source source;
  private final JsonNode node;
  private final String path;
  private final Shape shape;
  private final Place place;

  /** A whole document. */
  Field(Source source, JsonNode node, Place place) {
    this(source, node, "", Schema.RESOURCE, place);
  }

  private Field(Source source, JsonNode node, String path, Shape shape, Place place) {
    this.source = source;
    this.node = node;
    this.path = path;
    this.shape = shape;
    this.place = place;
  }

  /** The field of this name below it, whether it is there or not. */
  public Field at(String key) {
    Place otherwise = new Place(place.line(), Source.step(place.field(), key));
    return child(node.path(key), Source.step(path, key), shape.at(key), otherwise);
  }

  private Field child(JsonNode value, String childPath, Shape childShape, Place otherwise) {
    Place there = source.place(childPath).orElse(otherwise);
    return new Field(source, value, childPath, childShape, there);
  }

  Shape shape() {
    return shape;
  }

  /** From the document, whatever messages call it. */
  String path() {
    return path;
  }

  /** What stands there; missing if nothing does. */
  public JsonNode node() {
    return node;
  }

  int line() {
    return place.line();
  }

  boolean isNull() {
    return node.isNull();
  }

  /** Whether anything but null stands there. */
  public boolean present() {
    return !node.isMissingNode() && !node.isNull();
  }

  /** A mistake at this place. */
  public void problem(String message) {
    source.problem(place, message);
  }

  /** What is allowed here and perhaps not meant. */
  public void warning(String message) {
    source.warning(place, message);
  }

  /** The value as messages name it. */
  public String shown() {
    if (node.isContainerNode()) {
      return node.isObject() ? "a mapping" : "a list";
    }
    String text = node.asText();
    String cut = text.length() <= SHOWN_CHARS ? text : text.substring(0, SHOWN_CHARS) + "...";
    return node.isTextual() ? "\"" + cut.replaceAll("\\p{Cntrl}", "?") + "\"" : cut;
  }

  /** A mistake: something else should stand here. */
  public void expected(String what) {
    problem("must be " + what + ", was " + shown());
  }

  /** The elements; none if there is no list. */
  public List<Field> items() {
    if (present() && !node.isArray()) {
      expected("a list");
    }
    List<Field> items = new ArrayList<>();
    for (int i = 0; node.isArray() && i < node.size(); i++) {
      String step = "[" + i + "]";
      Place otherwise = new Place(place.line(), place.field() + step);
      items.add(child(node.get(i), path + step, shape.element(), otherwise));
    }
    return items;
  }

  /** The values of a mapping; none if there is no mapping. */
  public Map<String, Field> entries() {
    if (present() && !node.isObject()) {
      expected("a mapping");
    }
    Map<String, Field> entries = new LinkedHashMap<>();
    node.fieldNames().forEachRemaining(name -> entries.put(name, at(name)));
    return entries;
  }

  /** A value made of text, or nothing if it is not there or not {@code what} says. */
  public <T> Optional<T> parsed(String what, Function<String, Optional<T>> parser) {
    if (!present()) {
      return Optional.empty();
    }
    Optional<T> value = node.isTextual() ? parser.apply(node.textValue()) : Optional.empty();
    if (value.isEmpty()) {
      expected(what + (node.isNumber() || node.isBoolean() ? " in quotes" : ""));
    }
    return value;
  }

  /** A text; anything else is a mistake. */
  public Optional<String> text() {
    return text(Optional::of);
  }

  /** A text that is of its syntax and that the parser accepts. */
  public <T> Optional<T> text(Function<String, Optional<T>> parser) {
    Syntax syntax = as(Shape.Text.class).syntax();
    return parsed(
        syntax.description, it -> Optional.of(it).filter(syntax::matches).flatMap(parser));
  }

  /** The elements that are what they must be. */
  public List<String> texts() {
    return items().stream().flatMap(item -> item.text().stream()).toList();
  }

  private <S extends Shape> S as(Class<S> kind) {
    if (!kind.isInstance(shape)) {
      throw new IllegalStateException(path + " is read as what it is not: " + shape);
    }
    return kind.cast(shape);
  }

  /** A mistake if there are more values in it. */
  void atMost(int max, String what) {
    if (node.size() > max) {
      problem("must have at most " + max + " " + what + ", has " + node.size());
    }
  }

  /** A mistake if there is nothing here. */
  public Field required() {
    return required("");
  }

  /** The same with what it is for, behind the mistake. */
  public Field required(String hint) {
    if (!present()) {
      problem("is required" + hint);
    }
    return this;
  }

  /** As declared. */
  public Optional<Duration> declaredDuration() {
    Shape.Span span = as(Shape.Span.class);
    Optional<Duration> value = parsed(Syntax.DURATION.description, Formats::duration);
    boolean below = value.filter(it -> it.compareTo(fixed(span.min())) < 0).isPresent();
    if (below || value.filter(it -> it.compareTo(fixed(span.max())) > 0).isPresent()) {
      expected("from " + span.min() + " to " + span.max());
    }
    return value;
  }

  /** As declared, or the default. */
  public Duration duration() {
    String usual = as(Shape.Span.class).usual().orElseThrow();
    return declaredDuration().orElseGet(() -> fixed(usual));
  }

  private static Duration fixed(String duration) {
    return Formats.duration(duration).orElseThrow();
  }

  /** As declared. */
  public OptionalInt declaredInteger() {
    Shape.Whole whole = as(Shape.Whole.class);
    boolean fits = node.isIntegralNumber() && node.canConvertToInt();
    if (fits && node.intValue() >= whole.min() && node.intValue() <= whole.max()) {
      return OptionalInt.of(node.intValue());
    }
    if (present()) {
      expected("an integer from " + whole.min() + " to " + whole.max());
    }
    return OptionalInt.empty();
  }

  /** As declared, or the default. */
  public int integer() {
    return declaredInteger().orElse(as(Shape.Whole.class).usual().orElseThrow());
  }

  /** As declared, or the default. */
  public boolean flag() {
    if (present() && !node.isBoolean()) {
      expected("true or false");
    }
    return node.asBoolean(as(Shape.Flag.class).usual());
  }

  /** Bytes, as declared or by default, if there is one. */
  public Optional<Long> size() {
    Shape.Size size = as(Shape.Size.class);
    Optional<Long> value =
        node.canConvertToInt()
            ? Optional.of(node.longValue())
            : parsed(Syntax.SIZE.description, Formats::size);
    long min = Formats.size(size.min()).orElseThrow();
    long max = Formats.size(size.max()).orElseThrow();
    if (value.filter(bytes -> bytes < min || bytes > max).isPresent()) {
      expected("from " + size.min() + " to " + size.max());
    }
    return value.or(() -> size.usual().flatMap(Formats::size));
  }

  /** The constant that is declared, or the default. */
  public <E extends Enum<E>> E choice(Class<E> type) {
    Shape.Choice choice = as(Shape.Choice.class);
    return parsed(String.join(" or ", choice.names()), it -> constant(type, choice, it))
        .orElseGet(() -> type.cast(choice.usual()));
  }

  private static <E extends Enum<E>> Optional<E> constant(
      Class<E> type, Shape.Choice choice, String name) {
    return Stream.of(type.getEnumConstants())
        .filter(it -> choice.nameOf(it).equals(name))
        .findFirst();
  }
}
