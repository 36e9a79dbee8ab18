package dev.dormouse.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dormouse.admin.metrics.Metrics;
import dev.dormouse.budget.Budget;
import dev.dormouse.control.LogRateLimiter;
import dev.dormouse.control.ServiceView;
import dev.dormouse.control.SteadyClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import reactor.netty.resources.LoopResources;

/** An admin port on real sockets, fed by a test. */
final class AdminPort implements AutoCloseable {
  static final String TOKEN = "sixteen-characters-and-more";
  final RecordingControl control = new RecordingControl();
  final AtomicReference<Duration> busyFor = new AtomicReference<>(Duration.ZERO);

  final AtomicReference<Optional<String>> trouble = new AtomicReference<>(Optional.empty());

  /** How long the machine has been suspended. */
  final AtomicReference<Duration> suspended = new AtomicReference<>(Duration.ZERO);

  final Budget budget;
  final Metrics metrics;
  final AtomicInteger looks = new AtomicInteger();
  final List<ServiceView> views = new CopyOnWriteArrayList<>();
  final List<String> lookers = new CopyOnWriteArrayList<>();
  final HttpClient client = HttpClient.newHttpClient();
  final AdminServer server;
  private final LoopResources loops = LoopResources.create("admin-test", 1, true);

  AdminPort() {
    this(Budget.Limits.none());
  }

  /** One that has less to keep for its clients. */
  AdminPort(Budget.Limits limits) {
    budget = new Budget(limits);
    metrics = new Metrics("1.2.3", new SteadyClock(), budget);
    var page = new StaticPage(() -> "<p>another", "ws:");
    server =
        AdminServer.start(
            new AdminSettings(
                "127.0.0.1", 0, Optional.of("iad"), Map.of("/demo", page), Optional.of(TOKEN)),
            loops,
            new AdminServer.Subject(
                this::look,
                control,
                busyFor::get,
                trouble::get,
                time -> time.plus(suspended.get()),
                new LogRateLimiter(new SteadyClock()),
                new AdminServer.Nap(_ -> {}, Optional::empty, false)),
            metrics,
            new SteadyClock());
  }

  private List<ServiceView> look() {
    looks.incrementAndGet();
    lookers.add(Thread.currentThread().getName());
    if (views.size() == 1 && views.getFirst().id().name().equals("poison")) {
      throw new IllegalStateException("on purpose");
    }
    return List.copyOf(views);
  }

  @Override
  public void close() {
    server.close();
    client.shutdownNow();
    loops.disposeLater(Duration.ZERO, Duration.ofSeconds(5)).block();
  }

  JsonNode json(String path) throws Exception {
    var answer = get(path);
    assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
    return new ObjectMapper().readTree(answer.body());
  }

  HttpResponse<String> get(String path) throws Exception {
    return client.send(request(path).build(), BodyHandlers.ofString());
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
  }

  String raw(String request) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(5000);
      socket.getOutputStream().write(request.getBytes(UTF_8));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }
}
