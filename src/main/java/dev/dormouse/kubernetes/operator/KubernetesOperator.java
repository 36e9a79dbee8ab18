package dev.dormouse.kubernetes.operator;

import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.control.LoopListener;
import dev.dormouse.control.PassListener;
import dev.dormouse.control.ServiceView;
import dev.dormouse.control.SteadyClock;
import dev.dormouse.kubernetes.apply.ClusterActivators;
import dev.dormouse.kubernetes.apply.ClusterApi;
import dev.dormouse.kubernetes.apply.ClusterWorkloads;
import dev.dormouse.kubernetes.apply.Deployments;
import dev.dormouse.kubernetes.apply.OwnedObjects;
import dev.dormouse.kubernetes.apply.ReplicaConflicts;
import dev.dormouse.kubernetes.apply.RoutingObjects;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.client.Cluster;
import dev.dormouse.kubernetes.client.NamespaceNews;
import dev.dormouse.kubernetes.client.Namespaces;
import dev.dormouse.kubernetes.client.TrimmedItemStore;
import dev.dormouse.kubernetes.objects.PodDefaults;
import dev.dormouse.kubernetes.pass.Leases;
import dev.dormouse.kubernetes.pass.ServicePass;
import dev.dormouse.kubernetes.resource.Catalog;
import dev.dormouse.kubernetes.resource.OnDemandService;
import dev.dormouse.kubernetes.watch.ActivatorPods;
import dev.dormouse.kubernetes.watch.Sources;
import dev.dormouse.kubernetes.watch.TargetPods;
import dev.dormouse.kubernetes.watch.Zones;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.VersionInfo;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.javaoperatorsdk.operator.processing.retry.Retry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A whole operator: waits for the leadership, then looks after every service. What it has started
 * runs on when it ends.
 */
public final class KubernetesOperator implements AutoCloseable, ServiceView.Source {
  private static final Logger LOG = System.getLogger("dormouse");
  private static final String LEADERSHIP = "dormouse-operator";

  /** As many passes run at a time; each may wait for the API server. */
  private static final int PASSES = 16;

  private static final Duration SYNC = Duration.ofMinutes(2);

  private final OperatorSettings settings;
  private final PassListener listener;
  private final Runnable lost;
  private final InstantSource clock = new SteadyClock();
  private final KubernetesClient client;
  private final Api api;
  private final Catalog catalog;
  private final Leases leases;
  private final TargetPods targetPods;
  private final ActivatorPods activatorPods;
  private final Namespaces namespaces;
  private final LeaseWatch leaseWatch;
  private final ScheduledExecutorService timer;
  private final ServiceController controller;
  private final Operator operator;
  private final AtomicReference<@Nullable OperatorPasses> tender = new AtomicReference<>();
  private volatile boolean leading;
  private volatile boolean closing;

