package dev.dormouse.cli;

import java.util.Locale;

/** What a log line is. */
enum LogFormat {
  /** For people: time, level, message. */
  TEXT,
  /** One JSON object. */
  JSON;

  /** The format of this name, in any case, as picocli reads it. */
  static LogFormat parse(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }
}
