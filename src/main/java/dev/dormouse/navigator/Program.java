package dev.dormouse.navigator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** What Navigator starts: a managed process, or the seed's {@code on_demand} block. */
record Program(
    Node node, List<String> command, Optional<String> workingDir, Map<String, String> env) {
  private static final Pattern PUMA = Pattern.compile("(.*/)?puma");
  private static final Pattern STORE =
      Pattern.compile("(.*/)?(redis-server|valkey-server|keydb-server|memcached|nats-server)");
  private static final Pattern REDIS =
      Pattern.compile("(.*/)?(redis-server|valkey-server|keydb-server)");
  private static final String REDIS_PORT = "6379";
  private static final String BOUND = "tcp://$(HOST):$(PORT)";

  static Program of(Node node) {
    List<String> command = new ArrayList<>();
    node.at("command").text().ifPresent(command::add);
    command.addAll(node.at("args").texts());
    return new Program(node, command, node.at("working_dir").text(), node.at("env").textByKey());
  }

  /** Whether the other starts the same. */
  boolean isSame(Program other) {
    return command.equals(other.command)
        && workingDir.equals(other.workingDir)
        && env.equals(other.env);
  }

  /** Whether it is told to listen on this port. */
  boolean names(int port) {
    return command.stream().anyMatch(it -> number(port).matcher(it).find())
        || env.getOrDefault("PORT", "").equals("" + port);
  }

  /** Whether others can hardly do without it. */
  boolean isStore() {
    return !command.isEmpty() && STORE.matcher(command.getFirst()).matches();
  }

  /** The port that it is told with {@code --port}, as the usual stores are. */
  Optional<String> ownPort() {
    int option = command.indexOf("--port");
    return option >= 0 && option + 1 < command.size()
        ? Optional.of(command.get(option + 1)).filter(it -> it.matches("[1-9]\\d{0,4}"))
        : Optional.empty();
  }

  /** The port that it has unless its own configuration, which is not here, says another. */
  Optional<String> usualPort() {
    return isRedis() ? Optional.of(REDIS_PORT) : Optional.empty();
  }

  /** Whether a configuration file may send it into the background, out of sight of its parent. */
  boolean mayLeave() {
    return isRedis()
        && command.size() > 1
        && !command.get(1).startsWith("-")
        && !command.contains("--daemonize");
  }

  private boolean isRedis() {
    return !command.isEmpty() && REDIS.matcher(command.getFirst()).matches();
  }

  /** Writes it for a service that listens on a port that Dormouse chooses. */
  void writeOnDemand(ObjectNode spec, int port, Consumer<String> comment) {
    List<String> words = puma(port);
    boolean replaced = !words.equals(command);
    for (int i = 0; i < words.size(); i++) {
      words.set(i, ported(words.get(i), port));
    }
    Map<String, String> variables = new LinkedHashMap<>(env);
    boolean told = variables.remove("PORT", "" + port);
    boolean free = told || !words.equals(command.stream().map(Program::escaped).toList());
    write(spec, words, variables);
    spec.put("port", free ? 0 : port);
    comment.accept(
        free
            ? "port 0: any free one; Dormouse listens where it did, on " + port
            : "port " + port + ": its command does not name it, so it must listen there itself");
    if (replaced) {
      comment.accept("bound to loopback: past that port nobody checks an origin");
    }
  }

  /** Writes it as it is. */
  void write(ObjectNode spec) {
    write(spec, command.stream().map(Program::escaped).toList(), env);
  }

  private void write(ObjectNode spec, List<String> words, Map<String, String> variables) {
    words.forEach(spec.putArray("command")::add);
    workingDir.ifPresent(it -> spec.put("workingDir", it));
    if (!variables.isEmpty()) {
      ArrayNode list = spec.putArray("env");
      variables.forEach(
          (name, value) -> list.addObject().put("name", name).put("value", escaped(value)));
    }
  }

  /** Its {@code -p} binds every address; {@code -b} one. */
  private List<String> puma(int port) {
    List<String> words = new ArrayList<>();
    boolean puma = false;
    for (int i = 0; i < command.size(); i++) {
      String word = command.get(i);
      boolean pair = i + 1 < command.size() && command.get(i + 1).equals("" + port);
      if (puma && pair && word.matches("-p|--port")) {
        words.addAll(List.of("-b", BOUND));
        i++;
      } else if (puma && word.matches("(-p|--port=)" + port)) {
        words.addAll(List.of("-b", BOUND));
      } else if (puma && word.matches("tcp://[^/]*:" + port)) {
        words.add(BOUND);
      } else {
        words.add(word);
      }
      puma |= PUMA.matcher(word).matches();
    }
    return words;
  }

  private static String ported(String word, int port) {
    return word.equals(BOUND) ? word : number(port).matcher(escaped(word)).replaceAll("\\$(PORT)");
  }

  private static Pattern number(int port) {
    return Pattern.compile("(?<![\\d.])" + port + "(?![\\d.])");
  }

  /** Navigator expands nothing. */
  private static String escaped(String word) {
    return word.replace("$(", "$$(");
  }
}
