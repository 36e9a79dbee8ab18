package dev.dormouse.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Where things are on this machine, and how programs are started on a core of their own. */
record Lab(Path dormouseHome, Path scratch, boolean quick) {
  /** Of the load generator and the backends. */
  private static final String LOAD_CORE = "0";

  /** Of what is measured. */
  private static final String PROXY_CORE = "1";

  private static final long START_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(20);

  static boolean hasTwoCores() {
    return Runtime.getRuntime().availableProcessors() > 1;
  }

  /** How many a process may have, soft and hard being the same. */
  static int openFiles() throws IOException {
    try (Stream<String> limits = Files.lines(Path.of("/proc/self/limits"))) {
      return limits
          .filter(line -> line.startsWith("Max open files"))
          .map(line -> line.split("\\s+")[4])
          .mapToInt(hard -> hard.equals("unlimited") ? 65_536 : Integer.parseInt(hard))
          .map(hard -> Math.min(hard, 65_536))
          .findFirst()
          .orElseThrow();
    }
  }

  /** As many as a proxy may have with two sockets each, and some to spare. */
  static int connections() throws IOException {
    return openFiles() / 2 - 200;
  }

  List<String> onLoadCore(List<String> command) {
    return on(LOAD_CORE, command);
  }

  List<String> onProxyCore(List<String> command) {
    return on(PROXY_CORE, command);
  }

  private static List<String> on(String core, List<String> command) {
    var all = new ArrayList<>(hasTwoCores() ? List.of("taskset", "-c", core) : List.<String>of());
    all.addAll(command);
    return all;
  }

  static List<String> backend() {
    return java("-Xmx512m", "-cp", classes(), Echo.class.getName());
  }

  static String classes() {
    return System.getProperty("java.class.path");
  }

  static List<String> java(String... arguments) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:-UsePerfData"));
    command.addAll(List.of(arguments));
    return command;
  }

  /** What the load generator says. */
  Map<String, Double> load(Object... arguments) throws IOException, InterruptedException {
    try (Server load = startLoad(arguments)) {
      return load.answer();
    }
  }

  Server startLoad(Object... arguments) throws IOException {
    var command = java("-Xmx512m", "-cp", classes(), Load.class.getName());
    List.of(arguments).forEach(argument -> command.add(argument.toString()));
    return Server.start(onLoadCore(command), Map.of(), scratch.resolve("load.log"));
  }

  Server start(String name, List<String> command, Map<String, String> env) throws IOException {
    return Server.start(command, env, scratch.resolve(name + ".log"));
  }

  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** The nanoseconds until somebody listens there. */
  static long awaitPort(int port) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    while (true) {
      try (var socket = new Socket()) {
        socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
        return System.nanoTime() - begin;
      } catch (IOException e) {
        if (System.nanoTime() - begin > START_LIMIT_NANOS) {
          throw new IOException("nobody listens on " + port, e);
        }
        Thread.sleep(2);
      }
    }
  }

  /** Waits until Dormouse would serve. */
  static void awaitReady(int adminPort) throws IOException, InterruptedException {
    awaitPort(adminPort);
    var ready = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + adminPort + "/readyz"));
    try (HttpClient http = HttpClient.newHttpClient()) {
      while (http.send(ready.build(), BodyHandlers.discarding()).statusCode() != 200) {
        Thread.sleep(5);
      }
    }
  }

  Path write(String name, String text) throws IOException {
    return Files.writeString(scratch.resolve(name), text);
  }
}
