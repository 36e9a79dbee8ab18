package dev.dormouse.cli;

/** What a log line is. */
enum LogFormat {
  /** For people: time, level, message. */
  TEXT,
  /** One JSON object. */
  JSON
}
