package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.stream.Stream;

/**
 * One of the examples with its Redis, on free ports and with short times.
 *
 * @param cablePort 0 for any
 */
record CableExample(Path manifests, Kind kind, int cablePort, int redisPort) {
  static final CableExample UNSET = new CableExample(Path.of("unset"), Kind.ACTION_CABLE, 0, 0);

  /** What the real client is told to subscribe to. */
  static final String FINALS =
      "{\"cmd\":\"subscribe\",\"channel\":\"ScoresChannel\",\"params\":{\"event\":\"finals\"}}";

  private static final Path SOURCES =
      Path.of(System.getProperty("dormouse.basedir"), "manifests/examples");

  /** Which example: its folder, and the service of it that is the cable. */
  enum Kind {
    /** A bare cable: Rack and Puma. */
    ACTION_CABLE("action-cable", "cable"),
    /** A whole Rails application. */
    RAILS("rails", "app");

    final String service;
    private final String folder;

    Kind(String folder, String service) {
      this.folder = folder;
      this.service = service;
    }

    private Path source() {
      return SOURCES.resolve(folder);
    }
  }

  static CableExample in(Path dir) throws IOException {
    var example = new CableExample(dir, Kind.ACTION_CABLE, Machine.freePort(), Machine.freePort());
    return example.written("idleTimeout: 1s\n  minimumUptime: 0s");
  }

  /** One at any free port. */
  static CableExample in(Path dir, Kind kind, String times) throws IOException {
    return new CableExample(dir, kind, 0, Machine.freePort()).written(times);
  }

  private CableExample written(String times) throws IOException {
    Files.createDirectories(manifests);
    try (Stream<Path> files = Files.list(kind.source())) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        Files.writeString(manifests.resolve(name), text(name, times));
      }
    }
    return this;
  }

  /** What it is to be, where it is to be. */
  private String text(String file, String times) throws IOException {
    return Files.readString(kind.source().resolve(file))
        .replace("28080", "" + cablePort)
        .replace("26380", "" + redisPort)
        .replaceAll("\n  (sleep|minimumUptime): .*", "")
        .replaceAll("idleTimeout: .*", Matcher.quoteReplacement(times));
  }

  /**
   * Declares the cable anew.
   *
   * @param times when and how it sleeps
   * @param more what is to be different, too
   */
  void declare(String times, UnaryOperator<String> more) throws IOException {
    String file = kind.service + ".yaml";
    Files.writeString(manifests.resolve(file), more.apply(text(file, times)));
  }

  /** Edits one of its files. */
  void replace(String file, String before, String after) throws IOException {
    Path path = manifests.resolve(file);
    String text = Files.readString(path);
    assertThat(text).contains(before);
    Files.writeString(path, text.replace(before, after));
  }

  /** The real client, which comes back soon when it has lost its socket. */
  static Child client(Machine machine) {
    return client(machine, Map.of("RECONNECT_SECONDS", "0.5"));
  }

  /** The real client, with other times. */
  static Child client(Machine machine, Map<String, String> times) {
    var env = new HashMap<>(times);
    env.put("ORIGIN", "http://127.0.0.1:" + machine.port);
    return Child.node(env, "cable-client.mjs", machine.socketUri("/cable").toString());
  }

  /** What the application does when somebody scores. */
  void publish(String payload) throws IOException, InterruptedException {
    var redis =
        new ProcessBuilder(
                "redis-cli", "-p", "" + redisPort, "PUBLISH", "cable:scores_finals", payload)
            .inheritIO()
            .start();
    assertThat(redis.waitFor()).isZero();
  }

  /** Its Pumas: those that were told its port. */
  List<ProcessHandle> pumas() {
    return processes().stream().filter(p -> commandLine(p).contains("puma")).toList();
  }

  List<ProcessHandle> redises() {
    return processes().stream().filter(p -> commandLine(p).contains("redis-server")).toList();
  }

  /** All that runs for it. */
  List<ProcessHandle> processes() {
    return ProcessHandle.allProcesses()
        .filter(
            p ->
                commandLine(p).contains(":" + cablePort)
                    || commandLine(p).contains(":" + redisPort))
        .filter(p -> !commandLine(p).contains("dev.dormouse"))
        .toList();
  }

  private static String commandLine(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline")).replace('\0', ' ');
    } catch (IOException e) {
      return "";
    }
  }
}
