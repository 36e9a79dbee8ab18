package dev.dormouse.cli;

import dev.dormouse.activator.Activator;
import dev.dormouse.activator.ActivatorSettings;
import dev.dormouse.activator.AllowedUpstreams;
import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.admin.AdminServer;
import dev.dormouse.admin.AdminSettings;
import dev.dormouse.admin.StaticPage;
import dev.dormouse.admin.metrics.Metrics;
import dev.dormouse.api.spec.ValidService;
import dev.dormouse.budget.Budget;
import dev.dormouse.cli.rest.Comeback;
import dev.dormouse.cli.rest.IdleShutdown;
import dev.dormouse.cli.rest.NapBody;
import dev.dormouse.cli.rest.NapHandover;
import dev.dormouse.cli.rest.NapLoop;
import dev.dormouse.cli.rest.Supervision;
import dev.dormouse.control.LogRateLimiter;
import dev.dormouse.control.SteadyClock;
import dev.dormouse.control.TransitionLog;
import dev.dormouse.control.WarmWindows;
import dev.dormouse.core.Action;
import dev.dormouse.core.Decision;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.footprint.HeapTrimmer;
import dev.dormouse.footprint.SelfPageOut;
import dev.dormouse.footprint.WarmUp;
import dev.dormouse.gate.Networks;
import dev.dormouse.local.ControlThread;
import dev.dormouse.local.LocalController;
import dev.dormouse.local.driver.LocalDriver;
import dev.dormouse.local.state.LocalSettings;
import dev.dormouse.local.state.StateDirectory;
import dev.dormouse.logging.LogSetup;
import dev.dormouse.supervisor.InheritedSockets;
import dev.dormouse.supervisor.Notifier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import reactor.netty.resources.LoopResources;

/** All that {@code run} and {@code demo} consist of, wired by hand. */
final class SingleMachine {
  private static final Logger LOG = System.getLogger("dormouse");

  /** What a stop may take beyond the longest drain and grace period. */
  private static final Duration STOP_SLACK = Duration.ofSeconds(5);

  /** Where workloads listen: out of reach for everybody but this machine. */
  private static final String WORKLOAD_HOST = "127.0.0.1";

  private final SteadyClock clock;
  private final ControlThread control = new ControlThread();
  private final LoopResources loops = LoopResources.create("dormouse-io", 1, true);
  private final LocalController controller;
  private final Activator activator;
  private final AdminServer admin;
  private final Metrics metrics;
  private final TransitionLog log = new TransitionLog();
  private final SelfPageOut torpor;
  private final Budget budget;

  /** Ours until nothing runs any more. */
  private final StateDirectory state;

  private final NapHandover napping;
  private volatile Optional<IdleShutdown> idleEnd = Optional.empty();

  private volatile Duration stopBound = STOP_SLACK;
  private volatile boolean stopping;

  /**
   * Where to listen and keep state; {@code pages} and token are the admin port's.
   *
   * @param upstreams where clients may be sent though it is no public address
   * @param proxyProtocol from where connections begin with a header of the PROXY protocol
   * @param log bounds what clients can have written
   */
  record Settings(
      HostPort listen,
      HostPort admin,
      Optional<String> region,
      Path stateDir,
      Map<String, StaticPage> pages,
      Optional<String> adminToken,
      AllowedUpstreams upstreams,
      Networks proxyProtocol,
      LogRateLimiter log) {}

  /** Whether somebody else keeps the socket that clients connect to, for who comes after us. */
  private final boolean outlived;

  /** Empty if nobody wants to hear of us. */
  private final Optional<Supervision> supervision;

  private SingleMachine(
      Settings settings,
      StateDirectory state,
      InheritedSockets inherited,
      Optional<Supervision> supervision,
      NapHandover napping) {
    this.state = state;
    this.supervision = supervision;
    this.napping = napping;
    outlived = napping.outlived(inherited.has(InheritedSockets.Name.LISTEN));
    clock = napping.clock();
    torpor = new SelfPageOut(control);
    budget = OwnBudget.create(settings.log());
    metrics = new Metrics(Dormouse.version(), clock, budget, settings.log());
    metrics.logged(LogSetup::dropped);
    activator =
        Activator.start(
            ActivatorSettings.of(settings.listen().host(), settings.listen().port())
                .onFly(MachineEnvironment.isOnFly(System.getenv()))
                .allowing(settings.upstreams())
                .behind(settings.proxyProtocol()),
            budget,
            inherited.through(InheritedSockets.Name.LISTEN, loops),
            clock,
            new DataPathEvents(
                metrics, settings.log(), this::foundBroken, this::answered, napping::contacted));
    var local =
        new LocalSettings(
            settings.stateDir(),
            settings.region().orElse(""),
            WORKLOAD_HOST,
            OwnEnvironment.forServices());
    var freezes = new MeasuredFreezes(metrics, this::measure);
    controller =
        new LocalController(
            changed -> new LocalDriver(local, clock, control, changed, freezes),
            clock,
            new WarmWindows(InstantSource.system()),
            control,
            this::passed,
            served -> activator.serve(routes(served, settings.region())));
    admin = adminPort(settings, inherited);
    napping.goOn(metrics, controller, clock);
  }

