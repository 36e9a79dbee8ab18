package dev.dormouse.cli;

import dev.dormouse.activator.Activator;
import dev.dormouse.activator.ActivatorSettings;
import dev.dormouse.activator.AllowedUpstreams;
import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.admin.AdminServer;
import dev.dormouse.admin.AdminSettings;
import dev.dormouse.admin.metrics.Metrics;
import dev.dormouse.budget.Budget;
import dev.dormouse.control.LogLine;
import dev.dormouse.control.LogRateLimiter;
import dev.dormouse.control.SteadyClock;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.footprint.HeapTrimmer;
import dev.dormouse.gate.Networks;
import dev.dormouse.kubernetes.activator.ActivatorRole;
import dev.dormouse.kubernetes.activator.KubernetesActivator;
import dev.dormouse.kubernetes.client.Cluster;
import dev.dormouse.logging.LogSetup;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import reactor.netty.resources.LoopResources;

/** All that {@code activator} consists of, wired by hand. */
public final class ActivatorProcess implements AutoCloseable {
  private static final Logger LOG = System.getLogger("dormouse");

  /** What the last close frames and the last stakes may take beyond the drain. */
  private static final Duration SLACK = Duration.ofSeconds(5);

  private final InstantSource clock = new SteadyClock();
  private final Budget budget;
  private final LoopResources loops;
  private final ActivatorRole role;
  private final LogRateLimiter log;
  private final Activator activator;
  private final KubernetesActivator stakes;
  private final AdminServer admin;
  private final CountDownLatch delay = new CountDownLatch(1);

  /**
   * Where clients and people connect; port 0 for any free one.
   *
   * @param upstreams where clients may be sent though it is no public address
   * @param proxyProtocol from where connections begin with a header of the PROXY protocol
   */
  public record Doors(
      HostPort listen, HostPort admin, AllowedUpstreams upstreams, Networks proxyProtocol) {
    /** Doors without proxies that speak the PROXY protocol. */
    public Doors(HostPort listen, HostPort admin, AllowedUpstreams upstreams) {
      this(listen, admin, upstreams, Networks.of(List.of()));
    }
  }

  /** How to end: go on serving for a while, then give clients a while to leave. */
  public record Leave(Duration delay, Duration drain) {}

  /**
   * Starts one. It is ready as soon as it knows the services.
   *
   * @param log bounds what clients can have written
   * @param lost told when another process has taken its name: this must be closed then
   * @throws RuntimeException if it cannot; the message says why
   */
  public ActivatorProcess(ActivatorRole role, Doors doors, LogRateLimiter log, Runnable lost) {
    this.role = role;
    this.log = log;
    budget = OwnBudget.create(log);
    loops = LoopResources.create("dormouse-io", LoopResources.DEFAULT_IO_WORKER_COUNT, true);
    Metrics metrics = new Metrics(Dormouse.version(), clock, budget, log);
    metrics.logged(LogSetup::dropped);
    HostPort listen = doors.listen();
    activator =
        Activator.start(
            ActivatorSettings.of(listen.host(), listen.port())
                .allowing(doors.upstreams())
                .behind(doors.proxyProtocol()),
            budget,
            loops,
            clock,
            new DataPathEvents(metrics, log, this::foundBroken, _ -> {}));
    var known = new CountDownLatch(1);
    stakes =
        KubernetesActivator.start(
            role,
            clock,
            new KubernetesActivator.Listener(
                served -> {
                  serve(served);
                  known.countDown();
                },
                lost));
    admin = adminPort(doors.admin(), metrics);
    Thread.ofVirtual().name("dormouse-ready").start(() -> readyWhen(known, listen));
  }

  private AdminServer adminPort(HostPort at, Metrics metrics) {
    return AdminServer.start(
        new AdminSettings(at.host(), at.port(), role.region(), Map.of(), Optional.empty()),
        loops,
        new AdminServer.Subject(stakes, new ByManifestOnly(), () -> Duration.ZERO, it -> it, log),
        metrics,
        clock);
  }

  static int run(InCluster options, LogRateLimiter log, TrafficOptions traffic, Leave leave)
      throws UserError, InterruptedException {
    var role =
        new ActivatorRole(
            Cluster.here(),
            options.watched(),
            InCluster.ownNamespace(),
            InCluster.ownName(),
            InCluster.podUid(),
            options.region(),
            Cluster.domain(),
            traffic.trustedProxies(),
            OperatorProcess.ACTIVATOR_LEASE);
    var doors =
        new Doors(traffic.listen(), options.admin(), traffic.upstreams(), traffic.proxyProtocol());
    var process =
        ClusterProcess.start(
            () -> new ActivatorProcess(role, doors, log, () -> ClusterProcess.fail()));
    process.endOnSignal(it -> it.leave(leave));
    new CountDownLatch(1).await();
    return 0;
  }

  private void readyWhen(CountDownLatch known, HostPort listen) {
    try {
      HeapTrimmer.of(budget, loops.onServer(true).next());
      SlowReaderWatch.of(budget, loops.onServer(true).next());
      known.await();
      admin.ready();
      LOG.log(
          Level.INFO,
          "listening on {0} admin={1} services={2} region={3}",
          new HostPort(listen.host(), activator.port()),
          String.valueOf(admin.port()),
          String.valueOf(stakes.served().size()),
          role.region().orElse("-"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void foundBroken(ServiceId service, FailureReason reason, String message) {
    log.log(
        Level.WARNING,
        "broken " + service,
        LogLine.of(service, "reason=" + reason + " " + message));
    stakes.broken(service, reason);
  }

  private void serve(List<KubernetesActivator.Served> served) {
    activator.serve(
        RouteTable.of(
            served.stream()
                .map(it -> new GatedService(it.id(), it.spec(), it.gate(), it.status()))
                .toList(),
            role.region()));
  }

  /** Where clients connect. */
  public int port() {
    return activator.port();
  }

  /** Where it tells of itself. */
  public int adminPort() {
    return admin.port();
  }

  /** Ends it as politely as its clients allow. */
  public void leave(Leave how) {
    admin.stopping();
    try {
      var _ = delay.await(how.delay().toMillis(), TimeUnit.MILLISECONDS);
      serve(stakes.refusing(clock));
      stakes
          .leave(how.drain().dividedBy(2))
          .get(how.drain().plus(SLACK).toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.log(Level.WARNING, "not all clients left within {0}", how.drain());
    } catch (ExecutionException e) {
      LOG.log(Level.ERROR, "bug while stopping", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    close();
  }

  /** Ends it at once: connections are closed, stakes stay until an operator voids them. */
  @Override
  public void close() {
    admin.stopping();
    activator.close();
    stakes.close();
    admin.close();
    loops.dispose();
    LOG.log(Level.INFO, "activator stopped");
  }
}
