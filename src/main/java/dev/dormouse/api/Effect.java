package dev.dormouse.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.api.spec.SpecReader;
import java.util.List;
import java.util.Optional;

/** What a changed manifest does to what runs, and to open sockets, when it is applied. */
public enum Effect {
  /** Nothing runs for it yet. */
  ADDED("new: nothing runs until the first upgrade"),
  /** An {@code Always} service, or one that becomes it. */
  STARTED("started at once; open sockets stay"),
  /** It is gone, disabled or served elsewhere. */
  RETIRED("open sockets are closed politely, then it is stopped"),
  /** What runs was started from something else. */
  REPLACED("open sockets are closed politely, then it is stopped; the next upgrade starts the new"),
  /** It is disabled or served elsewhere, and was. */
  NONE("nothing: it does not run here"),
  /** Everything else. */
  LIVE("applied live; open sockets stay");

  private final String sentence;

  Effect(String sentence) {
    this.sentence = sentence;
  }

  /** For people. */
  public String sentence() {
    return sentence;
  }

  static Effect of(
      Optional<ObjectNode> was, Optional<ObjectNode> is, List<ManifestDiff.Change> changes) {
    boolean served = was.filter(Effect::isServed).isPresent();
    boolean serves = is.filter(Effect::isServed).isPresent();
    if (!serves) {
      return served ? RETIRED : NONE;
    }
    if (!served) {
      return isAlways(is) ? STARTED : ADDED;
    }
    if (changes.stream().anyMatch(it -> replaces(top(it.field())))) {
      return REPLACED;
    }
    return isAlways(is) && !isAlways(was) ? STARTED : LIVE;
  }

  private static boolean replaces(String field) {
    return field.equals("workingDir") || SpecReader.REVISED.contains(field);
  }

  private static String top(String field) {
    return field.split("[.\\[]", 2)[0];
  }

  private static boolean isAlways(Optional<ObjectNode> spec) {
    return spec.filter(it -> it.path("activation").asText().equals("Always")).isPresent();
  }

  private static boolean isServed(ObjectNode spec) {
    return !spec.path("activation").asText().equals("Disabled") && !spec.has("servedBy");
  }
}