  private KubernetesOperator(OperatorSettings settings, Listeners listeners, Runnable lost) {
    this.settings = settings;
    this.listener = listeners.passes();
    this.lost = lost;
    client = Cluster.connect(settings.cluster());
    api = Cluster.api(client);
    catalog =
        Catalog.byNamespace(ReaderContext.kubernetes(settings.region()), settings.clusterDomain());
    leases = new Leases(clock, settings.activatorLease());
    timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("dormouse-timer").daemon().factory());
    controller = new ServiceController(this::tender);
    targetPods = new TargetPods(client, controller::trigger);
    activatorPods = activatorPods();
    namespaces =
        Namespaces.of(
            client,
            api,
            settings.watched(),
            new NamespaceNews(catalog, it -> it.forEach(controller::trigger)));
    leaseWatch = new LeaseWatch(client, settings, leases, clock, timer);
    operator = framework(new LoopWatch(listeners.loop(), clock));
    operator.register(controller, this::configure);
  }

  private Operator framework(LoopWatch loop) {
    return new Operator(
        it ->
            it.withKubernetesClient(client)
                .withCloseClientOnStop(false)
                .withMetrics(loop)
                .withUseSSAToPatchPrimaryResource(false)
                .withConcurrentReconciliationThreads(PASSES)
                .withCacheSyncTimeout(SYNC)
                .withReconciliationTerminationTimeout(Duration.ofSeconds(5))
                .withLeaderElectionConfiguration(leadership()));
  }

  private ActivatorPods activatorPods() {
    return new ActivatorPods(
        client,
        new Zones(api),
        settings.namespace(),
        settings.activators(),
        controller::triggerAll);
  }

  /**
   * Who hears what.
   *
   * @param passes of every pass that changed something
   * @param loop how passes as such are doing
   */
  public record Listeners(PassListener passes, LoopListener loop) {}

  /**
   * Starts one; returns when it has seen all that there is, leading or not.
   *
   * @param listeners hear of every pass
   * @param lost told when the leadership is lost: then this operator must be closed, and soon
   * @throws RuntimeException if the API server cannot be used; the message says why
   */
  public static KubernetesOperator start(
      OperatorSettings settings, Listeners listeners, Runnable lost) {
    var started = new KubernetesOperator(settings, listeners, lost);
    try {
      started.namespaces.await(SYNC);
      started.operator.start();
    } catch (RuntimeException e) {
      started.close();
      throw e;
    }
    return started;
  }

  /** Whether this one decides. */
  public boolean isLeading() {
    return leading;
  }

  @Override
  public List<ServiceView> views() {
    OperatorPasses made = tender.get();
    return made == null ? List.of() : made.views();
  }

  private void configure(ControllerConfigurationOverrider<OnDemandService> controllers) {
    controllers
        .withName("ondemandservices")
        .withGenerationAware(false)
        .withTriggerReconcilerOnAllEvents(true)
        .withItemStore(new TrimmedItemStore<>(_ -> {}))
        .withInformerListLimit(Cluster.PAGE)
        .withRetry(retry());
    settings
        .watched()
        .ifPresentOrElse(controllers::settingNamespace, controllers::watchingAllNamespaces);
  }

  private static Retry retry() {
    return new GenericRetry()
        .setInitialInterval(500)
        .setIntervalMultiplier(2)
        .setMaxInterval(60_000)
        .withoutMaxAttempts();
  }

  private OperatorPasses tender(Sources sources) {
    var deployments = new Deployments(api, podDefaults());
    var contests = new ReplicaConflicts(clock);
    var belongings =
        new OwnedObjects(
            api,
            sources,
            new RoutingObjects(api, sources, settings.activatorPort()),
            deployments,
            contests,
            targetPods,
            activatorPods::known);
    var workloads = new ClusterWorkloads(catalog, sources, targetPods, deployments, clock);
    var tools =
        new ServicePass.Tools(
            new ClusterApi(api, catalog, deployments, contests),
            workloads,
            new ClusterActivators(api, settings.namespace(), InstantSource.system()),
            leases,
            settings.region());
    var reports =
        new OperatorPasses.Reports(
            api,
            new Events(api, InstantSource.system(), settings.identity()),
            listener,
            controller::trigger,
            clock);
    var made = new OperatorPasses(catalog, belongings, tools, reports);
    tender.set(made);
    return made;
  }

  /** Where the API server's own address is of IPv6 those of pods are. */
  private PodDefaults podDefaults() {
    boolean six = client.getMasterUrl().getHost().indexOf(':') >= 0;
    return new PodDefaults(
        settings.region().orElse(""),
        six ? PodDefaults.ANY_IPV6 : PodDefaults.ANY_IPV4,
        hasSleepAction());
  }

  /** {@code preStop.sleep} is on by default since 1.30. */
  private boolean hasSleepAction() {
    VersionInfo version = client.getKubernetesVersion();
    String minor = version.getMinor().replaceAll("\\D", "");
    return !version.getMajor().equals("1") || (!minor.isEmpty() && Integer.parseInt(minor) >= 30);
  }

  private LeaderElectionConfiguration leadership() {
    return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(LEADERSHIP)
        .withLeaseNamespace(settings.namespace())
        .withIdentity(settings.identity())
        .withLeaseDuration(settings.election().lease())
        .withRenewDeadline(settings.election().renewDeadline())
        .withRetryPeriod(settings.election().retry())
        .withLeaderCallbacks(new LeaderCallbacks(this::lead, this::follow, _ -> {}))
        // Else the framework ends the process where it is; ours ends in follow, in order.
        .buildForTest(false);
  }

  private void lead() {
    LOG.log(Level.INFO, "leading as {0}", settings.identity());
    controller.meetAll();
    controller.releaseOrphans();
    leading = true;
  }

  private void follow() {
    boolean was = leading;
    leading = false;
    if (was && !closing) {
      LOG.log(Level.ERROR, "leadership lost");
      lost.run();
    }
  }

  @Override
  public void close() {
    closing = true;
    operator.stop();
    activatorPods.close();
    namespaces.close();
    leaseWatch.close();
    targetPods.close();
    timer.shutdownNow();
    client.close();
  }
}
