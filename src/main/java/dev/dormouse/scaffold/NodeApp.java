package dev.dormouse.scaffold;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dormouse.scaffold.Folder.Line;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Node app with a WebSocket library.
 *
 * @param library the package's name
 * @param start what runs it
 * @param port the number in its source, 0 if it reads {@code PORT}, empty if neither is found
 * @param path the one in its source
 */
record NodeApp(
    String library,
    List<String> start,
    Optional<Integer> port,
    Optional<String> path,
    List<Found> found)
    implements Clue {
  private static final String FILE = "package.json";
  private static final String SOCKET_IO = "socket.io";
  private static final String SIGNALR = "@microsoft/signalr";
  private static final List<String> LIBRARIES = List.of("ws", SOCKET_IO, SIGNALR);
  private static final Pattern NODE = Pattern.compile("^node\\s+(?:--\\S+\\s+)*([\\w./-]+)$");
  private static final Pattern FROM_ENV = Pattern.compile("process\\.env\\.(PORT)\\b");
  private static final Pattern LISTEN =
      Pattern.compile("(?:\\.listen\\(\\s*|\\bport:\\s*)(\\d{2,5})\\b");
  private static final Pattern PATH = Pattern.compile("\\bpath:\\s*[\"'`](/[^\"'`]*)");

  static Optional<NodeApp> in(Folder folder) {
    JsonNode json = json(folder);
    var found = new ArrayList<Found>();
    Optional<String> library =
        LIBRARIES.stream().filter(it -> json.path("dependencies").has(it)).findFirst();
    if (library.isEmpty()) {
      return Optional.empty();
    }
    mention(folder, library.get()).ifPresent(found::add);
    String start = json.path("scripts").path("start").asText("");
    if (!start.isEmpty()) {
      mention(folder, "start").ifPresent(found::add);
    }
    Matcher node = NODE.matcher(start);
    String main = node.matches() ? node.group(1) : json.path("main").asText("");
    Optional<String> source =
        Stream.of(main, main + ".js", "server.js", "index.js", "app.js", "src/server.js")
            .map(it -> it.replaceFirst("^\\./", ""))
            .filter(folder::has)
            .findFirst();
    Optional<Line> env = source.flatMap(it -> folder.find(it, FROM_ENV));
    Optional<Line> number = source.flatMap(it -> folder.find(it, LISTEN));
    Optional<Line> path = source.flatMap(it -> folder.find(it, PATH));
    env.ifPresent(it -> found.add(it.found("listens where PORT says")));
    number.filter(_ -> env.isEmpty()).ifPresent(it -> found.add(it.found("port " + it.group())));
    path.ifPresent(it -> found.add(it.found("path " + it.group())));
    return Optional.of(
        new NodeApp(
            library.get(),
            command(start, node.matches(), source),
            env.map(_ -> 0).or(() -> number.map(it -> Integer.valueOf(it.group()))),
            path.map(Line::group),
            List.copyOf(found)));
  }

  private static JsonNode json(Folder folder) {
    try {
      return new ObjectMapper().readTree(folder.text(FILE).orElse("{}"));
    } catch (JsonProcessingException _) {
      return new ObjectMapper().createObjectNode(); // npm would not read it either
    }
  }

  private static Optional<Found> mention(Folder folder, String key) {
    Pattern line = Pattern.compile("\"(" + Pattern.quote(key) + ")\"\\s*:\\s*\"");
    return folder.find(FILE, line).map(it -> it.found(it.text().replaceFirst(",$", "")));
  }

  private static List<String> command(String start, boolean node, Optional<String> source) {
    if (node) {
      return List.of(start.split("\\s+"));
    }
    return start.isEmpty()
        ? source.map(it -> List.of("node", it)).orElse(List.of())
        : List.of("sh", "-c", "exec " + start.replace("$(", "$$("));
  }

  /** What serves the sockets; empty if that is no Node program, or nothing says how to start it. */
  Optional<FoundServer> server() {
    if (library.equals(SIGNALR) || start.isEmpty()) {
      return Optional.empty();
    }
    var open = new ArrayList<String>();
    if (port.isEmpty()) {
      open.add("port: no file says where it listens; it must be $PORT, or the number here.");
    }
    if (port.orElse(0) != 0) {
      open.add("port: it listens on a number of its own; process.env.PORT would leave it to us.");
    }
    Optional<String> at = path;
    if (library.equals(SOCKET_IO)) {
      at = Optional.of(path.orElse("/socket.io").replaceAll("/+$", "") + "/");
      open.add(
          "clients: Socket.IO begins with ordinary requests unless the client says transports:"
              + " [\"websocket\"]; a route answers WebSocket upgrades only.");
      if (path.isEmpty()) {
        open.add("path: /socket.io/ is Socket.IO's default; no file names another.");
      }
    } else if (path.isEmpty()) {
      open.add("path: / stands for what no file says: the path of new WebSocket(...).");
    }
    return Optional.of(
        new FoundServer("sockets", start, port.orElse(0), at, List.of(), List.copyOf(open)));
  }

  /** Why there is no server here, if there is none. */
  Optional<String> obstacle() {
    if (library.equals(SIGNALR)) {
      return Optional.of(
          "package.json has a client of SignalR; its hub is an ASP.NET program, which command:"
              + " must start and path: must name");
    }
    return start.isEmpty()
        ? Optional.of("package.json says with neither scripts.start nor main what to run")
        : Optional.empty();
  }
}
