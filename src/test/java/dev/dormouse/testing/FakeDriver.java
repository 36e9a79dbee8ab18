package dev.dormouse.testing;

import dev.dormouse.control.WorkloadDriver;
import dev.dormouse.core.Action;
import dev.dormouse.core.Company;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.WakeReason;
import dev.dormouse.core.Workload;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Workloads that exist in memory only. Actions begin at once; the test says how they go on: {@link
 * #becomeReady}, {@link #fail}, {@link #end} and so on, each of which tells the observer given to
 * {@link #onChange}. Each process gets a port of its own. Not thread-safe.
 */
public final class FakeDriver implements WorkloadDriver {
  private static final int FIRST_PORT = 20_001;

  private final InstantSource clock;
  private final Map<ServiceId, Fake> fakes = new HashMap<>();
  private Consumer<ServiceId> onChange = id -> {};
  private int processes;

  /** A driver without workloads, in the time of this clock. */
  public FakeDriver(InstantSource clock) {
    this.clock = clock;
  }

  private static final class Fake {
    Workload workload = new Workload.Absent();
    Optional<Failure> lastFailure = Optional.empty();
    Optional<ServiceSpec> spec = Optional.empty();
    boolean observable = true;
    int process;
    FailureReason cause = FailureReason.TIMED_OUT;
    int directClients;
    Optional<Company> company = Optional.empty();
    final List<Action> actions = new ArrayList<>();
  }

  /** Who hears that a workload changed other than by an action. */
  public void onChange(Consumer<ServiceId> observer) {
    onChange = observer;
  }

  @Override
  public Workload observe(ServiceId id) {
    Fake fake = fake(id);
    return fake.observable ? fake.workload : new Workload.Unknown("not observable in this test");
  }

  @Override
  public void apply(ServiceId id, ServiceSpec spec, Action action) {
    Fake fake = fake(id);
    fake.actions.add(action);
    fake.spec = Optional.of(spec);
    switch (action) {
      case Action.Keep _, Action.Sound _ -> {}
      case Action.Start _ -> {
        if (isAlive(id)) {
          throw new AssertionError("a second start of " + id + " beside " + fake.workload);
        }
        fake.process = ++processes;
        fake.workload = starting(spec.revision(), spec, Optional.empty());
      }
      case Action.Drain(StopReason reason) ->
          fake.workload = new Workload.Draining(clock.instant(), reason);
      case Action.Stop(StopReason reason) -> {
        if (!(fake.workload instanceof Workload.Stopping)) {
          fake.cause =
              fake.workload instanceof Workload.Broken broken
                  ? broken.reason()
                  : FailureReason.TIMED_OUT;
          fake.workload = new Workload.Stopping(clock.instant(), reason);
        }
      }
      case Action.Freeze _, Action.Doze _ ->
          fake.workload = new Workload.Frozen(clock.instant(), spec.revision(), false);
      case Action.Thaw _ ->
          fake.workload = starting(revision(fake), spec, Optional.of(endpoint(id)));
      case Action.Look _ -> {
        var _ = look(id);
      }
      case Action.Forget _ -> {
        fake.workload = new Workload.Absent();
        fake.lastFailure = Optional.empty();
      }
    }
  }

  /** The starting workload can be dialled, but nobody knows whether it serves. */
  public void publishAddress(ServiceId id) {
    if (fake(id).workload instanceof Workload.Starting starting) {
      set(
          id,
          new Workload.Starting(
              starting.since(),
              starting.deadline(),
              starting.revision(),
              Optional.of(endpoint(id))));
    }
  }

  /** The starting workload serves now. */
  public void becomeReady(ServiceId id) {
    if (fake(id).workload instanceof Workload.Starting starting) {
      fake(id).directClients = 0;
      fake(id).company = fake(id).company.map(_ -> Company.UNSEEN);
      set(id, ready(id, clock.instant(), starting.revision()));
    }
  }

  private Workload ready(ServiceId id, Instant since, String revision) {
    return new Workload.Ready(since, revision, Optional.of(endpoint(id)), fake(id).company);
  }

  /** From now on it can be seen who is connected past the gate. */
  public void watchCompany(ServiceId id) {
    fake(id).company = Optional.of(Company.UNSEEN);
  }

  /** So many are connected to what is ready, past the gate, until it is not. */
  public void directClients(ServiceId id, int count) {
    fake(id).directClients = count;
  }

  /** How many are. */
  public int directClients(ServiceId id) {
    return fake(id).workload instanceof Workload.Ready ? fake(id).directClients : 0;
  }

  private Company company(ServiceId id) {
    return fake(id).company.orElse(Company.UNSEEN);
  }

  /** Looks who is connected past the gate now. */
  public Company look(ServiceId id) {
    Fake fake = fake(id);
    if (fake.workload instanceof Workload.Ready ready) {
      int found = fake.directClients;
      fake.company = fake.company.map(it -> it.after(clock.instant(), found, "port 18091"));
      set(id, ready(id, ready.since(), ready.revision()));
    }
    return company(id);
  }

  private Workload starting(String revision, ServiceSpec spec, Optional<Endpoint> endpoint) {
    Instant now = clock.instant();
    return new Workload.Starting(now, now.plus(spec.startup().timeout()), revision, endpoint);
  }

  /** What runs is of no use any more: it has ended, with success or not, or is deaf. */
  public void breakDown(ServiceId id, FailureReason reason, boolean succeeded) {
    Workload before = fake(id).workload;
    if (before instanceof Workload.Starting || before instanceof Workload.Ready) {
      boolean lives = reason == FailureReason.DEAF;
      Optional<Endpoint> at = lives ? Optional.of(endpoint(id)) : Optional.empty();
      set(id, new Workload.Broken(clock.instant(), at, succeeded, reason, "as scripted"));
    }
  }

  /** What runs has ended, and nothing of it is left. */
  public void fail(ServiceId id, FailureReason reason) {
    if (isAlive(id) && !(fake(id).workload instanceof Workload.Stopping)) {
      set(id, new Workload.Failed(remember(id, reason)));
    }
  }

  /** A stop that is under way is complete: nothing is left. */
  public void end(ServiceId id) {
    if (fake(id).workload instanceof Workload.Stopping stopping) {
      boolean failed =
          stopping.reason() == StopReason.TIMED_OUT || stopping.reason() == StopReason.BROKEN;
      set(id, failed ? new Workload.Failed(remember(id, fake(id).cause)) : new Workload.Absent());
    }
  }

  /** What a frozen workload depends on is not what it knew. */
  public void restartDependencyOf(ServiceId id) {
    if (fake(id).workload instanceof Workload.Frozen frozen) {
      set(id, new Workload.Frozen(frozen.since(), frozen.revision(), true));
    }
  }

  /** Those who watch a sleeper have seen that something came for it. */
  public void rouse(ServiceId id, WakeReason why) {
    if (fake(id).workload instanceof Workload.Frozen frozen && frozen.roused().isEmpty()) {
      set(
          id,
          new Workload.Frozen(
              frozen.since(), frozen.revision(), frozen.dependencyRestarted(), Optional.of(why)));
    }
  }

  /** Whether it can be observed. */
  public void observable(ServiceId id, boolean observable) {
    fake(id).observable = observable;
    onChange.accept(id);
  }

  /** Puts any workload in place: one that was found at start-up, for example. */
  public void set(ServiceId id, Workload workload) {
    fake(id).workload = workload;
    onChange.accept(id);
  }

  /** What really runs, observable or not. */
  public Workload workload(ServiceId id) {
    return fake(id).workload;
  }

  /** True while a process exists. */
  public boolean isAlive(ServiceId id) {
    return !(fake(id).workload instanceof Workload.Absent
        || fake(id).workload instanceof Workload.Failed);
  }

  /** True while an upgrade that reaches the process is answered. */
  public boolean isServing(ServiceId id) {
    return fake(id).workload instanceof Workload.Ready
        || fake(id).workload instanceof Workload.Draining
        || (fake(id).workload instanceof Workload.Broken broken && broken.endpoint().isPresent())
        || (fake(id).workload instanceof Workload.Starting starting
            && starting.endpoint().isPresent());
  }

  /** The number of the process that runs or ran last. */
  public int process(ServiceId id) {
    return fake(id).process;
  }

  /** Where the process that runs or ran last listens. */
  public Endpoint endpoint(ServiceId id) {
    return new Endpoint("127.0.0.1", FIRST_PORT + fake(id).process);
  }

  /** Everything it was told to do, in order. */
  public List<Action> actions(ServiceId id) {
    return List.copyOf(fake(id).actions);
  }

  private Failure remember(ServiceId id, FailureReason reason) {
    Fake fake = fake(id);
    var retry = fake.spec.orElseThrow().retry();
    var failure = Failure.after(fake.lastFailure, reason, "as scripted", clock.instant(), retry);
    fake.lastFailure = Optional.of(failure);
    return failure;
  }

  private static String revision(Fake fake) {
    return switch (fake.workload) {
      case Workload.Frozen frozen -> frozen.revision();
      case Workload.Starting starting -> starting.revision();
      case Workload.Ready ready -> ready.revision();
      case Workload.Unknown _,
          Workload.Absent _,
          Workload.Broken _,
          Workload.Draining _,
          Workload.Stopping _,
          Workload.Failed _ ->
          fake.spec.orElseThrow().revision();
    };
  }

  private Fake fake(ServiceId id) {
    return fakes.computeIfAbsent(id, key -> new Fake());
  }
}
