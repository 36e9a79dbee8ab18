package dev.dormouse.activator.route;

import java.util.Locale;

/** A text in which {@code *} stands for any run of characters; case does not matter. */
public final class Glob {
  private final String[] parts;

  private Glob(String[] parts) {
    this.parts = parts;
  }

  /** A text in which {@code *} stands for anything. */
  public static Glob of(String text) {
    return new Glob(text.toLowerCase(Locale.ROOT).split("\\*", -1));
  }

  /** Whether all of the text is like this. */
  public boolean matches(String value) {
    String text = value.toLowerCase(Locale.ROOT);
    if (parts.length == 1) {
      return text.equals(parts[0]);
    }
    String last = parts[parts.length - 1];
    int from = parts[0].length();
    int until = text.length() - last.length();
    if (until < from || !text.startsWith(parts[0]) || !text.endsWith(last)) {
      return false;
    }
    for (int i = 1; i < parts.length - 1; i++) {
      int found = text.indexOf(parts[i], from);
      if (found < 0) {
        return false;
      }
      from = found + parts[i].length();
    }
    return from <= until;
  }
}
