package dev.dormouse.local;

import static java.util.Objects.requireNonNull;

import dev.dormouse.control.WorkloadDriver;
import dev.dormouse.core.Action;
import dev.dormouse.core.Demand;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Waiters;
import dev.dormouse.core.Workload;
import dev.dormouse.gate.Admission;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The clients, the services and the time of a simulation. Every action of a pass is checked against
 * the promises; between any two steps of a pass clients may come, go and dial.
 */
final class SimWorld {
  static final Duration HOLD = Duration.ofSeconds(15);

  final SimulatedMachine machine;
  final List<SimClient> clients = new ArrayList<>();
  final List<SimService> services = new ArrayList<>();
  final List<String> trace = new ArrayList<>();
  final Map<ServiceId, SimSleeper> sleepers = new HashMap<>();
  private final Random random;
  private final boolean traced;
  private final Promises promises;
  private final PlantedBug bug;
  private final boolean dozing;
  private int interruptions;

  SimWorld(Random random, PlantedBug bug, boolean traced, boolean dozing) {
    this.dozing = dozing;
    this.random = random;
    this.traced = traced;
    this.bug = bug;
    this.machine =
        new SimulatedMachine(
            driver -> bug.plantInDriver(new Watched(driver)),
            (id, gate) -> bug.plantInGate(new Interrupted(gate, id)));
    this.promises = new Promises(machine.driver, machine.clock::instant, () -> clients);
  }

  SimService add(String name, ServiceSpec spec) {
    var service = new SimService(machine.declare(name, spec), services, machine.clock.instant());
    sleepers.put(service.id(), new SimSleeper(service, machine.driver, bug.flaw));
    services.add(service);
    if (random.nextBoolean()) {
      machine.driver.watchCompany(service.id());
    }
    return service;
  }

  /** So many are connected to what is ready past its gate from now on. */
  void directClients(SimService service, int count) {
    note(service, " has direct clients: ", count);
    service.directClients(machine.driver, count, machine.clock.instant());
  }

  void note(Object... what) {
    if (traced) {
      trace.add(
          Stream.of(what)
              .map(Object::toString)
              .collect(Collectors.joining("", machine.clock.instant() + " ", "")));
    }
  }

  <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  SimClient arrive(Duration hold) {
    note("a client arrives");
    var client = new SimClient(services.getFirst().entry, machine, hold);
    clients.add(client);
    client.arrive();
    return client;
  }

  void clientStep() {
    var present = clients.stream().filter(SimClient::isPresent).toList();
    int dice = random.nextInt(dozing ? 11 : 8);
    if (dice > 7) {
      stir(any(services), dice);
    } else if (dice == 7) {
      arrive(HOLD).leave();
    } else if (dice == 0 || present.isEmpty()) {
      arrive(HOLD);
    } else if (dice == 1) {
      SimClient client = any(present);
      note("leaves: ", client);
      client.leave();
    } else {
      SimClient client = any(present);
      client.proceed();
      note("went on: ", client);
    }
  }

  SimSleeper sleeper(ServiceId id) {
    return requireNonNull(sleepers.get(id));
  }

  /** Something comes for a server, or begins or ends to wait for its clients. */
  private void stir(SimService service, int dice) {
    SimSleeper sleeper = sleeper(service.id());
    boolean open = service.entry.demand().open() > 0;
    if (dice == 8) {
      note(service, " hears a broadcast");
      sleeper.broadcast();
    } else if (dice == 9 && open) {
      note(service, " hears of a client");
      sleeper.message(machine.clock.instant());
    } else {
      boolean more = open && random.nextInt(3) == 0;
      note(service, " has something on its way: ", more);
      sleeper.backlog(more);
      sleeper.heartbeat();
    }
  }

  /** From now on so many client steps may happen in the middle of passes. */
  void allowInterruptions(int count) {
    interruptions = count;
  }

  /** A step of falling asleep or waking is over. */
  private void disturb(ServiceId id) {
    interrupt();
    if (interruptions > 0 && random.nextInt(3) == 0) {
      interruptions--;
      note(id.name(), " hears a broadcast in the middle of a step");
      sleeper(id).broadcast();
    }
  }

  private void interrupt() {
    while (interruptions > 0 && random.nextInt(3) == 0) {
      interruptions--;
      note("in the middle of a pass:");
      clientStep();
    }
  }

