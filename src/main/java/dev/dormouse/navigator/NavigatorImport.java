package dev.dormouse.navigator;

import dev.dormouse.api.schema.Problem;
import dev.dormouse.api.schema.YamlDocument;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Translates Navigator's configuration: WebSocket routes with what they lead to become services
 * that wake on demand, other managed processes services that always run. What Navigator does
 * besides stays with it and is named.
 *
 * <p>What is said of Navigator was read in its source of 2026-03-28.
 */
public final class NavigatorImport {
  private static final String BUILT_IN = "/cable";

  private final Node root;
  private final Notes notes;
  private final Optional<String> region;

  /** By the port that is given up for them. */
  private final Map<Integer, Draft> onDemand = new TreeMap<>();

  private final List<Draft> always = new ArrayList<>();
  private final Map<Program, Integer> taken = new LinkedHashMap<>();

  private NavigatorImport(Node root, Notes notes, Optional<String> region) {
    this.root = root;
    this.notes = notes;
    this.region = region;
  }

  /**
   * Translates a file.
   *
   * @param file its name, for comments and notes
   * @param region the one that the file was made for: its name in a path becomes a variable
   */
  public static Imported translate(String file, String text, Optional<String> region) {
    List<YamlDocument> documents = YamlDocument.read(file, text);
    if (documents.isEmpty()) {
      return new Imported(0, "", List.of(file + ": holds nothing"));
    }
    List<Problem> problems = documents.getFirst().problems();
    if (!problems.isEmpty()) {
      return new Imported(0, "", problems.stream().map(Problem::toString).toList());
    }
    var notes = new Notes(file);
    documents.stream().skip(1).map(Node::root).forEach(UnknownKeys.further(notes));
    return new NavigatorImport(Node.root(documents.getFirst()), notes, region).translate(file);
  }

  private Imported translate(String file) {
    List<Program> processes =
        root.at("managed_processes").items().stream().map(Program::of).toList();
    root.at("routes").at("reverse_proxies").items().forEach(it -> proxy(it, processes));
    onDemand.forEach(
        (port, draft) ->
            draft.program.writeOnDemand(
                draft.spec, port, text -> draft.comment(draft.program.node(), text)));
    processes.stream().filter(it -> !taken.containsKey(it)).forEach(this::background);
    var check = new HealthCheck(root.at("server").at("health_check"), notes);
    onDemand.values().stream().findFirst().ifPresent(check::read);
    Node replays = root.at("routes").at("fly").at("replay");
    new Replays(replays, notes, region).read(onDemand.values());
    onDemand.values().forEach(this::settle);
    rest();
    new UnknownKeys(notes).name(root);
    List<Draft> all = new ArrayList<>(always);
    all.addAll(onDemand.values());
    new LastCheck(notes).removeInvalid(all);
    onDemand.values().retainAll(all);
    String manifests = all.isEmpty() ? "" : head(file) + LastCheck.text(all);
    return new Imported(all.size(), manifests, notes.inOrder());
  }

  private String head(String file) {
    List<String> lines = new ArrayList<>();
    lines.add("From " + file + ", by dormouse import. Line numbers are that file's.");
    if (!onDemand.isEmpty()) {
      String replaced = String.join(", ", onDemand.values().stream().map(it -> it.name).toList());
      List<Integer> ports = List.copyOf(onDemand.keySet());
      lines.add("Behind Navigator, as its managed process in place of " + replaced + ":");
      lines.add("  dormouse run -f THIS_FILE --listen 127.0.0.1:" + ports.getFirst());
      if (ports.size() > 1) {
        lines.add("with the targets of all these routes on that port: " + ports);
      }
      lines.add("Any web page may wake these as long as they have no access.allowedOrigins.");
    }
    return lines.stream().map(it -> "# " + it + "\n").collect(Collectors.joining());
  }

  private void proxy(Node proxy, List<Program> processes) {
    Node block = proxy.at("on_demand");
    if (!proxy.at("websocket").isTrue()) {
      notes.add(proxy, "stays with Navigator: no websocket: true");
      return;
    }
    Optional<ProxyTarget> target = proxy.at("target").text().flatMap(ProxyTarget::of);
    if (target.isEmpty()) {
      notes.add(proxy.at("target"), "is no plain address of this machine: nothing here starts it");
      return;
    }
    int port = target.get().port();
    boolean own = block.at("enabled").isTrue() && block.at("command").present();
    Optional<Program> program =
        own
            ? Optional.of(Program.of(block))
            : processes.stream().filter(it -> it.names(port)).findFirst();
    if (program.isEmpty()) {
      notes.add(proxy.at("target"), "nothing in this file starts what listens on " + port);
      return;
    }
    Draft known = onDemand.get(port);
    Draft draft = known == null ? new Draft(name(proxy, program.get()), program.get()) : known;
    if (!draft.program.isSame(program.get())) {
      notes.add(
          program.get().node(), "differs from what starts " + draft.name + "; that one holds");
    }
    if (new Routes(notes, region).read(proxy, target.get(), draft)) {
      onDemand.put(port, draft);
      taken.put(program.get(), port);
      draft.comment(proxy, "wakes on WebSocket upgrades of " + pathOf(proxy));
      HeaderLines.read(proxy.at("headers"), draft, notes);
      block.entries().forEach((key, value) -> option(key, value, draft));
      if (proxy.at("response_headers").present()) {
        notes.add(proxy.at("response_headers"), "the answer to a handshake is the server's own");
      }
    }
  }

  private static String pathOf(Node proxy) {
    return proxy.at("path").text().or(() -> proxy.at("prefix").text()).orElse("");
  }

