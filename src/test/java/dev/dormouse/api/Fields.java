package dev.dormouse.api;

import dev.dormouse.api.schema.Schema;
import dev.dormouse.api.schema.Shape;
import java.util.ArrayList;
import java.util.List;

/** The paths of the resource's fields. */
final class Fields {
  private Fields() {}

  /** Of every field without keys of its own; {@code []} marks a list. */
  static List<String> paths() {
    List<String> paths = new ArrayList<>();
    collect("", Schema.RESOURCE, paths);
    return paths;
  }

  private static void collect(String path, Shape shape, List<String> into) {
    if (shape instanceof Shape.Items items) {
      collect(path + "[]", items.element(), into);
    } else if (shape instanceof Shape.Mapping mapping && !mapping.keys().isEmpty()) {
      String prefix = path.isEmpty() ? "" : path + ".";
      mapping.keys().forEach((key, child) -> collect(prefix + key, child, into));
    } else {
      into.add(path);
    }
  }
}
