package dev.dormouse.scaffold;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Procfile.
 *
 * @param sockets the process whose name says that it is for WebSockets, with its command
 */
record Procfile(Optional<Map.Entry<String, String>> sockets, List<Found> found) implements Clue {
  private static final String FILE = "Procfile";
  private static final Pattern LINE = Pattern.compile("^([A-Za-z0-9_-]+):\\s*(.+?)\\s*$");

  /** Names of processes that are for WebSockets. */
  static final Pattern NAME =
      Pattern.compile("(?i).*(cable|websocket|socket|realtime|chat|live|hub).*|wss?");

  static Optional<Procfile> in(Folder folder) {
    if (!folder.has(FILE)) {
      return Optional.empty();
    }
    var found = new ArrayList<Found>();
    var processes = new LinkedHashMap<String, String>();
    List<String> lines = folder.text(FILE).orElse("").lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      Matcher matcher = LINE.matcher(lines.get(i));
      if (matcher.matches()) {
        processes.put(matcher.group(1), matcher.group(2));
        found.add(new Found(FILE, i + 1, matcher.group(1) + ": " + matcher.group(2)));
      }
    }
    return Optional.of(
        new Procfile(
            processes.entrySet().stream()
                .filter(it -> NAME.matcher(it.getKey()).matches())
                .findFirst()
                .map(it -> Map.entry(it.getKey(), it.getValue())),
            List.copyOf(found)));
  }

  Optional<FoundServer> server() {
    return sockets.map(it -> byShell(FILE, it.getKey(), it.getValue()));
  }

  /** A command line for a shell, of a process with this name in a file. */
  static FoundServer byShell(String file, String name, String command) {
    List<String> open =
        List.of(
            file + ": " + name + " must listen on $PORT of 127.0.0.1, and stay in the foreground.",
            "path: / stands for what " + file + " does not say: the path of the WebSocket.");
    String safe = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    // In a manifest $(X) is a variable of Dormouse's.
    List<String> words = List.of("sh", "-c", "exec " + command.replace("$(", "$$("));
    return new FoundServer(safe, words, 0, Optional.empty(), List.of(), open);
  }
}
