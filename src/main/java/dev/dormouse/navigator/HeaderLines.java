package dev.dormouse.navigator;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Headers that Navigator sets on the way to the upstream. */
final class HeaderLines {
  /** Dormouse sets them itself, each once. */
  private static final Map<String, String> OURS =
      Map.of(
          "x-forwarded-for", "$remote_addr",
          "x-forwarded-proto", "$scheme",
          "x-forwarded-host", "$host");

  private static final Set<String> HANDSHAKE =
      Set.of("host", "connection", "upgrade", "content-length", "transfer-encoding");

  private static final Pattern VARIABLE = Pattern.compile("\\$(?!(remote_addr|scheme|host)\\b)");

  private HeaderLines() {}

  static void read(Node headers, Draft draft, Notes notes) {
    headers.entries().forEach((name, value) -> read(name, value, draft, notes));
  }

  private static void read(String name, Node value, Draft draft, Notes notes) {
    String lower = name.toLowerCase(Locale.ROOT);
    String text = value.json().asText();
    if (text.equals(OURS.get(lower))) {
      draft.comment(value, "X-Forwarded-For, -Proto and -Host are set anyway, each once");
    } else if (HANDSHAKE.contains(lower) || lower.startsWith("sec-websocket-")) {
      notes.add(value, "is part of the handshake, which is the client's own");
    } else {
      String escaped = VARIABLE.matcher(text).replaceAll("\\$\\$");
      String before = draft.headers.putIfAbsent(name, escaped);
      if (before != null && !before.equals(escaped)) {
        notes.add(value, "differs from another route of " + draft.name + "; that one holds");
      }
    }
  }
}
