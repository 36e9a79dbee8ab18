package dev.dormouse.scaffold;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A {@code fly.toml}.
 *
 * @param app its name
 * @param sockets the process whose name says that it is for WebSockets, with its command
 * @param open what a person has to look after there
 */
record FlyConfig(
    Optional<String> app,
    Optional<Map.Entry<String, String>> sockets,
    List<String> open,
    List<Found> found)
    implements Clue {
  static final String FILE = "fly.toml";

  static Optional<FlyConfig> in(Folder folder) {
    if (!folder.has(FILE)) {
      return Optional.empty();
    }
    var found = new ArrayList<Found>();
    var open = new ArrayList<String>();
    JsonNode toml;
    try {
      toml = new TomlMapper().readTree(folder.text(FILE).orElse(""));
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
      found.add(new Found(FILE, line, "cannot be read: " + e.getOriginalMessage()));
      return Optional.of(
          new FlyConfig(Optional.empty(), Optional.empty(), List.of(), List.copyOf(found)));
    }
    Optional<Map.Entry<String, String>> sockets = Optional.empty();
    for (Map.Entry<String, JsonNode> process : toml.path("processes").properties()) {
      found.add(at(folder, process.getKey(), "process " + process.getKey()));
      if (sockets.isEmpty() && Procfile.NAME.matcher(process.getKey()).matches()) {
        sockets = Optional.of(Map.entry(process.getKey(), process.getValue().asText()));
      }
    }
    JsonNode http = toml.path("http_service");
    if (http.has("internal_port")) {
      String port = http.path("internal_port").asText();
      found.add(at(folder, "internal_port", "the app listens on " + port));
    }
    if (http.path("checks").size() > 0 || toml.path("checks").size() > 0) {
      found.add(at(folder, "path", "health checks"));
      open.add(
          "fly.toml: a health check must ask Dormouse's admin port (8081, /livez); on the port of"
              + " clients it gets 404.");
    }
    Optional<String> app = Optional.of(toml.path("app").asText("")).filter(it -> !it.isEmpty());
    app.ifPresent(it -> found.add(at(folder, "app", "app " + it)));
    return Optional.of(new FlyConfig(app, sockets, List.copyOf(open), List.copyOf(found)));
  }

  private static Found at(Folder folder, String key, String what) {
    Pattern line = Pattern.compile("^\\s*\"?(" + Pattern.quote(key) + ")\"?\\s*=");
    return folder.find(FILE, line).map(it -> it.found(what)).orElse(new Found(FILE, 1, what));
  }

  Optional<FoundServer> server() {
    return sockets.map(it -> Procfile.byShell(FILE, it.getKey(), it.getValue()));
  }
}
