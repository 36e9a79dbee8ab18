package dev.dormouse.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.activator.AllowedUpstreams;
import dev.dormouse.control.LogRateLimiter;
import dev.dormouse.control.SteadyClock;
import dev.dormouse.intake.Costs;
import dev.dormouse.kubernetes.activator.ActivatorRole;
import dev.dormouse.kubernetes.client.MockCluster;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ActivatorProcessTest {
  /** They take far more than those do that ask. */
  private static final int CLIENTS = 100;

  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** What the launcher lets `run` have is shared out so, too. */
  @Test
  void itsClientsAndItsAdminPortShareOneBudgetWhichItTells() throws Exception {
    try (var cluster = MockCluster.thatKeepsObjects();
        var process =
            new ActivatorProcess(
                role(cluster),
                new ActivatorProcess.Doors(local(), local(), AllowedUpstreams.PUBLIC),
                new LogRateLimiter(new SteadyClock()),
                () -> {})) {
      assertThat(metric(process, "dormouse_budget_bytes"))
          .isEqualTo((double) OwnBudget.create(new LogRateLimiter(new SteadyClock())).bytes());
      assertThat(metric(process, "dormouse_budget_used_bytes"))
          .as("of those that ask")
          .isBetween(1.0, CLIENTS * (double) Costs.CONNECTION);
      List<Socket> clients = new ArrayList<>();
      try {
        for (int i = 0; i < CLIENTS; i++) {
          clients.add(new Socket(InetAddress.getLoopbackAddress(), process.port()));
        }
        await()
            .atMost(LIMIT)
            .until(
                () -> metric(process, "dormouse_budget_used_bytes") > CLIENTS * Costs.CONNECTION);
      } finally {
        for (Socket client : clients) {
          client.close();
        }
      }
      assertThat(metric(process, "dormouse_shed_total{reason=\"unfinished-head\"}")).isZero();
    }
  }

  private static double metric(ActivatorProcess process, String name)
      throws IOException, InterruptedException {
    var uri = URI.create("http://127.0.0.1:" + process.adminPort() + "/metrics");
    try (var http = HttpClient.newHttpClient()) {
      return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
          .body()
          .lines()
          .filter(line -> line.startsWith(name + " "))
          .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
          .findFirst()
          .orElseThrow();
    }
  }

  private static ActivatorRole role(MockCluster cluster) {
    return new ActivatorRole(
        cluster.client().getConfiguration(),
        Optional.of("shop"),
        "shop",
        "activator-0",
        Optional.empty(),
        Optional.of("iad"),
        "cluster.local",
        List.of(),
        OperatorProcess.ACTIVATOR_LEASE);
  }

  private static HostPort local() {
    return new HostPort("127.0.0.1", 0);
  }
}
