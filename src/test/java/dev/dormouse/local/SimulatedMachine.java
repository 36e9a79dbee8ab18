package dev.dormouse.local;

import dev.dormouse.control.ManualControl.Answer;
import dev.dormouse.control.ManualControl.Manner;
import dev.dormouse.control.WarmWindows;
import dev.dormouse.control.WorkloadDriver;
import dev.dormouse.core.Activation;
import dev.dormouse.core.Demand;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Warm;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.Workload;
import dev.dormouse.gate.Admission;
import dev.dormouse.gate.Gate;
import dev.dormouse.local.LocalController.Served;
import dev.dormouse.testing.FakeDriver;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.VirtualExecutor;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * The controller of one machine in virtual time, with workloads that exist in memory only. A pass
 * runs only if the controller asks for it: whatever it does not ask for is never noticed.
 */
final class SimulatedMachine {
  /** More passes of one service than this at one instant, with no news from outside, are a loop. */
  private static final int MAX_PASSES_AT_ONCE = 60;

  final MutableClock clock = new MutableClock();
  final FakeDriver driver = new FakeDriver(clock);
  private final Map<ServiceId, ServiceSpec> specs = new TreeMap<>();
  private final Map<ServiceId, Passes> passes = new HashMap<>();
  private final MemoryDriver memory;
  private final BiFunction<ServiceId, Gate, Admission> admissions;
  private VirtualExecutor executor = new VirtualExecutor(clock);
  private LocalController controller;
  private List<Served> served = List.of();
  private int passed;

  SimulatedMachine() {
    this(it -> it, (id, gate) -> gate);
  }

  /** With something put between the controller and its driver, and its gates. */
  SimulatedMachine(
      UnaryOperator<WorkloadDriver> drivers, BiFunction<ServiceId, Gate, Admission> admissions) {
    this.memory = new MemoryDriver(driver, new Counted(drivers.apply(driver)));
    this.admissions = admissions;
    this.controller = controller();
  }

  private LocalController controller() {
    return new LocalController(
        memory::observedBy,
        clock,
        new WarmWindows(clock),
        executor,
        (_, _, _, _) -> {},
        now -> served = now,
        admissions);
  }

  /** One service, as whoever declares it and its clients see it. */
  final class Entry {
    final ServiceId id;
    ServiceSpec spec;
    private Instant wokenUntil = Instant.MIN;

    Entry(ServiceId id, ServiceSpec spec) {
      this.id = id;
      this.spec = spec;
    }

    void spec(ServiceSpec newSpec) {
      spec = newSpec;
      specs.put(id, newSpec);
      controller.apply(specs);
    }

    void remove() {
      specs.remove(id);
      controller.apply(specs);
    }

    boolean isDeclared() {
      return specs.containsKey(id);
    }

    /** Where its clients arrive, if there is a way to it. */
    Optional<Gate> gate() {
      return find().map(Served::gate);
    }

    ServiceStatus status() {
      return find().map(it -> it.status().get()).orElseGet(ServiceStatus::initial);
    }

    private Optional<Served> find() {
      return served.stream().filter(it -> it.id().equals(id)).findFirst();
    }

    void request() {
      controller.trigger(id);
    }

    /**
     * By hand. Whoever is woken may be tried for as long as a start, and an end before it, last.
     */
    void wake() {
      Duration atLeast = Duration.ofSeconds(30);
      wokenUntil = clock.instant().plus(Duration.ofMinutes(1));
      answered(controller.wake(id, Optional.of(atLeast)));
    }

    void sleep(Manner how) {
      answered(controller.sleep(id, how));
    }

    boolean isWantedByItself() {
      Instant now = clock.instant();
      return spec.activation() == Activation.ALWAYS
          || now.isBefore(wokenUntil)
          || spec.warm().stream()
              .anyMatch(it -> it instanceof Warm.Once(_, Instant until) && now.isBefore(until));
    }

    Demand.Known demand() {
      return gate().map(Gate::demand).orElseGet(() -> new Demand.Known(0, 0, clock.instant()));
    }
  }

  private void answered(CompletableFuture<Answer> answer) {
    executor.runDue();
    answer.join();
  }

  /** A service that there is once the executor has run. */
  Entry declare(String name, ServiceSpec spec) {
    var entry = new Entry(new ServiceId("default", name), spec);
    entry.spec(spec);
    return entry;
  }

  /** A service that there is now. */
  Entry add(String name, ServiceSpec spec) {
    Entry entry = declare(name, spec);
    advance(Duration.ZERO);
    return entry;
  }

  /** As after kill -9 of Dormouse: only the workloads are what they were. */
  void restart() {
    executor.shutdownNow();
    executor = new VirtualExecutor(clock);
    served = List.of();
    controller = controller();
    controller.apply(specs);
    advance(Duration.ZERO);
  }

  CompletableFuture<Void> shutDown() {
    return controller.shutDown();
  }

  /** How many passes there have been. */
  int passes() {
    return passed;
  }

  /** Whether anything is still to be done, now or later. */
  boolean isAtRest() {
    return executor.pending() == 0;
  }

  /** When something is due next. */
  Optional<Instant> nextDue() {
    return executor.nextDue();
  }

  /** Moves time forward; what a pass throws is thrown here. */
  void advance(Duration by) {
    passes.clear();
    executor.advance(by);
    executor
        .firstThrown()
        .ifPresent(
            it -> {
              throw new AssertionError(it.getMessage(), it);
            });
  }

  /** The passes of one service at one instant. */
  private record Passes(Instant at, int count) {
    Passes next(Instant now) {
      return new Passes(now, now.equals(at) ? count + 1 : 1);
    }
  }

  /** Every pass observes once. */
  private final class Counted extends ForwardingDriver {
    Counted(WorkloadDriver driver) {
      super(driver);
    }

    @Override
    public Workload observe(ServiceId id) {
      passed++;
      Passes now =
          passes.merge(id, new Passes(clock.instant(), 1), (a, _) -> a.next(clock.instant()));
      if (now.count() > MAX_PASSES_AT_ONCE) {
        throw new AssertionError("promise 7: a busy loop of passes over " + id);
      }
      return super.observe(id);
    }
  }
}
