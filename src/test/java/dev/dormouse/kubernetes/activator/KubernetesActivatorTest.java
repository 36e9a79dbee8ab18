package dev.dormouse.kubernetes.activator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.kubernetes.client.MockCluster;
import dev.dormouse.testing.MutableClock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KubernetesActivatorTest {
  /** A list of thousands would take longer than any request may. */
  @Test
  void servicesAreReadPageByPage() {
    try (var cluster = MockCluster.thatKeepsObjects()) {
      var role =
          new ActivatorRole(
              cluster.client().getConfiguration(),
              Optional.of("shop"),
              "shop",
              "activator-0",
              Optional.empty(),
              Optional.empty(),
              "cluster.local",
              List.of(),
              Duration.ofSeconds(30));
      var listener = new KubernetesActivator.Listener(_ -> {}, () -> {});
      try (var _ = KubernetesActivator.start(role, new MutableClock(), listener)) {
        String path = cluster.request().getPath();
        while (!path.contains("/ondemandservices")) {
          path = cluster.request().getPath();
        }
        assertThat(path).contains("limit=500");
      }
    }
  }
}
