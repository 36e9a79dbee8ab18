package dev.dormouse.local;

import dev.dormouse.control.DependencyGraph;
import dev.dormouse.control.ManualControl;
import dev.dormouse.control.PassListener;
import dev.dormouse.control.ServiceReconciler;
import dev.dormouse.control.ServiceView;
import dev.dormouse.control.ServiceView.ProcessUsage;
import dev.dormouse.control.WarmWindows;
import dev.dormouse.core.Action;
import dev.dormouse.core.Company;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Keeper;
import dev.dormouse.core.Phase;
import dev.dormouse.core.Rule;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.Surroundings;
import dev.dormouse.core.Surroundings.Presence;
import dev.dormouse.gate.Admission;
import dev.dormouse.gate.Gate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Runs passes over the services of one machine: when demand changes, when the driver has news, when
 * a neighbour changes phase, and when a decision asked to look again.
 *
 * <p>All passes run on the one control thread; {@link #trigger}, {@link #apply} and {@link #views}
 * may be called from any.
 */
public final class LocalController implements ServiceView.Source, ManualControl {
  private static final Duration AFTER_A_BUG = Duration.ofSeconds(1);

  private final MachineDriver driver;
  private final ServiceReconciler reconciler;
  private final InstantSource clock;
  private final ScheduledExecutorService control;
  private final PassListener listener;
  private final Consumer<List<Served>> servedChanged;
  private final Map<ServiceId, ManagedService> services = new ConcurrentSkipListMap<>();
  private final DependencyGraph graph = new DependencyGraph(this::dependentsOf, this::phase);
  private final CompletableFuture<Void> allAtRest = new CompletableFuture<>();
  private final ManualRequests byHand;
  private final WarmWindows warmWindows;
  private final Rest rest;
  private final BiFunction<ServiceId, Gate, Admission> admissions;
  private boolean shuttingDown;
  private boolean adopted;

  /** A service with the gate at which its clients are counted, and its status at any moment. */
  public record Served(ServiceId id, ServiceSpec spec, Gate gate, Supplier<ServiceStatus> status) {}

  /**
   * A controller without services.
   *
   * @param driver makes the driver, given whom to tell that a workload changed
   * @param control the single thread on which the driver lives, too
   * @param servedChanged told, on the control thread, which services there are now
   */
  public LocalController(
      Function<Consumer<ServiceId>, ? extends MachineDriver> driver,
      InstantSource clock,
      WarmWindows warmWindows,
      ScheduledExecutorService control,
      PassListener listener,
      Consumer<List<Served>> servedChanged) {
    this(driver, clock, warmWindows, control, listener, servedChanged, (id, gate) -> gate);
  }

  /**
   * The same whose passes see the gates through something else.
   *
   * @param admissions what passes have of a service's gate
   */
  LocalController(
      Function<Consumer<ServiceId>, ? extends MachineDriver> driver,
      InstantSource clock,
      WarmWindows warmWindows,
      ScheduledExecutorService control,
      PassListener listener,
      Consumer<List<Served>> servedChanged,
      BiFunction<ServiceId, Gate, Admission> admissions) {
    this.admissions = admissions;
    this.driver = driver.apply(this::trigger);
    this.reconciler = new ServiceReconciler(this.driver);
    this.clock = clock;
    this.warmWindows = warmWindows;
    this.control = control;
    this.listener = listener;
    this.servedChanged = servedChanged;
    this.byHand = new ManualRequests(this, this.driver);
    this.rest = new Rest(services.values(), this.driver, clock, warmWindows);
  }

  /**
   * Makes these the services that there are. Unchanged ones are not touched; a removed one is
   * drained and stopped first.
   */
  public void apply(Map<ServiceId, ServiceSpec> specs) {
    control.execute(() -> replaceWith(Map.copyOf(specs)));
  }

  /**
   * This process has slept: what runs is its own, and goes on as remembered. Before {@link #apply}.
   *
   * @param byClient whether a client has ended the nap
   */
  public void resume(Map<String, String> remembered, boolean byClient) {
    control.execute(() -> rest.resume(remembered, byClient));
  }

  /** What a nap needs to know of the services. */
  public Rest rest() {
    return rest;
  }

  /** Asks for a pass over one service, soon. Requests that come before it runs are one. */
  public void trigger(ServiceId id) {
    var service = services.get(id);
    if (service == null) {
      control.execute(this::completeIfAtRest);
    } else if (service.request()) {
      control.execute(() -> pass(service));
    }
  }

  private void demandChanged(ServiceId id) {
    find(id).ifPresentOrElse(it -> it.demandChanged(control, () -> trigger(id)), () -> trigger(id));
  }

  /** Clients were not served by what runs, for this reason. Thread-safe. */
  public void broken(ServiceId id, FailureReason reason, String message) {
    control.execute(() -> driver.broken(id, reason, message));
  }

  /** Writes down anew what is to outlive Dormouse. Thread-safe. */
  public void save() {
    control.execute(driver::save);
  }

  /** The workload has answered a client's handshake, with a 101 or not. Thread-safe. */
  public void answered(ServiceId id) {
    driver.answered(id);
  }

  /**
   * Drains and stops everything, dependents before what they depend on.
   *
   * @return completed when nothing runs any more
   */
  public CompletableFuture<Void> shutDown() {
    control.execute(
        () -> {
          shuttingDown = true;
          services.keySet().forEach(this::trigger);
          completeIfAtRest();
        });
    return allAtRest;
  }

  @Override
  public List<ServiceView> views() {
    return services.values().stream().filter(s -> !s.removed).map(this::view).toList();
  }

  @Override
  public CompletableFuture<Answer> wake(ServiceId id, Optional<Duration> atLeast) {
    return onControl(id, service -> byHand.wake(service, atLeast));
  }

  @Override
  public CompletableFuture<Answer> sleep(ServiceId id, Manner how) {
    return CompletableFuture.completedFuture(id)
        .thenComposeAsync(this::look, control)
        .thenCompose(company -> onControl(id, service -> byHand.sleep(service, how, company)));
  }

  private CompletableFuture<Company> look(ServiceId id) {
    return find(id)
        .map(it -> driver.look(id, it.spec))
        .orElseGet(() -> CompletableFuture.completedFuture(Company.UNSEEN));
  }

  private CompletableFuture<Answer> onControl(ServiceId id, Function<ManagedService, Answer> ask) {
    return CompletableFuture.supplyAsync(
        () -> find(id).filter(s -> !s.removed).map(ask).orElseGet(Answer.Unknown::new), control);
  }

  Optional<ManagedService> find(ServiceId id) {
    return Optional.ofNullable(services.get(id));
  }

  private ServiceView view(ManagedService service) {
    Optional<ProcessUsage> usage = driver.usage(service.id);
    usage.ifPresent(service::measured);
    return service.view(usage, service.sleepObstacle(driver), driver.tail(service.id));
  }

  private void replaceWith(Map<ServiceId, ServiceSpec> specs) {
    if (!adopted) {
      driver.adopt(specs, rest.isResumed());
      adopted = true;
    }
    driver.declare(specs);
    specs.forEach(
        (id, spec) -> {
          var known = services.get(id);
          if (known == null) {
            var service = new ManagedService(id, spec, new Gate(clock, () -> demandChanged(id)));
            rest.recall(service);
            services.put(id, service);
          } else {
            known.spec = spec;
            known.removed = false;
          }
        });
    rest.recalled();
    services.values().forEach(service -> service.removed = !specs.containsKey(service.id));
    publish();
    services.keySet().forEach(this::trigger);
  }

  private void publish() {
    servedChanged.accept(
        services.values().stream()
            // a new one has the routes at once
            .sorted((a, b) -> Boolean.compare(a.removed, b.removed))
            .map(s -> new Served(s.id, s.spec, s.gate, () -> s.status))
            .toList());
  }

  /** One that a bug, or a want of memory, ends is tried again: nothing else may ever ask for it. */
  void pass(ManagedService service) {
    if (services.get(service.id) != service) {
      return; // removed since this pass was asked for
    }
    service.begin();
    try {
      observeDecideApply(service);
    } catch (RuntimeException | Error e) {
      recheck(service, AFTER_A_BUG);
      throw e;
    }
  }

  private void observeDecideApply(ManagedService service) {
    ServiceStatus before = service.status;
    Surroundings around = surroundings(service);
    service.keeper = Keeper.of(service.spec, around);
    var pass =
        reconciler.reconcile(
            service.id,
            service.asIs(driver),
            admissions.apply(service.id, service.gate),
            before,
            around);
    ServiceStatus after = pass.status();
    service.settle(after);
    if (service.settleManualWake(clock.instant())) {
      trigger(service.id);
    }
    WarmWindows.nextLook(service.spec.warm(), pass.recheckAfter())
        .ifPresent(delay -> recheck(service, delay));
    if (!before.equals(after) || !(pass.decision().action() instanceof Action.Keep)) {
      listener.passed(service.id, before, pass.decision(), after);
    }
    if (before.phase() != after.phase()) {
      graph.neighbours(service.id, service.spec).forEach(this::trigger);
    }
    if (service.removed && pass.decision().rule() == Rule.NEVER_AT_REST) {
      services.remove(service.id);
      publish();
      service.gate.apply(pass.decision().waiters()); // who came meanwhile has no other pass
    }
    completeIfAtRest();
  }

  private void recheck(ManagedService service, Duration delay) {
    service.recheck =
        control.schedule(
            () -> trigger(service.id), Math.max(delay.toNanos(), 0), TimeUnit.NANOSECONDS);
  }

  Surroundings surroundings(ManagedService service) {
    Instant now = clock.instant();
    var warm =
        warmWindows.at(now, service.spec.warm()).orUntil(service.manual.map(ManualWake::end));
    var around = graph.around(service.id, service.spec, leaving(service), warm, now);
    return rest.isArrival(now) ? around.afterNap() : around;
  }

  private Optional<Presence> leaving(ManagedService service) {
    if (service.removed) {
      return Optional.of(Presence.REMOVED);
    }
    return shuttingDown ? Optional.of(Presence.SHUTTING_DOWN) : Optional.empty();
  }

  private List<ServiceId> dependentsOf(ServiceId id) {
    return services.values().stream().filter(it -> it.dependsOn(id)).map(it -> it.id).toList();
  }

  private Optional<Phase> phase(ServiceId id) {
    return find(id).map(it -> it.status.phase());
  }

  private void completeIfAtRest() {
    if (shuttingDown
        && driver.isAtRest()
        && services.values().stream().allMatch(s -> s.status.phase() == Phase.DISABLED)) {
      allAtRest.complete(null);
    }
  }
}
