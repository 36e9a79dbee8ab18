package dev.dormouse.api.schema;

import dev.dormouse.core.Text;

/**
 * One mistake, or one warning, and where it stands.
 *
 * @param file the file or directory as it was given
 * @param line from 1; 0 if it is about the whole file
 * @param field such as {@code spec.routes[0].path}; empty if it is about the whole document
 */
public record Problem(String file, int line, String field, String message) {
  /** All of it can be shown, whatever the file says or is called. */
  public Problem {
    file = Text.printable(file);
    field = Text.printable(field);
    message = Text.printable(message);
  }

  /** The same, found when the document was read for another region. */
  public Problem in(String region) {
    boolean told = field.startsWith(Source.step("spec.regions", region));
    return told ? this : new Problem(file, line, field, "in region " + region + ": " + message);
  }

  /** The same, with what has led to it. */
  public Problem because(String cause) {
    return new Problem(file, line, field, cause + message);
  }

  /** Without the place: {@code spec.idleTimeout: must be a duration such as 15m, was "9"}. */
  public String text() {
    return (field.isEmpty() ? "" : field + ": ") + message;
  }

  /** {@code cable.yaml:12: spec.idleTimeout: must be a duration such as 15m, was "15 minutes"}. */
  @Override
  public String toString() {
    return file + (line > 0 ? ":" + line : "") + ": " + text();
  }
}