  private AdminServer adminPort(Settings settings, InheritedSockets inherited) {
    return AdminServer.start(
        new AdminSettings(
            settings.admin().host(),
            settings.admin().port(),
            settings.region(),
            settings.pages(),
            settings.adminToken()),
        inherited.through(InheritedSockets.Name.ADMIN, loops),
        new AdminServer.Subject(
            controller,
            controller,
            control::busyFor,
            state::trouble,
            clock::wallTime,
            settings.log(),
            napping.adminPort(control, clock)),
        metrics,
        clock);
  }

  /**
   * Listens, and makes these the services. From then on a signal stops everything.
   *
   * @throws UserError if the state directory or an address cannot be used
   */
  static SingleMachine start(Settings settings, List<ValidService> services, NapHandover napping)
      throws UserError {
    SingleMachine machine;
    InheritedSockets inherited;
    var started = new CompletableFuture<SingleMachine>();
    stopOnSignal(started); // before anything runs that would outlive us
    try {
      long pid = ProcessHandle.current().pid();
      inherited = InheritedSockets.of(System.getenv(), pid);
      Optional<Supervision> supervision = Notifier.of(System.getenv(), pid).map(Supervision::new);
      StateDirectory state =
          napping.comeback().isPresent()
              ? StateDirectory.reopen(settings.stateDir())
              : StateDirectory.open(settings.stateDir());
      machine = new SingleMachine(settings, state, inherited, supervision, napping);
    } catch (IOException | UncheckedIOException e) {
      started.completeExceptionally(e);
      throw new UserError(String.valueOf(e.getMessage()));
    }
    napping.comeback().ifPresent(it -> it.woken().disarm());
    machine.serve(services);
    started.complete(machine);
    CompletableFuture.runAsync(() -> {}, machine.control).join();
    napping.back(machine.clock);
    if (napping.comeback().isEmpty()) {
      machine.tellOfStart(settings, services.size(), inherited);
    }
    machine.supervision.ifPresent(
        it -> it.begin(machine.control, machine.loops.onServer(true).next()));
    machine.dryRun();
    HeapTrimmer.of(machine.budget, machine.loops.onServer(true).next());
    SlowReaderWatch.of(machine.budget, machine.loops.onServer(true).next());
    napping.begin(machine.napParts(), machine.napMachine());
    return machine;
  }

  private void tellOfStart(Settings settings, int services, InheritedSockets inherited) {
    if (!MachineEnvironment.isSharing()) {
      LOG.log(Level.INFO, "without AOT cache: none was made for this Java; see dormouse train");
    }
    LOG.log(
        Level.INFO,
        "listening on {0} admin={1} services={2} region={3}",
        inherited.has(InheritedSockets.Name.LISTEN)
            ? HostPort.of(activator.address())
            : new HostPort(settings.listen().host(), activator.port()),
        inherited.has(InheritedSockets.Name.ADMIN)
            ? HostPort.of(admin.address())
            : new HostPort(settings.admin().host(), admin.port()),
        String.valueOf(services),
        settings.region().orElse("-"));
  }

  private NapBody.Parts napParts() {
    return new NapBody.Parts(
        activator,
        admin,
        controller.rest(),
        state,
        napping.comeback().map(it -> it.woken().lock()));
  }

  private NapHandover.Machine napMachine() {
    return new NapHandover.Machine(
        controller, metrics, clock, control, () -> stopping, () -> idleEnd, supervision, outlived);
  }

  /** Makes these the services that there are. */
  void serve(List<ValidService> services) {
    if (stopping) {
      return;
    }
    Map<ServiceId, ServiceSpec> specs = new HashMap<>();
    services.forEach(service -> specs.put(service.id(), service.spec()));
    stopBound =
        specs.values().stream()
            .map(spec -> spec.shutdown().drain().plus(spec.shutdown().gracePeriod()))
            .max(Comparator.naturalOrder())
            .orElse(Duration.ZERO)
            .plus(STOP_SLACK);
    controller.apply(specs);
    control.execute(admin::ready); // after it
  }

