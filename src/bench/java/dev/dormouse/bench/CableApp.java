package dev.dormouse.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** One of the examples with its Redis: under {@code dormouse run}, or without it. */
final class CableApp implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 20_000;

  /** An example, by its folder and the service that is the cable. */
  enum Example {
    CABLE("Action Cable", "action-cable", "cable", "redis actioncable"),
    RAILS("Rails", "rails", "app", "redis rails sqlite3");

    final String title;
    private final String folder;
    private final String service;
    private final String gems;

    Example(String title, String folder, String service, String gems) {
      this.title = title;
      this.folder = folder;
      this.service = service;
      this.gems = gems;
    }

    boolean isInstalled() throws IOException, InterruptedException {
      if (!Puma.installed()) {
        return false;
      }
      Process ruby =
          new ProcessBuilder("ruby", "-e", "ARGV[0].split.each { |name| gem name }", gems)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return ruby.waitFor(PATIENCE_MILLIS, TimeUnit.MILLISECONDS) && ruby.exitValue() == 0;
    }
  }

  private final Lab lab;
  private final Example example;
  private final int port = Lab.freePort();
  private final int redisPort = Lab.freePort();
  private final Path folder;
  private final Path log;
  private Server server;
  private Server redis;

  private CableApp(Lab lab, Example example) throws IOException {
    this.lab = lab;
    this.example = example;
    this.folder = Files.createDirectories(lab.scratch().resolve("app-" + port));
    this.log = lab.scratch().resolve("app-" + port + ".log");
  }

  /**
   * Under Dormouse.
   *
   * @param sleep what stands instead of its {@code idleTimeout}, {@code minimumUptime} and {@code
   *     sleep}
   */
  static CableApp under(Lab lab, Example example, String sleep)
      throws IOException, InterruptedException {
    var app = new CableApp(lab, example);
    app.copy(sleep);
    var run = List.of(lab.dormouseHome().resolve("bin/dormouse").toString(), "run", "-f");
    var more =
        List.of(
            app.folder.toString(),
            "--listen",
            "127.0.0.1:" + app.port,
            "--admin",
            "127.0.0.1:" + Lab.freePort(),
            "--nap",
            "never",
            "--state-dir",
            lab.scratch().resolve("state-" + app.port).toString());
    return app.started(Stream.concat(run.stream(), more.stream()).toList());
  }

  /** Without Dormouse: what the manifests would have started. */
  static CableApp alone(Lab lab, Example example) throws IOException, InterruptedException {
    var app = new CableApp(lab, example);
    app.copy("");
    String redisPort = Integer.toString(app.redisPort);
    var redis = List.of("redis-server", "--port", redisPort, "--bind", "127.0.0.1", "--save", "");
    app.redis = lab.start("app-redis", redis, Map.of());
    Lab.awaitPort(app.redisPort);
    String address = "tcp://127.0.0.1:" + app.port;
    String in = app.folder.toString();
    var puma = List.of("env", "-C", in, "puma", "-e", "production", "-w", "0", "-t", "1:3");
    return app.started(
        Stream.concat(puma.stream(), Stream.of("-b", address, "config.ru")).toList());
  }

  private CableApp started(List<String> command) throws IOException, InterruptedException {
    var env =
        Map.of(
            "REDIS_URL",
            "redis://127.0.0.1:" + redisPort + "/0",
            "CABLE_CHANNEL_PREFIX",
            "cable",
            "DATABASE_URL",
            "sqlite3:" + folder.resolve("scores.sqlite3"),
            "SECRET_KEY_BASE",
            "bench");
    try {
      server = lab.start("app-" + port, command, env);
      Lab.awaitPort(port);
      Lab.awaitPort(redisPort);
      return this;
    } catch (IOException | InterruptedException e) {
      close();
      throw e;
    }
  }

  private void copy(String sleep) throws IOException {
    String own = Integer.toString(Lab.freePort());
    try (Stream<Path> files = Files.list(Path.of("manifests/examples", example.folder))) {
      for (Path file : files.toList()) {
        String text =
            Files.readString(file)
                .replace("28080", own)
                .replace("26380", Integer.toString(redisPort))
                .replaceAll("\n  (sleep|minimumUptime): .*", "")
                .replaceAll("idleTimeout: .*", Matcher.quoteReplacement(sleep));
        Files.writeString(folder.resolve(file.getFileName().toString()), text);
      }
    }
  }

  int port() {
    return port;
  }

  /** What was started: Dormouse, or Puma itself. */
  Server server() {
    return server;
  }

  /** The Puma that runs. */
  long pid() throws IOException {
    long pid = 0;
    var started =
        Pattern.compile(" service=default/" + example.service + " .*started pid=(\\d+)")
            .matcher(log());
    while (started.find()) {
      pid = Long.parseLong(started.group(1));
    }
    return pid == 0 ? server.pid() : pid;
  }

  /** How often its log has said this. */
  int told(String words) throws IOException {
    return (int) log().lines().filter(line -> line.contains(words)).count();
  }

  private String log() throws IOException {
    return Files.readString(log);
  }

  /** In kB, of Redis as well: what only swap could take. */
  long anonymous() throws IOException {
    long own = server.memory("RssAnon:", true);
    return redis == null ? own : own + redis.memory("RssAnon:", false);
  }

  /** What an application would do when somebody scores; the moment before it, in nanoseconds. */
  long publish(String message) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), redisPort)) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      long begun = System.nanoTime();
      String command = "PUBLISH cable:scores_finals '" + message + "'\r\n";
      socket.getOutputStream().write(command.getBytes(US_ASCII));
      if (socket.getInputStream().read() != ':') {
        throw new IOException("Redis has not published " + message);
      }
      return begun;
    }
  }

  @Override
  public void close() {
    if (server != null) {
      server.close();
    }
    if (redis != null) {
      redis.close();
    }
  }
}
