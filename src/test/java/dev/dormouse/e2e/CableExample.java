package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The Action Cable of the examples with its Redis, on free ports and with short times. */
record CableExample(Path manifests, int cablePort, int redisPort) {
  static final CableExample UNSET = new CableExample(Path.of("unset"), 0, 0);

  /** What the real client is told to subscribe to. */
  static final String FINALS =
      "{\"cmd\":\"subscribe\",\"channel\":\"ScoresChannel\",\"params\":{\"event\":\"finals\"}}";

  private static final Path SOURCE =
      Path.of(System.getProperty("dormouse.basedir"), "manifests/examples/action-cable");

  static CableExample in(Path dir) throws IOException {
    var example = new CableExample(dir, Machine.freePort(), Machine.freePort());
    Files.createDirectories(dir);
    try (Stream<Path> files = Files.list(SOURCE)) {
      for (Path file : files.toList()) {
        Files.writeString(
            dir.resolve(file.getFileName().toString()),
            Files.readString(file)
                .replace("28080", "" + example.cablePort)
                .replace("26380", "" + example.redisPort)
                .replaceAll("idleTimeout: 30s", "idleTimeout: 1s")
                .replaceAll("minimumUptime: 10s", "minimumUptime: 0s"));
      }
    }
    return example;
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
    return Child.node(
        Map.of("RECONNECT_SECONDS", "0.5", "ORIGIN", "http://127.0.0.1:" + machine.port),
        "cable-client.mjs",
        machine.socketUri("/cable").toString());
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
