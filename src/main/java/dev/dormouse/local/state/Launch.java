package dev.dormouse.local.state;

import dev.dormouse.core.Endpoint;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.EnvVar;
import dev.dormouse.core.Variables;
import dev.dormouse.local.process.ThreadRoom;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A command with everything filled in, ready to be executed.
 *
 * @param directory where it runs; empty for Dormouse's own
 * @param openFiles the soft limit of open files, if it is another than Dormouse's own
 */
public record Launch(
    List<String> command,
    Optional<Path> directory,
    Map<String, String> env,
    Optional<String> openFiles) {
  /** Names what a process belongs to, in its environment. */
  public static final String MARKER = "DORMOUSE_SERVICE";

  /** What whoever started Dormouse has agreed with it alone: sd_listen_fds(3), sd_notify(3). */
  private static final Set<String> SUPERVISION =
      Set.of(
          "LISTEN_FDS",
          "LISTEN_FDNAMES",
          "LISTEN_PID",
          "LISTEN_PIDFDID",
          "NOTIFY_SOCKET",
          "WATCHDOG_PID",
          "WATCHDOG_USEC");

  /**
   * In the environment of Dormouse itself: the soft limit of open files that it was started with.
   * Java raises it to the hard one, with which select(2) fails and tables that are sized by it
   * grow.
   */
  static final String OPEN_FILES = "DORMOUSE_OPEN_FILES";

  private static final String DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

  /** What a declared program becomes on this machine. */
  public static Launch of(
      ServiceId id, ServiceSpec spec, Optional<Endpoint> endpoint, LocalSettings settings) {
    Map<String, String> env = new TreeMap<>(settings.inheritedEnv());
    env.keySet().removeIf(Launch::isPrivate);
    Optional<Integer> port = endpoint.filter(it -> !it.isSocket()).map(Endpoint::port);
    env.putAll(Variables.of(id, settings.host(), port, settings.region()));
    spec.socket().ifPresent(it -> env.put("SOCKET", it));
    ServiceSpec.Program program = spec.program();
    for (EnvVar variable : program.env()) {
      env.put(variable.name(), Variables.expand(variable.value(), env));
    }
    env.put(MARKER, StateFiles.of(settings.stateDir()).markerValue(id));
    List<String> command = new ArrayList<>(program.command());
    command.addAll(program.args());
    command.replaceAll(word -> Variables.expand(word, env));
    return new Launch(
        List.copyOf(command),
        program.workingDir().map(dir -> Path.of(Variables.expand(dir, env))),
        Map.copyOf(env),
        Optional.ofNullable(settings.inheritedEnv().get(OPEN_FILES)).filter(Launch::isNumber));
  }

  /**
   * Executes it as the leader of a session of its own, with its output appended to a file.
   *
   * @throws IOException naming the command, if it cannot be executed
   */
  public Process spawn(File output) throws IOException {
    if (command.isEmpty()) {
      throw new IOException("no command is declared");
    }
    String name = "cannot run " + command.getFirst() + ": ";
    Path base = directory.orElse(Path.of("")).toAbsolutePath();
    if (!Files.isDirectory(base)) {
      throw new IOException(name + "the working directory " + base + " does not exist");
    }
    find(command.getFirst(), base, env);
    var builder = new ProcessBuilder(preliminaries().getFirst());
    builder.environment().clear();
    builder.redirectInput(new File("/dev/null"));
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(output));
    try {
      builder.environment().putAll(env);
      ThreadRoom.require(ThreadRoom.OF_A_CHILD);
      return builder.directory(base.toFile()).start();
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException(name + e.getMessage(), e);
    }
  }

  /**
   * What is executed one after the other before the command, each with the rest as its arguments:
   * sh(1) where the limit of open files has to be set, and setsid(1). All of them keep the pid.
   */
  public List<List<String>> preliminaries() throws IOException {
    List<String> session = new ArrayList<>(command);
    String path = env.getOrDefault("PATH", "") + ":" + DEFAULT_PATH;
    session.addFirst(find("setsid", Path.of("/"), Map.of("PATH", path)).toString());
    if (openFiles.isEmpty()) {
      return List.of(session);
    }
    List<String> limited =
        new ArrayList<>(
            List.of("/bin/sh", "-c", "ulimit -S -n \"$0\"; exec \"$@\"", openFiles.get()));
    limited.addAll(session);
    return List.of(limited, session);
  }

  /** Searches as execvp(3) does, but says why it fails. */
  private static Path find(String program, Path base, Map<String, String> env) throws IOException {
    String path = env.getOrDefault("PATH", DEFAULT_PATH);
    List<Path> candidates = new ArrayList<>();
    if (program.contains("/")) {
      candidates.add(base.resolve(program));
    } else {
      for (String dir : path.split(":", -1)) {
        candidates.add(base.resolve(dir).resolve(program));
      }
    }
    String why =
        program.contains("/")
            ? "no such file"
            : "not found on PATH " + path + "; install it, or name its whole path";
    for (Path candidate : candidates) {
      if (Files.isRegularFile(candidate)) {
        if (Files.isExecutable(candidate)) {
          return candidate;
        }
        why = candidate + " is not executable";
      } else if (program.contains("/") && Files.isDirectory(candidate)) {
        why = candidate + " is a directory";
      }
    }
    throw new IOException("cannot run " + program + ": " + why);
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty()
        && text.length() < 19
        && text.chars().allMatch(c -> '0' <= c && c <= '9');
  }

  private static boolean isPrivate(String name) {
    return name.equals("PORT")
        || name.equals("PIDFILE")
        || name.startsWith("DORMOUSE_")
        || SUPERVISION.contains(name);
  }
}
