package dev.dormouse.control;

import java.util.stream.Stream;

/** A throwable in one line of bounded length, where a client may have caused it. */
public final class ThrownLine {
  private static final String OURS = "dev.dormouse.";
  private static final int MAX_MESSAGE_CHARS = 200;

  private ThrownLine() {}

  /** Its type, its message in printable characters, and the first place of ours in its trace. */
  public static String of(Throwable thrown) {
    StackTraceElement[] trace = thrown.getStackTrace();
    String place =
        Stream.concat(
                Stream.of(trace).filter(it -> it.getClassName().startsWith(OURS)), Stream.of(trace))
            .findFirst()
            .map(it -> " at " + it)
            .orElse("");
    String message = thrown.getMessage();
    return thrown.getClass().getName() + (message == null ? "" : ": " + printable(message)) + place;
  }

  private static String printable(String text) {
    var line = new StringBuilder();
    text.codePoints()
        .limit(MAX_MESSAGE_CHARS)
        .map(it -> it < ' ' || it > '~' ? '?' : it)
        .forEach(line::appendCodePoint);
    return line.toString();
  }
}
