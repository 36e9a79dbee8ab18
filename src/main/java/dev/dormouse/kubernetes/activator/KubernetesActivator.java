package dev.dormouse.kubernetes.activator;

import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.control.ServiceView;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Waiters;
import dev.dormouse.gate.Gate;
import dev.dormouse.kubernetes.client.ActivatorLease;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.client.Cluster;
import dev.dormouse.kubernetes.client.LeaseKeeper;
import dev.dormouse.kubernetes.client.NamespaceNews;
import dev.dormouse.kubernetes.client.Namespaces;
import dev.dormouse.kubernetes.client.TrimmedItemStore;
import dev.dormouse.kubernetes.client.Watcher;
import dev.dormouse.kubernetes.resource.Catalog;
import dev.dormouse.kubernetes.resource.OnDemandService;
import dev.dormouse.kubernetes.stake.StakeHolder;
import dev.dormouse.kubernetes.status.ActivatorId;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * An activator but for its data path: knows the services, holds stakes in them and a Lease. Two
 * threads of its own, however many services there are.
 */
public final class KubernetesActivator implements AutoCloseable, ServiceView.Source {
  private static final long REMIND_MILLIS = 500;

  private final KubernetesClient client;
  private final ScheduledExecutorService stakes = thread("dormouse-stakes");
  private final ScheduledExecutorService renewals = thread("dormouse-lease");
  private final StakedServices holdings;
  private final LeaseKeeper lease;
  private final Namespaces namespaces;
  private final SharedIndexInformer<OnDemandService> informer;
  private volatile boolean closing;

  /**
   * A service with the gate at which its clients are counted.
   *
   * @param status how it is, as far as is known here; any thread
   */
  public record Served(ServiceId id, ServiceSpec spec, Gate gate, Supplier<ServiceStatus> status) {}

  /** Whom to tell which services there are now, and that another process has our name. */
  public record Listener(Consumer<List<Served>> served, Runnable lost) {}

  private KubernetesActivator(ActivatorRole role, InstantSource clock, Listener listener) {
    client = Cluster.connect(role.cluster());
    Api api = Cluster.api(client);
    String session = UUID.randomUUID().toString();
    var means =
        new StakeHolder.Means(
            new ActivatorId(role.name(), session), new ClusterStakes(api), clock, stakes);
    var context = ReaderContext.kubernetes(role.region()).trusting(role.trustedProxies());
    var catalog = Catalog.byNamespace(context, role.clusterDomain());
    holdings = new StakedServices(means, catalog, listener.served());
    var holder =
        new ActivatorLease.Holder(
            role.namespace(), role.name(), session, role.podUid(), role.lease());
    lease = take(api, holder, listener.lost());
    var news = new NamespaceNews(catalog, _ -> holdings.changed());
    namespaces = Namespaces.of(client, api, role.watched(), news);
    informer = inform(role);
  }

  private LeaseKeeper take(Api api, ActivatorLease.Holder holder, Runnable lost) {
    try {
      var schedule = new LeaseKeeper.Schedule(renewals, lost);
      return LeaseKeeper.take(api, holder, InstantSource.system(), schedule);
    } catch (RuntimeException e) {
      stakes.shutdownNow();
      renewals.shutdownNow();
      client.close();
      throw e;
    }
  }

  /**
   * Takes the Lease and begins to watch.
   *
   * @param clock does not jump
   * @throws RuntimeException if the API server cannot be used; the message says why
   */
  public static KubernetesActivator start(
      ActivatorRole role, InstantSource clock, Listener listener) {
    return new KubernetesActivator(role, clock, listener);
  }

  private SharedIndexInformer<OnDemandService> inform(ActivatorRole role) {
    var services = client.resources(OnDemandService.class);
    SharedIndexInformer<OnDemandService> made =
        role.watched()
            .map(it -> services.inNamespace(it).withLimit(Cluster.PAGE).runnableInformer(0))
            .orElseGet(() -> services.inAnyNamespace().withLimit(Cluster.PAGE).runnableInformer(0))
            .itemStore(new TrimmedItemStore<>(_ -> {}))
            .exceptionHandler((_, _) -> !closing);
    made.addEventHandler(new Watcher<>(holdings::seen, holdings::gone));
    var _ =
        made.start()
            .thenCombine(namespaces.known(), (_, _) -> made.getStore().list())
            .thenAccept(this::complete);
    return made;
  }

  /** The informer is told before its handlers have been: whoever is not known yet would get 404. */
  private void complete(List<OnDemandService> listed) {
    listed.forEach(holdings::seen);
    holdings.complete();
  }

  /** What is served now. */
  public List<Served> served() {
    return holdings.served();
  }

  /**
   * What runs for this service is of no use to whoever dials it.
   *
   * @param reason {@code DEAF} or {@code UNREACHABLE}
   */
  public void broken(ServiceId id, FailureReason reason) {
    holdings.broken(id, reason);
  }

  @Override
  public List<ServiceView> views() {
    return CompletableFuture.supplyAsync(holdings::views, stakes).join();
  }

  /** What is served now, at gates where everybody who comes is refused: this process is to end. */
  public List<Served> refusing(InstantSource clock) {
    return served().stream()
        .map(it -> new Served(it.id(), it.spec(), closed(clock), ServiceStatus::initial))
        .toList();
  }

  private Gate closed(InstantSource clock) {
    var refusal = Refusal.of(Refusal.Reason.DISABLED, "this activator is stopping; try again");
    var gate = new AtomicReference<Gate>();
    gate.set(new Gate(clock, () -> stakes.execute(() -> refuse(gate.get(), refusal))));
    return gate.get();
  }

  private static void refuse(Gate gate, Refusal refusal) {
    if (gate.demand().waiting() > 0) {
      gate.apply(new Waiters.Refuse(refusal));
    }
  }

  /**
   * Asks all clients to leave, one service after another over this time, and takes the stakes back
   * as they do. Whoever is opened meanwhile is asked, too.
   *
   * @return completed when there is no stake any more
   */
  public CompletableFuture<Void> leave(Duration spread) {
    List<CompletionStage<Void>> withdrawn = new ArrayList<>();
    List<StakeHolder> holders = holdings.holders();
    for (int i = 0; i < holders.size(); i++) {
      StakeHolder holder = holders.get(i);
      withdrawn.add(holder.shutDown());
      long first = spread.toMillis() * i / holders.size();
      var _ =
          stakes.scheduleWithFixedDelay(
              () -> part(holder.gate()), first, REMIND_MILLIS, TimeUnit.MILLISECONDS);
    }
    return CompletableFuture.allOf(
        withdrawn.stream()
            .map(CompletionStage::toCompletableFuture)
            .toArray(CompletableFuture<?>[]::new));
  }

  private static void part(Gate gate) {
    if (gate.demand().any()) {
      gate.drain(StopReason.SHUTDOWN);
    }
  }

  @Override
  public void close() {
    closing = true;
    informer.stop();
    namespaces.close();
    lease.close();
    stakes.shutdownNow();
    renewals.shutdownNow();
    client.close();
  }

  private static ScheduledExecutorService thread(String name) {
    return Executors.newSingleThreadScheduledExecutor(
        Thread.ofPlatform().name(name).daemon().factory());
  }
}