  /** Tells the admin port of mistakes in the manifests, for which something older holds. */
  void configured(List<String> problems) {
    metrics.configured(problems.isEmpty());
    admin.configured(problems);
  }

  /** From now on it ends, or is suspended, when nothing on it has been needed for long enough. */
  void endWhenIdle(IdleShutdown.Plan plan, Optional<MachinesApi> api) {
    IdleShutdown.End end =
        api.<IdleShutdown.End>map(it -> () -> it.suspend(loops)).orElse(SingleMachine::exit);
    var subject =
        new IdleShutdown.Subject(
            controller,
            controller,
            activator::relayedElsewhere,
            outlived && api.isEmpty()
                ? new IdleShutdown.Door(activator::accept, activator::connections)
                : IdleShutdown.Door.NONE,
            end);
    var begun = new IdleShutdown(plan, subject, clock);
    napping.comeback().flatMap(Comeback::lastNeeded).ifPresent(begun::since);
    begun.start();
    idleEnd = Optional.of(begun);
  }

  /** Stops as on a signal. */
  private static Optional<String> exit() {
    Runtime.getRuntime().exit(0);
    return Optional.empty();
  }

  /** Waits for ever: {@link #stopOnSignal} ends the process. */
  void serveUntilStopped() throws InterruptedException {
    new CountDownLatch(1).await();
  }

  /**
   * From now on TERM and INT stop everything and end the process. The process then ends with 0: a
   * signal that was obeyed is not a failure, and Fly restarts what ends with another code.
   */
  private static void stopOnSignal(CompletableFuture<SingleMachine> started) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () ->
                    started
                        .thenAccept(
                            machine -> {
                              boolean clean = machine.stop();
                              LogSetup.flush();
                              Runtime.getRuntime().halt(clean ? 0 : Dormouse.FAILED);
                            })
                        .exceptionally(_ -> null)
                        .join(),
                "dormouse-stop"));
  }

  /** Closes clients, stops workloads, and says whether all of them ended in time. */
  private boolean stop() {
    stopping = true;
    LOG.log(Level.INFO, "stopping");
    if (outlived) {
      activator.accept(false);
    }
    supervision.ifPresent(it -> it.stopping(stopBound));
    admin.stopping();
    boolean clean = false;
    try {
      controller.shutDown().get(stopBound.toMillis(), TimeUnit.MILLISECONDS);
      clean = true;
    } catch (TimeoutException e) {
      LOG.log(Level.ERROR, "not everything stopped within " + stopBound);
    } catch (ExecutionException e) {
      LOG.log(Level.ERROR, "bug while stopping", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    activator.close();
    admin.close();
    control.shutdownNow();
    state.close();
    LOG.log(Level.INFO, "stopped");
    return clean;
  }

  /** Has the data path compiled before it is needed, unless clients need it at once. */
  private void dryRun() {
    var run = new WarmUp(loops, budget, clock, () -> activator.connections() == 0);
    var _ = control.schedule(run::start, WarmUp.AFTER.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void foundBroken(ServiceId service, FailureReason reason, String message) {
    controller.broken(service, reason, message);
  }

  private void answered(ServiceId service) {
    controller.answered(service);
    napping.naps().ifPresent(NapLoop::served);
  }

  /** What was written down until the directory was removed has to be written again. */
  private void keepState() {
    if (state.restore()) {
      controller.save();
    }
  }

  private void measure() {
    admin.measure();
  }

  /** When a service becomes idle, or silent, what it uses then is what its sleep saves. */
  private void passed(ServiceId id, ServiceStatus before, Decision decision, ServiceStatus after) {
    log.passed(id, before, decision, after);
    metrics.passed(id, before, decision, after);
    torpor.passed(id, before, decision, after);
    supervision.ifPresent(it -> it.passed(id, before, decision, after));
    napping.naps().ifPresent(it -> it.passed(id, before, decision, after));
    keepState();
    boolean idle = before.nextStopTime().isEmpty() && after.nextStopTime().isPresent();
    if (idle || decision.action() instanceof Action.Sound) {
      measure();
    }
  }

  private static RouteTable routes(List<LocalController.Served> served, Optional<String> region) {
    return RouteTable.of(
        served.stream().map(s -> new GatedService(s.id(), s.spec(), s.gate(), s.status())).toList(),
        region);
  }
}
