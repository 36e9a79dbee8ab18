package dev.dormouse.scaffold;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.api.schema.YamlDocument;
import dev.dormouse.scaffold.Folder.Line;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A Rails app with Action Cable.
 *
 * @param rackup what Puma serves: {@code cable/config.ru}, or all of the app with the cable mounted
 * @param adapter of production, in {@code config/cable.yml}
 */
record RailsApp(
    String rackup,
    Optional<String> path,
    Optional<String> adapter,
    List<String> origins,
    List<Found> found)
    implements Clue {
  private static final String STANDALONE = "cable/config.ru";
  private static final String PRODUCTION = "config/environments/production.rb";
  private static final String CABLE_YML = "config/cable.yml";
  private static final Pattern GEM = gem("rails|actioncable");
  private static final Pattern ANYCABLE = gem("anycable(?:-rails)?");
  private static final Pattern MOUNT =
      Pattern.compile("^\\s*mount\\s+ActionCable\\.server\\s*(?:=>|,\\s*at:)\\s*[\"']([^\"']+)");
  private static final Pattern MOUNT_PATH =
      Pattern.compile("^\\s*config\\.action_cable\\.mount_path\\s*=\\s*[\"']([^\"']+)");
  private static final Pattern URL =
      Pattern.compile(
          "^\\s*config\\.action_cable\\.url\\s*=\\s*[\"'](?:wss?://[^/\"']+)?(/[^\"'?]*)");
  private static final Pattern ORIGINS =
      Pattern.compile("^\\s*config\\.action_cable\\.allowed_request_origins\\s*=\\s*\\[(.*)]");
  private static final Pattern ORIGIN = Pattern.compile("[\"'](https?://[^\"']+)[\"']");
  private static final Pattern WORKERS = Pattern.compile("^\\s*workers\\s+(.+)");

  private static Pattern gem(String name) {
    return Pattern.compile("^\\s*gem\\s*\\(?\\s*[\"'](" + name + ")[\"']");
  }

  static Optional<RailsApp> in(Folder folder) {
    var found = new ArrayList<Found>();
    Optional<Line> gem = folder.find("Gemfile", GEM);
    Optional<Line> mount = folder.find("config/routes.rb", MOUNT);
    boolean standalone = folder.has(STANDALONE);
    boolean mounted =
        folder.has("config.ru")
            && (mount.isPresent() || (gem.isPresent() && folder.has(CABLE_YML)));
    if (!standalone && !mounted) {
      return Optional.empty();
    }
    gem.ifPresent(it -> found.add(it.found(it.text())));
    folder.find("Gemfile", ANYCABLE).ifPresent(it -> found.add(it.found("AnyCable, " + it.text())));
    if (standalone) {
      found.add(new Found(STANDALONE, 1, "an Action Cable server of its own"));
    }
    mount.ifPresent(it -> found.add(it.found("mounted in the app at " + it.group())));
    Optional<Line> path =
        mount
            .or(() -> folder.find("config/application.rb", MOUNT_PATH))
            .or(() -> folder.find(PRODUCTION, MOUNT_PATH))
            .or(() -> folder.find(PRODUCTION, URL));
    if (mount.isEmpty()) {
      path.ifPresent(it -> found.add(it.found("path " + it.group())));
    }
    folder
        .find("config/puma.rb", WORKERS)
        .ifPresent(it -> found.add(it.found(it.text() + ": -w 0 overrules it here")));
    Optional<String> adapter = adapter(folder, found);
    return Optional.of(
        new RailsApp(
            standalone ? STANDALONE : "config.ru",
            path.map(Line::group),
            adapter,
            origins(folder, found),
            List.copyOf(found)));
  }

  private static Optional<String> adapter(Folder folder, List<Found> found) {
    Optional<YamlDocument> document =
        folder.text(CABLE_YML).stream()
            .flatMap(it -> YamlDocument.read(CABLE_YML, it).stream())
            .findFirst();
    Optional<String> adapter =
        document
            .map(it -> it.root().path("production").path("adapter"))
            .filter(JsonNode::isTextual)
            .map(JsonNode::asText);
    int line = document.map(it -> it.line("production.adapter")).orElse(1);
    adapter.ifPresent(it -> found.add(new Found(CABLE_YML, line, "production: adapter " + it)));
    return adapter;
  }

  private static List<String> origins(Folder folder, List<Found> found) {
    Optional<Line> line = folder.find(PRODUCTION, ORIGINS);
    List<String> origins =
        line.map(it -> ORIGIN.matcher(it.group()).results().map(o -> o.group(1)).toList())
            .orElse(List.of());
    line.ifPresent(it -> found.add(it.found("allowed_request_origins")));
    return origins;
  }

  boolean isStandalone() {
    return rackup.equals(STANDALONE);
  }

  FoundServer server() {
    var open = new ArrayList<String>();
    if (path.isEmpty()) {
      open.add("path: /cable is Rails' default; no file names another.");
    }
    if (!isStandalone()) {
      open.add(
          "command: this boots the whole app for its sockets, beside the one that answers requests;"
              + " cable/config.ru (Rails guide, Action Cable, standalone) would be smaller.");
    }
    broker().ifPresent(open::add);
    if (found.stream().anyMatch(it -> it.what().startsWith("AnyCable"))) {
      open.add("command: AnyCable answers the sockets itself; then it is what must run here.");
    }
    List<String> command =
        List.of("bundle", "exec", "puma", "-w", "0", "-b", "tcp://$(HOST):$(PORT)", rackup);
    return new FoundServer(
        "cable", command, 0, Optional.of(path.orElse("/cable")), origins, List.copyOf(open));
  }

  /** What broadcasts need to get from the app to another process. */
  private Optional<String> broker() {
    return switch (adapter.orElse("")) {
      case "async", "inline", "test" ->
          Optional.of(
              "config/cable.yml: adapter "
                  + adapter.orElse("")
                  + " stays within one process: broadcasts of the app will not arrive here; use"
                  + " redis, postgresql or solid_cable.");
      case "redis" ->
          Optional.of(
              "dependsOn: its Redis must be reachable from here; a service with activation: Always"
                  + " can run one.");
      case "" ->
          Optional.of("config/cable.yml: no adapter of production found; async would not do.");
      default -> Optional.empty();
    };
  }
}
