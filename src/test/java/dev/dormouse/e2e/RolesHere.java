package dev.dormouse.e2e;

import dev.dormouse.activator.AllowedUpstreams;
import dev.dormouse.cli.ActivatorProcess;
import dev.dormouse.cli.HostPort;
import dev.dormouse.cli.OperatorProcess;
import dev.dormouse.control.LogRateLimiter;
import dev.dormouse.control.SteadyClock;
import dev.dormouse.kubernetes.activator.ActivatorRole;
import dev.dormouse.kubernetes.operator.OperatorSettings;
import io.fabric8.kubernetes.client.Config;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Operator and activators in this JVM, for one namespace. */
final class RolesHere implements Roles {
  private final String namespace;
  private final List<Door> activators = new ArrayList<>();
  private Optional<OperatorProcess> operator = Optional.empty();

  RolesHere(String namespace) {
    this.namespace = namespace;
  }

  @Override
  public void startOperator() {
    if (operator.isPresent()) {
      return;
    }
    var settings =
        new OperatorSettings(
            Clusters.config(),
            Optional.of(namespace),
            namespace,
            "operator-" + UUID.randomUUID(),
            Optional.of(Stage.REGION),
            "cluster.local",
            "app=activator",
            8080,
            new OperatorSettings.Election(
                Duration.ofSeconds(3), Duration.ofSeconds(2), Duration.ofMillis(500)),
            ClusterStage.LEASE);
    operator =
        Optional.of(
            new OperatorProcess(
                settings, local(), new LogRateLimiter(new SteadyClock()), () -> {}));
  }

  @Override
  public void stopOperator() {
    operator.ifPresent(OperatorProcess::close);
    operator = Optional.empty();
  }

  @Override
  public Door startActivator() {
    Door started = startActivator(Clusters.config(), namespace, namespace);
    activators.add(started);
    return started;
  }

  /** One that reaches the API server so, for the services of a namespace. */
  static Door startActivator(Config cluster, String namespace, String home) {
    var role =
        new ActivatorRole(
            cluster,
            Optional.of(namespace),
            home,
            "activator-" + UUID.randomUUID(),
            Optional.empty(),
            Optional.of(Stage.REGION),
            "cluster.local",
            List.of(),
            ClusterStage.LEASE);
    var doors = new ActivatorProcess.Doors(local(), local(), AllowedUpstreams.PUBLIC);
    var process =
        new ActivatorProcess(role, doors, new LogRateLimiter(new SteadyClock()), () -> {});
    return new Door() {
      @Override
      public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), process.port());
      }

      @Override
      public InetSocketAddress admin() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), process.adminPort());
      }

      @Override
      public void close() {
        process.close();
      }
    };
  }

  private static HostPort local() {
    return new HostPort("127.0.0.1", 0);
  }

  @Override
  public String home() {
    return namespace;
  }

  @Override
  public void close() {
    activators.forEach(Door::close);
    stopOperator();
  }
}
