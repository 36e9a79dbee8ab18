package dev.dormouse.scaffold;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.api.schema.YamlWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes a first manifest of what an app's files say. Of several servers the one that is most surely
 * for WebSockets is taken: Navigator's, a standalone Action Cable, a process whose name says so, a
 * Node program with a WebSocket library, a whole Rails app with its cable mounted. Whatever was
 * chosen for want of a statement is named as open.
 */
public final class Scaffold {
  private static final List<Function<Folder, Optional<? extends Clue>>> KINDS =
      List.of(
          NavigatorConfig::in,
          RailsApp::in,
          Procfile::in,
          FlyConfig::in,
          NodeApp::in,
          ComposeFile::in);

  private Scaffold() {}

  /** What can be made of this app. */
  public static Proposal of(Folder folder) {
    List<Clue> clues = KINDS.stream().<Clue>flatMap(it -> it.apply(folder).stream()).toList();
    List<Found> found = clues.stream().flatMap(it -> it.found().stream()).toList();
    Optional<NavigatorConfig> navigator =
        clues.stream()
            .flatMap(it -> it instanceof NavigatorConfig config ? Stream.of(config) : Stream.of())
            .filter(it -> it.imported().services() > 0)
            .findFirst();
    if (navigator.isPresent()) {
      List<String> notes = navigator.get().imported().notes();
      String head = comments(found, notes);
      return new Proposal(head + navigator.get().imported().manifests(), found, notes);
    }
    List<FoundServer> servers =
        clues.stream()
            .sorted(Comparator.comparingInt(Scaffold::rank))
            .flatMap(it -> server(it).stream())
            .toList();
    var open = new ArrayList<String>();
    clues.forEach(it -> open.addAll(remarks(it)));
    if (servers.isEmpty()) {
      return new Proposal("", found, open);
    }
    FoundServer server = servers.getFirst();
    open.addAll(0, server.open());
    servers.stream()
        .skip(1)
        .map(it -> "command: not taken: " + String.join(" ", it.command()))
        .forEach(open::add);
    if (server.origins().isEmpty()) {
      open.add("access: any web page may wake this; allowedOrigins: [" + origin(clues) + "]");
    }
    return new Proposal(comments(found, open) + manifest(server), found, open);
  }

  private static Optional<FoundServer> server(Clue clue) {
    return switch (clue) {
      case RailsApp rails -> Optional.of(rails.server());
      case Procfile procfile -> procfile.server();
      case FlyConfig fly -> fly.server();
      case NodeApp node -> node.server();
      case ComposeFile compose -> compose.sockets();
      case NavigatorConfig _ -> Optional.empty();
    };
  }

  private static int rank(Clue clue) {
    return switch (clue) {
      case NavigatorConfig _ -> 0;
      case RailsApp rails -> rails.isStandalone() ? 1 : 5;
      case Procfile _ -> 2;
      case FlyConfig _ -> 3;
      case NodeApp _ -> 4;
      case ComposeFile _ -> 6;
    };
  }

  private static List<String> remarks(Clue clue) {
    return switch (clue) {
      case FlyConfig fly -> fly.open();
      case NodeApp node -> node.obstacle().stream().toList();
      case NavigatorConfig navigator -> navigator.imported().notes();
      case RailsApp _, Procfile _, ComposeFile _ -> List.of();
    };
  }

  private static String origin(List<Clue> clues) {
    return clues.stream()
        .flatMap(it -> it instanceof FlyConfig fly ? fly.app().stream() : Stream.of())
        .findFirst()
        .map(it -> "https://" + it + ".fly.dev")
        .orElse("https://www.example.com");
  }

  private static String comments(List<Found> found, List<String> open) {
    var lines = new ArrayList<String>();
    lines.add("By dormouse init. Found:");
    found.forEach(it -> lines.add("  " + it));
    lines.add(open.isEmpty() ? "Nothing is left to decide." : "To decide, or to look after:");
    open.forEach(it -> lines.add("- " + it));
    return lines.stream()
        .map(it -> "# " + it.replaceAll("\\p{Cntrl}", " ") + "\n")
        .collect(Collectors.joining());
  }

  private static String manifest(FoundServer server) {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.put("apiVersion", "dormouse.dev/v1alpha1").put("kind", "OnDemandService");
    document.putObject("metadata").put("name", server.name());
    ObjectNode spec = document.putObject("spec");
    ArrayNode command = spec.putArray("command");
    server.command().forEach(command::add);
    spec.put("port", server.port());
    spec.put("path", server.path().orElse("/"));
    spec.put("idleTimeout", "15m");
    if (!server.origins().isEmpty()) {
      ArrayNode origins = spec.putObject("access").putArray("allowedOrigins");
      server.origins().forEach(origins::add);
    }
    return new YamlWriter().text(document);
  }
}
