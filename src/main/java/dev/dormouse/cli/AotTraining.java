package dev.dormouse.cli;

import dev.dormouse.control.SteadyClock;
import dev.dormouse.demo.DemoManifest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The life of a service in a few seconds, as a client, a probe and a scraper see it. Where Dormouse
 * can nap it does so first: what is recorded then is how it comes back, which is the more frequent
 * start, and has all of the other in it but for a few classes.
 */
final class AotTraining {
  private static final List<String> LOOKS =
      List.of("/livez", "/readyz", "/metrics", "/services", "/", "/none");
  private static final int ROUNDS = 2;
  private static final int SOCKETS = 8;
  private static final int MESSAGES = 20;
  private static final Duration NAP_AFTER = Duration.ofSeconds(3);
  private static final Duration NAP_WITHIN = NAP_AFTER.plusSeconds(5);
  private static final long LOOK_NANOS = Duration.ofMillis(20).toNanos();

  private final HttpClient http = HttpClient.newHttpClient();
  private final SteadyClock clock = new SteadyClock();
  private final Path scratch;
  private final HostPort listen;
  private final HostPort admin;

  /** Writes a manifest in this folder. */
  AotTraining(Path scratch) throws IOException {
    this.scratch = scratch;
    try (var one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      listen = new HostPort("127.0.0.1", one.getLocalPort());
      admin = new HostPort("127.0.0.1", other.getLocalPort());
    }
    String yaml =
        DemoManifest.yaml(
            Path.of(System.getProperty("java.home"), "bin", "java"),
            System.getProperty("java.class.path"),
            List.of("http://" + admin));
    Files.writeString(
        scratch.resolve("cable.yaml"),
        yaml.replace("\"1500\"", "\"0\"")
            .replace("idleTimeout: 10s", "idleTimeout: 200ms")
            .replace("minimumUptime: 3s", "minimumUptime: 0s"));
  }

  /** Of {@code dormouse}. */
  List<String> arguments() {
    return List.of(
        "run",
        "-f",
        scratch.resolve("cable.yaml").toString(),
        "--listen",
        listen.toString(),
        "--admin",
        admin.toString(),
        "--nap",
        NAP_AFTER.toSeconds() + "s",
        "--state-dir",
        scratch.resolve("state").toString());
  }

  /**
   * Plays it against a process with these arguments.
   *
   * @param napping whether it is asleep now
   * @throws IOException if something does not come about within the limit
   */
  void perform(Duration limit, BooleanSupplier napping) throws IOException, InterruptedException {
    Instant end = clock.instant().plus(limit);
    await(end, "readiness", () -> status(admin, "/readyz") == 200);
    Instant awake = clock.instant().plus(NAP_WITHIN);
    while (!napping.getAsBoolean() && clock.instant().isBefore(awake)) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
    for (int round = 0; round < ROUNDS; round++) {
      look();
      List<WebSocket> sockets = new ArrayList<>();
      try {
        for (int i = 0; i < SOCKETS; i++) {
          sockets.add(open());
        }
        for (int i = 0; i < MESSAGES; i++) {
          sockets.forEach(socket -> socket.sendText("{\"command\":\"none\"}", true).join());
        }
      } catch (CompletionException e) {
        throw new IOException("no socket: " + e.getCause(), e);
      }
      look();
      sockets.forEach(socket -> socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join());
      await(end, "sleep", () -> services().contains("\"phase\":\"Dormant\""));
    }
    look();
    status(listen, "/cable");
    status(listen, "/none");
  }

  private void look() {
    for (int i = 0; i < ROUNDS; i++) {
      LOOKS.forEach(path -> status(admin, path));
    }
  }

  private WebSocket open() {
    return http.newWebSocketBuilder()
        .subprotocols("actioncable-v1-json")
        .header("Origin", "http://" + admin)
        .buildAsync(URI.create("ws://" + listen + "/cable"), new WebSocket.Listener() {})
        .join();
  }

  private void await(Instant end, String what, BooleanSupplier reached) throws IOException {
    while (!reached.getAsBoolean()) {
      if (clock.instant().isAfter(end)) {
        throw new IOException("no " + what + " in time");
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private String services() {
    try {
      return http.send(request(admin, "/services"), BodyHandlers.ofString()).body();
    } catch (IOException | InterruptedException e) {
      return "";
    }
  }

  private int status(HostPort at, String path) {
    try {
      return http.send(request(at, path), BodyHandlers.discarding()).statusCode();
    } catch (IOException | InterruptedException e) {
      return 0;
    }
  }

  private static HttpRequest request(HostPort at, String path) {
    return HttpRequest.newBuilder(URI.create("http://" + at + path)).build();
  }
}
