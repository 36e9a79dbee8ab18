package dev.dormouse.navigator;

import java.util.Set;
import java.util.function.Consumer;

/**
 * Names what Navigator would not read either: a key that it does not know where it starts and
 * routes, a value of another kind, a second document.
 */
record UnknownKeys(Notes notes) {
  private static final Set<String> PROCESS =
      Set.of("name", "command", "args", "working_dir", "env", "auto_restart", "start_delay");

  /** {@code on_demand} is the seed plan's. */
  private static final Set<String> PROXY =
      Set.of(
          "name",
          "path",
          "prefix",
          "target",
          "strip_path",
          "headers",
          "response_headers",
          "websocket",
          "on_demand");

  private static final Set<String> REPLAY = Set.of("path", "app", "region", "status");

  void name(Node root) {
    Node routes = root.at("routes");
    each(root.at("managed_processes"), PROCESS);
    each(routes.at("reverse_proxies"), PROXY);
    each(routes.at("fly").at("replay"), REPLAY);
    known(routes.at("fly"), Set.of("replay"));
    known(root.at("cable"), Set.of("enabled", "path", "broadcast_path"));
  }

  static Consumer<Node> further(Notes notes) {
    return document -> notes.add(document, "Navigator reads the first document only");
  }

  private void each(Node list, Set<String> keys) {
    if (list.present() && !list.json().isArray()) {
      notes.add(list, "is no list");
    }
    list.items().forEach(item -> known(item, keys));
  }

  private void known(Node mapping, Set<String> keys) {
    if (mapping.present() && !mapping.json().isObject()) {
      notes.add(mapping, "is no mapping");
    }
    mapping
        .entries()
        .forEach(
            (key, value) -> {
              if (!keys.contains(key)) {
                notes.add(value, "is unknown to Navigator");
              }
            });
  }
}
