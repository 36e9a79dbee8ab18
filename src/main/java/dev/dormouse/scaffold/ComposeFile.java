package dev.dormouse.scaffold;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.api.schema.YamlDocument;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A compose file.
 *
 * @param sockets the service whose name says that it is for WebSockets, if it has a command
 */
record ComposeFile(String file, Optional<FoundServer> sockets, List<Found> found) implements Clue {
  static Optional<ComposeFile> in(Folder folder) {
    return folder
        .first("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
        .map(it -> read(it, folder.text(it).orElse("")));
  }

  private static ComposeFile read(String file, String text) {
    var found = new ArrayList<Found>();
    Optional<FoundServer> sockets = Optional.empty();
    for (YamlDocument document : YamlDocument.read(file, text)) {
      JsonNode services = document.root().path("services");
      for (var names = services.fieldNames(); names.hasNext(); ) {
        String name = names.next();
        JsonNode service = services.path(name);
        int line = document.line("services." + name);
        String image = service.path("image").asText("");
        String command = command(service.path("command"));
        found.add(new Found(file, line, name + ": " + (command.isEmpty() ? image : command)));
        if (sockets.isEmpty() && !command.isEmpty() && Procfile.NAME.matcher(name).matches()) {
          sockets = Optional.of(Procfile.byShell(file, name, command));
        }
      }
    }
    return new ComposeFile(file, sockets, List.copyOf(found));
  }

  private static String command(JsonNode command) {
    if (!command.isArray()) {
      return command.asText("");
    }
    var words = new ArrayList<String>();
    command.forEach(it -> words.add(quoted(it.asText())));
    return words.stream().collect(Collectors.joining(" "));
  }

  private static String quoted(String word) {
    return word.matches("[\\w./:=@%+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
