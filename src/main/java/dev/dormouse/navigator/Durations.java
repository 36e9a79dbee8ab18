package dev.dormouse.navigator;

import java.util.Optional;
import java.util.regex.Pattern;

/** Go's durations, as Gateway API writes them. */
final class Durations {
  private static final Pattern WHOLE = Pattern.compile("([0-9]{1,5}(h|m|s|ms)){1,4}");
  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,5}");

  private Durations() {}

  /** Empty for what only Go can read, such as {@code 1.5h}. */
  static Optional<String> translated(String go) {
    return Optional.of(SECONDS.matcher(go).matches() ? go + "s" : go)
        .filter(it -> WHOLE.matcher(it).matches());
  }
}