  private void option(String key, Node value, Draft draft) {
    switch (key) {
      case "enabled", "command", "args", "working_dir", "env" -> {}
      case "idle_timeout" -> duration(value).ifPresent(it -> draft.spec.put("idleTimeout", it));
      case "startup_timeout" ->
          duration(value).ifPresent(it -> draft.spec.putObject("startup").put("timeout", it));
      default -> notes.add(value, "is unknown");
    }
  }

  private Optional<String> duration(Node value) {
    Optional<String> duration = value.text().flatMap(Durations::translated);
    if (duration.isEmpty()) {
      notes.add(value, "is no duration such as 15m; the default holds");
    }
    return duration;
  }

  /** Process that no WebSocket leads to. */
  private void background(Program program) {
    Node node = program.node();
    if (program.command().isEmpty()) {
      notes.add(node, "has no command");
    } else if (program.command().stream().anyMatch(it -> it.matches("(.*/)?dormouse"))) {
      notes.add(node, "is Dormouse itself");
    } else if (!node.at("auto_restart").isTrue()) {
      notes.add(node, "stays with Navigator: without auto_restart it may run once and end");
    } else {
      Draft draft = new Draft(name(node, program), program);
      draft.spec.put("activation", "Always");
      program.write(draft.spec);
      draft.comment(node, "no reverse proxy with websocket: true leads to it: always on");
      draft.comment(node, "auto_restart: kept running, with back-off in place of fixed 5 s");
      if (program.mayLeave()) {
        draft.spec.withArray("command").add("--daemonize").add("no");
        draft.comment(node, "--daemonize no: in the foreground, whatever its own file says");
      }
      port(draft, node);
      delayed(draft, node);
      always.add(draft);
    }
  }

  private static void port(Draft draft, Node node) {
    Program program = draft.program;
    Optional<String> port = program.ownPort().or(program::usualPort);
    port.ifPresent(it -> draft.spec.put("port", Integer.parseInt(it)));
    if (port.isEmpty()) {
      draft.comment(node, "ready as soon as it runs; with its port, as soon as it listens");
    } else if (program.ownPort().isEmpty()) {
      draft.comment(node, "port " + port.get() + " is the usual one; its own file may say another");
    }
  }

  private void delayed(Draft draft, Node node) {
    node.at("start_delay")
        .text()
        .ifPresent(
            it ->
                draft.comment(
                    node.at("start_delay"),
                    "start_delay " + it + ": nothing waits by the clock; see dependsOn"));
  }

  /** What an on-demand service becomes once everything has been read. */
  private void settle(Draft draft) {
    Node node = draft.program.node();
    if (node.at("auto_restart").isTrue()) {
      draft.comment(node.at("auto_restart"), "auto_restart: the next upgrade starts it again");
    }
    delayed(draft, node);
    if (draft.program.workingDir().isEmpty()) {
      draft.comment(node, "no working_dir: here that is the folder of this manifest");
    }
    List<Draft> stores = always.stream().filter(it -> it.program.isStore()).toList();
    if (!stores.isEmpty()) {
      stores.forEach(it -> draft.spec.withArray("dependsOn").add(it.name));
      String names = stores.stream().map(it -> it.name).collect(Collectors.joining(", "));
      draft.comment(stores.getFirst().program.node(), "started once " + names + " is ready");
    }
    boolean builtIn =
        !root.at("cable").at("enabled").present() || root.at("cable").at("enabled").isTrue();
    String path = root.at("cable").at("path").text().orElse(BUILT_IN);
    if (builtIn && draft.routes.containsKey(path)) {
      notes.add(
          root.at("cable"), "Navigator's own cable answers " + path + " first: set enabled: false");
    }
    for (String arriving : draft.passedOn) {
      if (draft.routes.containsKey(arriving)) {
        continue;
      }
      boolean claimed = onDemand.values().stream().anyMatch(it -> it.routes.containsKey(arriving));
      if (claimed) {
        notes.add(node, "behind Navigator " + arriving + " would be of two services");
      } else {
        draft.routes.put(arriving, Optional.empty());
        draft.comment(node, arriving + " is what Navigator passes on");
      }
    }
  }

  /** A name for a service that no other has. */
  private String name(Node node, Program program) {
    String wish =
        program
            .node()
            .at("name")
            .text()
            .or(() -> node.at("name").text())
            .orElse(lastWord(node.at("path").json().asText()))
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9]+", "-")
            .replaceAll("^[^a-z]+|-+$", "");
    String name = wish.isEmpty() ? "service" : wish.substring(0, Math.min(50, wish.length()));
    String free = name.replaceAll("-+$", "");
    for (int i = 2; isUsed(free); i++) {
      free = name + "-" + i;
    }
    return free;
  }

  private static String lastWord(String pattern) {
    return pattern.replaceAll(".*?([a-z][a-z0-9-]*)[^a-z0-9]*$", "$1");
  }

  private boolean isUsed(String name) {
    return always.stream().anyMatch(it -> it.name.equals(name))
        || onDemand.values().stream().anyMatch(it -> it.name.equals(name));
  }

  private void rest() {
    root.entries()
        .forEach(
            (key, value) -> {
              if (!key.matches("managed_processes|routes|cable")) {
                notes.add(value, "stays with Navigator");
              }
            });
    root.at("routes")
        .entries()
        .forEach(
            (key, value) -> {
              if (!key.matches("reverse_proxies|fly")) {
                notes.add(value, "stays with Navigator");
              }
            });
  }
}
