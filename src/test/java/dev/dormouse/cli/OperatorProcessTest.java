package dev.dormouse.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.control.LogRateLimiter;
import dev.dormouse.control.SteadyClock;
import dev.dormouse.kubernetes.operator.OperatorSettings;
import dev.dormouse.testing.FreePort;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class OperatorProcessTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void beforeItHasSeenTheClusterItIsAliveAndNotReady() throws Exception {
    int admin = FreePort.any();
    CompletableFuture<OperatorProcess> starting;
    try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      starting =
          CompletableFuture.supplyAsync(
              () ->
                  new OperatorProcess(
                      settings(silent),
                      new HostPort("127.0.0.1", admin),
                      new LogRateLimiter(new SteadyClock()),
                      () -> {}));
      await().atMost(LIMIT).ignoreExceptions().until(() -> status(admin, "/livez") == 200);
      assertThat(starting).isNotDone();
      assertThat(status(admin, "/readyz")).isEqualTo(503);
      assertThat(status(admin, "/services")).isEqualTo(200);
    }
    await().atMost(LIMIT).until(starting::isCompletedExceptionally);
  }

  private int status(int port, String path) throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
    return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  /** An API server that accepts and does not answer. */
  private static OperatorSettings settings(ServerSocket silent) {
    Config config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl("http://127.0.0.1:" + silent.getLocalPort())
            .build();
    return new OperatorSettings(
        config,
        Optional.of("shop"),
        "shop",
        "operator-0",
        Optional.empty(),
        "cluster.local",
        "app=activator",
        8080,
        OperatorSettings.Election.usual(),
        Duration.ofSeconds(30));
  }
}
