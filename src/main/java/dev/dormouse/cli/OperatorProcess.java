package dev.dormouse.cli;

import dev.dormouse.admin.AdminServer;
import dev.dormouse.admin.AdminSettings;
import dev.dormouse.admin.metrics.Metrics;
import dev.dormouse.control.LogRateLimiter;
import dev.dormouse.control.PassListener;
import dev.dormouse.control.ServiceView;
import dev.dormouse.control.SteadyClock;
import dev.dormouse.control.TransitionLog;
import dev.dormouse.kubernetes.client.Cluster;
import dev.dormouse.kubernetes.operator.KubernetesOperator;
import dev.dormouse.kubernetes.operator.OperatorSettings;
import dev.dormouse.logging.LogSetup;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;

/** All that {@code operator} consists of, wired by hand. */
public final class OperatorProcess implements AutoCloseable {
  /** An activator renews three times in this time. */
  static final Duration ACTIVATOR_LEASE = Duration.ofSeconds(30);

  private static final Logger LOG = System.getLogger("dormouse");

  private final LoopResources loops = LoopResources.create("dormouse-admin", 1, true);
  private final AtomicReference<@Nullable KubernetesOperator> operator = new AtomicReference<>();
  private final AdminServer admin;

  /**
   * Starts one: returns when it has seen the cluster, leading or not. Until then {@code /livez} is
   * served already, and {@code /readyz} says no.
   *
   * @param admin where to tell of it, {@code HOST:PORT}; port 0 for any free one
   * @param log bounds what clients can have written
   * @param lost told when the leadership is lost: this must be closed then
   * @throws RuntimeException if it cannot; the message says why
   */
  public OperatorProcess(
      OperatorSettings settings, HostPort admin, LogRateLimiter log, Runnable lost) {
    var clock = new SteadyClock();
    Metrics metrics = new Metrics(Dormouse.version(), clock, OwnBudget.create(log), log);
    metrics.logged(LogSetup::dropped);
    this.admin =
        AdminServer.start(
            new AdminSettings(
                admin.host(), admin.port(), settings.region(), Map.of(), Optional.empty()),
            loops,
            new AdminServer.Subject(
                this::views, new ByManifestOnly(), () -> Duration.ZERO, it -> it, log),
            metrics,
            clock);
    try {
      var listeners = new KubernetesOperator.Listeners(passes(metrics), metrics.loop());
      operator.set(KubernetesOperator.start(settings, listeners, lost));
    } catch (RuntimeException e) {
      end();
      throw e;
    }
    this.admin.ready();
  }

  private List<ServiceView> views() {
    return started().map(KubernetesOperator::views).orElseGet(List::of);
  }

  private Optional<KubernetesOperator> started() {
    return Optional.ofNullable(operator.get());
  }

  static int run(InCluster options, LogRateLimiter log, String activators, int activatorPort)
      throws UserError, InterruptedException {
    var settings =
        new OperatorSettings(
            Cluster.here(),
            options.watched(),
            InCluster.ownNamespace(),
            InCluster.ownName(),
            options.region(),
            Cluster.domain(),
            activators,
            activatorPort,
            OperatorSettings.Election.usual(),
            ACTIVATOR_LEASE);
    var process = ClusterProcess.start(() -> started(settings, options, log));
    process.endOnSignal(OperatorProcess::close);
    new CountDownLatch(1).await();
    return 0;
  }

  private static OperatorProcess started(
      OperatorSettings settings, InCluster options, LogRateLimiter log) {
    return new OperatorProcess(settings, options.admin(), log, () -> ClusterProcess.fail());
  }

  private static PassListener passes(Metrics metrics) {
    var log = new TransitionLog();
    return (id, before, decision, after) -> {
      log.passed(id, before, decision, after);
      metrics.passed(id, before, decision, after);
    };
  }

  /** Where it tells of itself. */
  public int adminPort() {
    return admin.port();
  }

  /** Whether this one decides. */
  public boolean isLeading() {
    return started().filter(KubernetesOperator::isLeading).isPresent();
  }

  /** Ends it; what it has started runs on. */
  @Override
  public void close() {
    admin.stopping();
    started().ifPresent(KubernetesOperator::close);
    end();
    LOG.log(Level.INFO, "operator stopped");
  }

  private void end() {
    admin.close();
    loops.dispose();
  }
}
