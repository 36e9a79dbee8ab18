package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dormouse.testing.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** A running {@code dormouse run} on ports of its own. */
final class Machine implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  final int port;
  final int adminPort = freePort();
  final Child child;
  private final HttpClient http = HttpClient.newHttpClient();

  Machine(Path manifests, Path stateDir, String... more) {
    this(Map.of(), "127.0.0.1", freePort(), manifests, stateDir, more);
  }

  /** One with more environment. */
  Machine(Map<String, String> env, Path manifests, Path stateDir, String... more) {
    this(env, "127.0.0.1", freePort(), manifests, stateDir, more);
  }

  /** One on a port that another has left. */
  Machine(int port, Path manifests, Path stateDir, String... more) {
    this(Map.of(), "127.0.0.1", port, manifests, stateDir, more);
  }

  /** One that clients reach at this address of the machine. */
  Machine(String host, Path manifests, Path stateDir, String... more) {
    this(Map.of(), host, freePort(), manifests, stateDir, more);
  }

  /** One that is started by another command. */
  static Machine under(List<String> command, Path manifests, Path stateDir, String... more) {
    return new Machine(command, Map.of(), "127.0.0.1", freePort(), manifests, stateDir, more);
  }

  private Machine(
      Map<String, String> env,
      String host,
      int port,
      Path manifests,
      Path stateDir,
      String... more) {
    this(List.of(), env, host, port, manifests, stateDir, more);
  }

  private Machine(
      List<String> starter,
      Map<String, String> env,
      String host,
      int port,
      Path manifests,
      Path stateDir,
      String... more) {
    this.port = port;
    var arguments =
        new ArrayList<>(
            List.of(
                "run",
                "-f",
                manifests.toString(),
                "--listen",
                host + ":" + port,
                "--admin",
                "127.0.0.1:" + adminPort,
                "--state-dir",
                stateDir.toString()));
    arguments.addAll(List.of(more));
    child = Child.dormouse(starter, env, arguments.toArray(String[]::new));
    try {
      child.await("listening on");
    } catch (AssertionError e) {
      child.close();
      throw e;
    }
  }

  static int freePort() {
    return FreePort.any();
  }

  URI socketUri(String path) {
    return URI.create("ws://127.0.0.1:" + port + path);
  }

  /** What {@code /services} says of a service. */
  JsonNode service(String name) {
    try {
      return JSON.readTree(get(adminPort, "/services/default/" + name).body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String phase(String name) {
    return service(name).path("phase").asText();
  }

  void awaitPhase(String name, String phase) {
    await(name + " is " + phase)
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> phase(name).equals(phase));
  }

  /** The process of a service. */
  long pid(String name) {
    return service(name).path("pid").asLong();
  }

  /** KILL, as the kernel's out-of-memory killer would. */
  void kill() throws InterruptedException {
    child.process().destroyForcibly().waitFor();
  }

  /** What is counted under this name, over all labels that contain {@code label}. */
  long count(String metric, String label) {
    return get(adminPort, "/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(metric) && line.contains(label))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** A request that is not an upgrade. */
  HttpResponse<String> get(int toPort, String path) {
    return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + toPort + path)).build());
  }

  HttpResponse<String> send(HttpRequest request) {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A socket that collects what it receives. */
  Socket open(String path) {
    var socket = new Socket();
    socket.opened =
        http.newWebSocketBuilder()
            .subprotocols("actioncable-v1-json", "actioncable-unsupported")
            .header("Origin", "http://127.0.0.1:" + port)
            .buildAsync(socketUri(path), socket);
    return socket;
  }

  /** How often a service was started, by the log. */
  long starts(String name) {
    return child.lines().stream()
        .filter(
            line -> line.contains("service=default/" + name + " ") && line.contains("-> waking"))
        .count();
  }

  @Override
  public void close() {
    child.close();
  }

  /** One client. */
  static final class Socket implements WebSocket.Listener {
    CompletableFuture<WebSocket> opened = new CompletableFuture<>();
    final CompletableFuture<String> first = new CompletableFuture<>();
    final CompletableFuture<Integer> closed = new CompletableFuture<>();

    WebSocket join() {
      return opened.orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
    }

    /** The status of the refused upgrade. */
    int refusal() {
      try {
        join();
      } catch (CompletionException e) {
        if (e.getCause() instanceof WebSocketHandshakeException refused) {
          return refused.getResponse().statusCode();
        }
        throw e;
      }
      return fail("was not refused");
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      first.complete(data.toString());
      return WebSocket.Listener.super.onText(socket, data, last);
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      return WebSocket.Listener.super.onBinary(socket, data, last);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      closed.complete(code);
      return WebSocket.Listener.super.onClose(socket, code, reason);
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      closed.completeExceptionally(error);
    }
  }
}
