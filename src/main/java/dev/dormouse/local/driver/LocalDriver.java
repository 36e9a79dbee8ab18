package dev.dormouse.local.driver;

import dev.dormouse.control.FreezeListener;
import dev.dormouse.control.ServiceView.ProcessUsage;
import dev.dormouse.core.Action;
import dev.dormouse.core.Company;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Sleep;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Workload;
import dev.dormouse.gate.Networks;
import dev.dormouse.local.MachineDriver;
import dev.dormouse.local.freeze.Freezer;
import dev.dormouse.local.process.Probe;
import dev.dormouse.local.process.ProcFs;
import dev.dormouse.local.process.ShellSignals;
import dev.dormouse.local.state.LocalSettings;
import dev.dormouse.local.state.StateFiles;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

/**
 * Runs workloads as processes of this machine, each in a session of its own. Lives on one thread:
 * that of the executor it is given. Only {@link #usage}, {@link #tail}, {@link #answered} and
 * {@link #obstacle} may be called from others.
 */
public final class LocalDriver implements MachineDriver, AutoCloseable {
  private static final ProcFs PROC = new ProcFs(Path.of("/proc"));

  private final MachineResources machine;
  private final Map<ServiceId, ProcessRuntime> slots = new ConcurrentHashMap<>();

  /**
   * A driver that runs nothing yet.
   *
   * @param clock does not jump
   * @param control has a single thread, that of the passes; never blocked for more than
   *     milliseconds
   * @param changed asks for a pass: called on the control thread after each change of a workload,
   *     never from within {@link #observe} or {@link #apply}
   * @param freezes hears of what becomes of {@code sleep: Freeze}
   */
  public LocalDriver(
      LocalSettings settings,
      InstantSource clock,
      ScheduledExecutorService control,
      Consumer<ServiceId> changed,
      FreezeListener freezes) {
    this(settings, clock, control, changed, freezes, Freezer.ofThisMachine(PROC));
  }

  /** The same, with other means to freeze. */
  public LocalDriver(
      LocalSettings settings,
      InstantSource clock,
      ScheduledExecutorService control,
      Consumer<ServiceId> changed,
      FreezeListener freezes,
      Freezer freezer) {
    this.machine =
        new MachineResources(
            settings,
            StateFiles.of(settings.stateDir()),
            PROC,
            clock,
            control,
            changed,
            freezer.signals(new ShellSignals(PROC)),
            freezer,
            freezes);
    Probe.prepare();
  }

  /**
   * Takes over what an earlier Dormouse over the same state directory has left, before anything is
   * started: what runs for one of these services goes on, anything else is ended. Reads all of
   * /proc.
   */
  @Override
  public void adopt(Map<ServiceId, ServiceSpec> specs, boolean resumed) {
    new Adoption(machine, specs)
        .find()
        .forEach(
            (id, found) -> {
              if (resumed) {
                slot(id).resume(found);
              } else {
                slot(id).adopt(found);
              }
            });
  }

  @Override
  public boolean isSettled(ServiceId id) {
    return find(id).map(ProcessRuntime::isSettled).orElse(true);
  }

  @Override
  public boolean isSettled() {
    return slots.values().stream().allMatch(ProcessRuntime::isSettled);
  }

  @Override
  public Optional<Long> child(ServiceId id) {
    return find(id).flatMap(ProcessRuntime::child);
  }

  @Override
  public Optional<Path> output(ServiceId id) {
    return Optional.of(machine.files().output(id));
  }

  @Override
  public void save() {
    slots.values().forEach(ProcessRuntime::remember);
  }

  /** True if nothing runs, not even for a service that is not declared any more. */
  @Override
  public boolean isAtRest() {
    return slots.values().stream().allMatch(slot -> slot.state() instanceof State.Resting);
  }

  @Override
  public Workload observe(ServiceId id) {
    return find(id)
        .map(
            slot ->
                slot.slumber.seen(
                    slot.state().workload(knew -> identities(id, knew.keySet()).equals(knew))))
        .orElseGet(Workload.Absent::new);
  }

  /** Which runs of these services there are; what does not run is another one at its next start. */
  private Map<String, String> identities(ServiceId id, Collection<String> names) {
    Map<String, String> all = new HashMap<>();
    names.forEach(
        name ->
            all.put(
                name, find(id.sibling(name)).flatMap(slot -> slot.state().identity()).orElse("")));
    return all;
  }

  @Override
  public void apply(ServiceId id, ServiceSpec spec, Action action) {
    ProcessRuntime slot = slot(id);
    switch (action) {
      case Action.Start _ -> slot.start(spec);
      case Action.Drain(StopReason reason) -> slot.drain(reason);
      case Action.Stop(StopReason reason) -> slot.stop(reason, spec.shutdown().gracePeriod());
      case Action.Freeze _ -> slot.slumber.freeze(identities(id, spec.dependsOn()));
      case Action.Sound _ -> slot.slumber.sound(spec.doze());
      case Action.Doze _ -> slot.slumber.doze(spec.doze(), identities(id, spec.dependsOn()));
      case Action.Thaw _ -> slot.slumber.thaw();
      case Action.Look _ -> {
        var _ = look(id, spec).thenAccept(_ -> machine.changed().accept(id));
      }
      case Action.Forget _ -> slot.forget();
      case Action.Keep _ -> {}
    }
  }

  @Override
  public CompletableFuture<Company> look(ServiceId id, ServiceSpec spec) {
    Networks monitors = Networks.of(spec.access().monitorAddresses());
    return find(id)
        .flatMap(slot -> slot.state().current())
        .map(run -> run.watch.look(run, monitors))
        .orElseGet(() -> CompletableFuture.completedFuture(Company.UNSEEN));
  }

  @Override
  public void broken(ServiceId id, FailureReason reason, String message) {
    find(id).ifPresent(slot -> slot.foundBroken(reason, message));
  }

  @Override
  public void declare(Map<ServiceId, ServiceSpec> specs) {
    boolean dozes = specs.values().stream().anyMatch(spec -> spec.sleep() == Sleep.DOZE);
    if (dozes || specs.values().stream().anyMatch(spec -> spec.sleep() == Sleep.FREEZE)) {
      machine.freezer().prepare(dozes ? Sleep.DOZE : Sleep.FREEZE);
    }
  }

  @Override
  public void answered(ServiceId id) {
    find(id).ifPresent(ProcessRuntime::answered);
  }

  @Override
  public Optional<String> obstacle(ServiceId id, Sleep sleep) {
    return find(id)
        .map(slot -> slot.slumber.obstacle(sleep))
        .orElseGet(() -> machine.freezer().obstacle(sleep));
  }

  /** What runs for a service, measured now: milliseconds. Thread-safe. */
  @Override
  public Optional<ProcessUsage> usage(ServiceId id) {
    return find(id).flatMap(ProcessRuntime::usage);
  }

  /** The last lines of a service's output, oldest first, at most 50. Thread-safe. */
  @Override
  public List<String> tail(ServiceId id) {
    return find(id).map(ProcessRuntime::tail).orElse(List.of());
  }

  /**
   * Ends what still runs with KILL and releases all files. For an orderly end, stop the services
   * before. On the control thread, or after its end.
   */
  @Override
  public void close() {
    slots.values().forEach(ProcessRuntime::close);
    machine.freezer().close();
  }

  private ProcessRuntime slot(ServiceId id) {
    return slots.computeIfAbsent(id, key -> new ProcessRuntime(key, machine));
  }

  private Optional<ProcessRuntime> find(ServiceId id) {
    return Optional.ofNullable(slots.get(id));
  }
}
