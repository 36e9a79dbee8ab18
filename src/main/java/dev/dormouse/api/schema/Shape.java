package dev.dormouse.api.schema;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * What a value of the resource may be, and what it is if nothing is said. Documents are read by it,
 * and the schema of the CustomResourceDefinition is written from it.
 */
public sealed interface Shape {
  /** A mapping with these keys and no others. */
  record Mapping(Map<String, Shape> keys, List<String> required) implements Shape {}

  /** A mapping whose keys are free. */
  record Entries(Syntax key, Shape value, int max) implements Shape {}

  /** A list; if it is there, it has at least {@code min} elements. */
  record Items(Shape element, int min, int max) implements Shape {}

  /** A mapping that somebody else reads. */
  record Open() implements Shape {}

  /** Whatever it is, somebody else reads it. */
  record Any() implements Shape {}

  /** A string. */
  record Text(Syntax syntax) implements Shape {}

  /** A duration; the bounds belong to it. */
  record Span(String min, String max, Optional<String> usual) implements Shape {}

  /** An integer; the bounds belong to it. */
  record Whole(int min, int max, OptionalInt usual) implements Shape {}

  /** True or false. */
  record Flag(boolean usual) implements Shape {}

  /** A number of bytes, or a string of {@link Syntax#SIZE}. */
  record Size(String min, String max, Optional<String> usual) implements Shape {}

  /**
   * The name of a constant, {@code OnDemand} for {@code ON_DEMAND}.
   *
   * @param asItIs whether the name is the constant's own instead
   */
  record Choice(Enum<?> usual, boolean asItIs) implements Shape {
    Choice(Enum<?> usual) {
      this(usual, false);
    }

    /** The words of the constants as they are written in a document. */
    public List<String> names() {
      return Stream.of(usual.getDeclaringClass().getEnumConstants()).map(this::nameOf).toList();
    }

    /** The word of one constant. */
    public String nameOf(Enum<?> constant) {
      return asItIs ? constant.name() : Formats.camel(constant);
    }
  }

  /** One key of a mapping. */
  record Key(String name, Shape shape, boolean required) {}

  static Key key(String name, Shape shape) {
    return new Key(name, shape, false);
  }

  static Key required(String name, Shape shape) {
    return new Key(name, shape, true);
  }

  static Shape mapping(Key... keys) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    Stream.of(keys).forEach(it -> shapes.put(it.name(), it.shape()));
    return new Mapping(shapes, Stream.of(keys).filter(Key::required).map(Key::name).toList());
  }

  static Shape list(Shape element, int max) {
    return new Items(element, 0, max);
  }

  static Shape fullList(Shape element, int max) {
    return new Items(element, 1, max);
  }

  static Shape text(Syntax syntax) {
    return new Text(syntax);
  }

  static Shape duration(String usual, String min, String max) {
    return new Span(min, max, Optional.of(usual));
  }

  static Shape duration(String min, String max) {
    return new Span(min, max, Optional.empty());
  }

  static Shape integer(int usual, int min, int max) {
    return new Whole(min, max, OptionalInt.of(usual));
  }

  static Shape integer(int min, int max) {
    return new Whole(min, max, OptionalInt.empty());
  }

  /** Of the value of a key, whether or not it may be there. */
  default Shape at(String key) {
    return switch (this) {
      case Mapping mapping -> mapping.keys().getOrDefault(key, new Any());
      case Entries entries -> entries.value();
      case Items _, Open _, Any _, Text _, Span _, Whole _, Flag _, Size _, Choice _ -> new Any();
    };
  }

  /** Of the elements of a list. */
  default Shape element() {
    return this instanceof Items items ? items.element() : new Any();
  }
}
