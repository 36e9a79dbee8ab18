package dev.dormouse.control;

import dev.dormouse.core.Activation;
import dev.dormouse.core.Demand;
import dev.dormouse.core.Neighbours;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.Surroundings;
import dev.dormouse.core.Surroundings.Presence;
import dev.dormouse.gate.Admission;
import dev.dormouse.gate.Gate;
import dev.dormouse.testing.FakeDriver;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.VirtualExecutor;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * The smallest runtime around a {@link ServiceReconciler}, in virtual time. A pass runs only if
 * something asks for it: demand, a workload, a neighbour's phase, a change of the spec, or the last
 * pass's own recheck. So whatever nobody asks for is never noticed.
 */
final class MiniController {
  /** More passes of one service than this at one instant, with no news from outside, are a loop. */
  private static final int MAX_PASSES_AT_ONCE = 60;

  final MutableClock clock = new MutableClock();
  final VirtualExecutor executor = new VirtualExecutor(clock);
  final FakeDriver driver = new FakeDriver(clock);
  final Map<ServiceId, Entry> services = new TreeMap<>();
  private final ServiceReconciler reconciler;
  private final BiFunction<ServiceId, Gate, Admission> admissions;
  private Watcher watcher = (entry, around, pass) -> {};
  private int passes;
  private Optional<Throwable> broken = Optional.empty();

  /** Sees every pass. */
  interface Watcher {
    void passed(Entry entry, Surroundings around, ServiceReconciler.Pass pass);
  }

  MiniController() {
    this(driver -> driver, (id, gate) -> gate);
  }

  /** With something put between the reconciler and its driver, and its gates. */
  MiniController(
      UnaryOperator<WorkloadDriver> drivers, BiFunction<ServiceId, Gate, Admission> admissions) {
    this.reconciler = new ServiceReconciler(drivers.apply(driver));
    this.admissions = admissions;
    driver.onChange(id -> Optional.ofNullable(services.get(id)).ifPresent(this::request));
  }

  void watch(Watcher newWatcher) {
    watcher = newWatcher;
  }

  /** One service with all that a runtime remembers about it. */
  final class Entry {
    final ServiceId id;
    ServiceSpec spec;
    Gate gate;
    Admission admission;
    ServiceStatus status = ServiceStatus.initial();
    Presence presence = Presence.HERE;
    Optional<Instant> warmUntil = Optional.empty();
    private Optional<Future<?>> recheck = Optional.empty();
    private boolean queued;
    private Instant lastPass = Instant.MIN;
    private int passesAtOnce;

    Entry(ServiceId id, ServiceSpec spec) {
      this.id = id;
      this.spec = spec;
      this.gate = new Gate(clock, () -> request(this));
      this.admission = admissions.apply(id, gate);
    }

    /** As after a crash of the runtime: only the workload is what it was. */
    void restart() {
      gate = new Gate(clock, () -> request(this));
      admission = admissions.apply(id, gate);
      status = ServiceStatus.initial();
      request(this);
    }

    void spec(ServiceSpec newSpec) {
      spec = newSpec;
      request(this);
    }

    void presence(Presence newPresence) {
      presence = newPresence;
      request(this);
    }

    void warmUntil(Instant end) {
      warmUntil = Optional.of(end);
      request(this);
    }

    boolean isWantedByItself() {
      return spec.activation() == Activation.ALWAYS
          || warmUntil.filter(clock.instant()::isBefore).isPresent();
    }

    Demand.Known demand() {
      return gate.demand();
    }
  }

  Entry add(String name, ServiceSpec spec) {
    var entry = new Entry(new ServiceId("default", name), spec);
    services.put(entry.id, entry);
    request(entry);
    return entry;
  }

  /** How many passes there have been. */
  int passes() {
    return passes;
  }

  /** Asks for a pass; it runs when the executor does. */
  void request(Entry entry) {
    if (!entry.queued) {
      entry.queued = true;
      executor.execute(() -> passOrBreak(entry));
    }
  }

  /** Moves time forward; what a pass throws is thrown here. */
  void advance(Duration by) {
    services.values().forEach(entry -> entry.passesAtOnce = 0);
    executor.advance(by);
    if (broken.isPresent()) {
      throw new AssertionError(broken.get().getMessage(), broken.get());
    }
  }

  private void passOrBreak(Entry entry) {
    try {
      pass(entry);
    } catch (AssertionError | RuntimeException e) {
      broken = broken.or(() -> Optional.of(e));
    }
  }

  private void pass(Entry entry) {
    entry.queued = false;
    entry.recheck.ifPresent(timer -> timer.cancel(false));
    countAgainstBusyLoops(entry);
    Surroundings around = around(entry);
    var pass = reconciler.reconcile(entry.id, entry.spec, entry.admission, entry.status, around);
    boolean phaseChanged = pass.status().phase() != entry.status.phase();
    entry.status = pass.status();
    entry.recheck =
        pass.recheckAfter()
            .map(
                after ->
                    executor.schedule(() -> request(entry), after.toNanos(), TimeUnit.NANOSECONDS));
    if (phaseChanged) {
      services.values().stream().filter(other -> other != entry).forEach(this::request);
    }
    watcher.passed(entry, around, pass);
  }

  private void countAgainstBusyLoops(Entry entry) {
    passes++;
    boolean atOnce = clock.instant().equals(entry.lastPass);
    entry.passesAtOnce = atOnce ? entry.passesAtOnce + 1 : 1;
    entry.lastPass = clock.instant();
    if (entry.passesAtOnce > MAX_PASSES_AT_ONCE) {
      throw new AssertionError("promise 7: a busy loop of passes over " + entry.id);
    }
  }

  private Surroundings around(Entry entry) {
    var dependencies =
        Neighbours.dependencies(
            entry.spec.dependsOn(),
            name ->
                Optional.ofNullable(services.get(entry.id.sibling(name)))
                    .map(other -> other.status.phase()));
    return new Surroundings(
        clock.instant(),
        entry.presence,
        dependencies,
        Neighbours.isAnyAwake(dependents(entry)),
        entry.warmUntil.filter(clock.instant()::isBefore),
        Optional.empty());
  }

  private List<Phase> dependents(Entry entry) {
    List<Phase> phases = new ArrayList<>();
    for (Entry other : services.values()) {
      if (other.spec.dependsOn().contains(entry.id.name())) {
        phases.add(other.status.phase());
      }
    }
    return phases;
  }
}