  /** What is under way succeeds; clients go on too. */
  void progress(SimService service) {
    ServiceId id = service.id();
    Workload before = machine.driver.workload(id);
    if (before instanceof Workload.Starting starting) {
      if (starting.endpoint().isEmpty() && random.nextInt(3) == 0) {
        machine.driver.publishAddress(id);
      } else {
        machine.driver.becomeReady(id);
      }
    } else if (before instanceof Workload.Stopping) {
      machine.driver.end(id);
    }
    note(service, " progressed to ", machine.driver.workload(id));
    clients.stream().filter(client -> client.service.id.equals(id)).forEach(SimClient::proceed);
  }

  void loseUpstream(ServiceId id) {
    boolean sleeps = machine.driver.workload(id) instanceof Workload.Frozen;
    if (!machine.driver.isServing(id) && !sleeps) {
      clients.stream().filter(c -> c.service.id.equals(id)).forEach(SimClient::loseUpstream);
    }
  }

  void restart() {
    note("dormouse restarts");
    clients.forEach(SimClient::leave);
    services.forEach(service -> service.quietSince = machine.clock.instant());
    sleepers.values().forEach(SimSleeper::restart);
    machine.restart();
  }

  /** Runs all passes that are due; then the promises must hold. */
  void settle() {
    machine.advance(Duration.ZERO);
    services.forEach(promises::atRest);
    sleepers.values().forEach(SimSleeper::atRest);
    services.forEach(service -> service.remember(clients));
    clients.removeIf(client -> !client.isPresent());
  }

  /** Time passes; on the way clients whose hold ends are given up, as an activator does. */
  void advance(Duration by) {
    note("time passes: ", by);
    Instant until = machine.clock.instant().plus(by);
    for (var end = nextEndOfHold(until); end.isPresent(); end = nextEndOfHold(until)) {
      Instant at = end.get();
      advanceTo(at);
      clients.stream()
          .filter(client -> client.isWaiting() && !client.holdUntil.isAfter(at))
          .toList()
          .forEach(SimClient::leave);
    }
    advanceTo(until);
  }

  private void advanceTo(Instant until) {
    Duration left = Duration.between(machine.clock.instant(), until);
    machine.advance(left.isNegative() ? Duration.ZERO : left);
  }

  private Optional<Instant> nextEndOfHold(Instant until) {
    return clients.stream()
        .filter(SimClient::isWaiting)
        .map(client -> client.holdUntil)
        .filter(end -> !end.isAfter(until))
        .min(Comparator.naturalOrder());
  }

  private SimService service(ServiceId id) {
    return services.stream().filter(s -> s.id().equals(id)).findFirst().orElseThrow();
  }

  private final class Watched implements WorkloadDriver {
    private final WorkloadDriver driver;

    Watched(WorkloadDriver driver) {
      this.driver = driver;
    }

    @Override
    public Workload observe(ServiceId id) {
      interrupt();
      return driver.observe(id);
    }

    @Override
    public void apply(ServiceId id, ServiceSpec spec, Action action) {
      interrupt();
      note(id.name(), " is told to ", action);
      promises.beforeAction(service(id), action);
      driver.apply(id, spec, action);
      sleeper(id).after(action, () -> disturb(id));
      loseUpstream(id);
      if (action instanceof Action.Start || action instanceof Action.Stop) {
        services.stream()
            .filter(other -> other.entry.spec.dependsOn().contains(id.name()))
            .forEach(other -> machine.driver.restartDependencyOf(other.id()));
      }
    }
  }

  private final class Interrupted extends ForwardingAdmission {
    private final ServiceId id;

    Interrupted(Admission gate, ServiceId id) {
      super(gate);
      this.id = id;
    }

    @Override
    public Demand demand() {
      interrupt();
      SimService service = service(id);
      service.read(clients);
      return service.demandIsKnown ? super.demand() : new Demand.Unknown();
    }

    @Override
    public boolean withdrawIfQuiet(Demand decidedOn) {
      interrupt();
      boolean quiet = super.withdrawIfQuiet(decidedOn);
      if (quiet) {
        service(id).remember(clients);
        promises.onSleep(service(id));
      }
      return quiet;
    }

    @Override
    public boolean withdrawIfSilent(Demand decidedOn) {
      interrupt();
      boolean silent = super.withdrawIfSilent(decidedOn);
      if (silent) {
        sleeper(id).onDoze(machine.clock.instant());
      }
      return silent;
    }

    @Override
    public void withdraw() {
      interrupt();
      super.withdraw();
    }

    @Override
    public void apply(Waiters waiters) {
      note(id.name(), "'s waiters: ", waiters);
      interrupt();
      super.apply(waiters);
    }

    @Override
    public void drain(StopReason reason) {
      interrupt();
      super.drain(reason);
    }
  }
}
