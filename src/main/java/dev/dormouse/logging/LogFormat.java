package dev.dormouse.logging;

import java.util.Locale;

/** What a log line is. */
public enum LogFormat {
  /** For people: time, level, message. */
  TEXT,
  /** One JSON object. */
  JSON;

  /** As it is written on a command line, and completed there. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The format of this name, in any case, as picocli reads it. */
  public static LogFormat parse(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }
}
