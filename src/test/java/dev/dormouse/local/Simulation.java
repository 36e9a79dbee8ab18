package dev.dormouse.local;

import dev.dormouse.control.ManualControl.Manner;
import dev.dormouse.core.Activation;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Doze;
import dev.dormouse.core.ServiceSpec.Heartbeat;
import dev.dormouse.core.ServiceSpec.Sleep;
import dev.dormouse.core.ServiceSpec.Warm;
import dev.dormouse.core.Workload;
import dev.dormouse.testing.Schedules;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * One schedule of everything that can happen to a cable and its Redis on one machine, derived from
 * a seed. At the end all is calm: then a fresh client must be served, and after it all must go back
 * to zero.
 */
final class Simulation implements Schedules.Schedule {
  private static final int STEPS = 80;
  private static final int CALM_STEPS = 400;
  private static final int DIRECT_STEPS = 10;
  private static final Duration PATIENCE = Duration.ofMinutes(30);
  private static final Duration HEARTBEAT = Duration.ofSeconds(3);
  private static final int HEARTBEATS = 60;
  private static final Doze DOZE =
      new Doze(
          Duration.ofSeconds(20), Heartbeat.AUTO, Optional.of(Duration.ofMinutes(10)), List.of());
  private static final List<Duration> PAUSES =
      List.of(
          Duration.ofMillis(1),
          Duration.ofMillis(900),
          Duration.ofSeconds(5),
          Duration.ofSeconds(14),
          Duration.ofSeconds(61),
          Duration.ofMinutes(6));

  private final Random random;
  private final SimWorld world;
  private final boolean dozing;
  private int revision = 1;

  Simulation(long seed, PlantedBug bug, boolean traced) {
    this(seed, bug, traced, false);
  }

  /**
   * The same.
   *
   * @param dozing whether the cable dozes, and more than clients comes for it
   */
  Simulation(long seed, PlantedBug bug, boolean traced, boolean dozing) {
    this.random = new Random(seed);
    this.world = new SimWorld(random, bug, traced, dozing);
    this.dozing = dozing;
    Specs cable = spec();
    world.add("cable", random.nextBoolean() ? cable.dependsOn("redis").build() : cable.build());
    world.add("redis", spec().routes().build());
  }

  private Specs spec() {
    var specs =
        Specs.onDemand()
            .idleTimeout(Duration.ofMinutes(1))
            .minimumUptime(Duration.ofSeconds(10))
            .breaker(3, Duration.ofMinutes(5))
            .maxWaiting(3);
    if (dozing) {
      return specs.dozing(DOZE);
    }
    return random.nextInt(3) == 0 ? specs.freezing() : specs;
  }

  @Override
  public int run() {
    for (int i = 0; i < STEPS; i++) {
      world.allowInterruptions(5);
      step();
    }
    world.allowInterruptions(0);
    calmDown();
    serveOneMore();
    sleepUnderClients();
    serveDirectly();
    goBackToZero();
    return world.machine.passes();
  }

  @Override
  public List<String> trace() {
    return world.trace;
  }

  private void step() {
    switch (random.nextInt(15)) {
      case 0, 1, 2, 3, 4 -> world.clientStep();
      case 5, 6, 7, 8 -> world.progress(world.any(world.services));
      case 9 -> mishap(world.any(world.services));
      case 10 -> change(world.any(world.services));
      case 11 -> world.directClients(world.any(world.services), random.nextInt(4) / 3);
      default -> world.advance(world.any(PAUSES));
    }
    if (random.nextInt(4) > 0) {
      world.settle();
    }
  }

  private void mishap(SimService service) {
    var driver = world.machine.driver;
    switch (random.nextInt(5)) {
      case 0 -> {
        boolean observable = driver.observe(service.id()) instanceof Workload.Unknown;
        world.note(service, " can be observed: ", observable);
        driver.observable(service.id(), observable);
      }
      case 1 -> {
        service.demandIsKnown = !service.demandIsKnown;
        world.note(service, " knows its demand: ", service.demandIsKnown);
        service.entry.request();
      }
      case 2 -> {
        boolean succeeded = random.nextBoolean();
        world.note(service, " ends, with success: ", succeeded);
        driver.breakDown(service.id(), FailureReason.CRASHED, succeeded);
        world.loseUpstream(service.id());
      }
      case 3 -> {
        world.note(service, " is deaf");
        driver.breakDown(service.id(), FailureReason.DEAF, false);
      }
      default -> {
        world.note(service, " dies");
        driver.fail(service.id(), FailureReason.CRASHED);
        world.loseUpstream(service.id());
      }
    }
  }

  private void change(SimService service) {
    var entry = service.entry;
    switch (random.nextInt(10)) {
      case 0 -> {
        String next = Integer.toString(++revision);
        change(service, "has a new definition", Specs.from(entry.spec).revision(next).build());
      }
      case 1 -> change(service, "is disabled", with(entry.spec, Activation.DISABLED));
      case 2, 3 -> change(service, "is enabled", with(entry.spec, Activation.ON_DEMAND));
      case 4 -> {
        Instant now = world.machine.clock.instant();
        var window = new Warm.Once(now, now.plusSeconds(30));
        change(service, "is kept warm", Specs.from(entry.spec).warm(window).build());
      }
      case 5 -> {
        world.note(service, " is woken by hand");
        entry.wake();
      }
      case 6 -> {
        boolean drain = random.nextBoolean();
        world.note(service, " is put to sleep by hand, with a drain: ", drain);
        var how = new Manner(drain, random.nextBoolean());
        if (service.demandIsKnown) { // by hand the gate itself is asked
          entry.sleep(how);
        }
      }
      case 7 -> {
        world.note(service, " is removed");
        entry.remove();
      }
      default -> world.restart();
    }
  }

  private void change(SimService service, String what, ServiceSpec spec) {
    world.note(service, " ", what);
    service.entry.spec(spec);
  }

  private static ServiceSpec with(ServiceSpec spec, Activation activation) {
    return Specs.from(spec).activation(activation).build();
  }

  private void calmDown() {
    world.note("all is calm");
    for (SimService service : world.services) {
      service.demandIsKnown = true;
      world.machine.driver.observable(service.id(), true);
      var spec = Specs.from(service.entry.spec).activation(Activation.ON_DEMAND).warm();
      service.entry.spec(spec.build());
    }
    world.sleepers.values().forEach(SimSleeper::drained);
    world.settle();
  }

  /** Nothing is heard any more but heartbeats: it sleeps, until something else comes. */
  private void sleepUnderClients() {
    SimService cable = world.services.getFirst();
    if (cable.entry.spec.sleep() != Sleep.DOZE || !isSleepDue(cable)) {
      return;
    }
    SimSleeper sleeper = world.sleeper(cable.id());
    List<SimClient> open = List.copyOf(world.clients);
    for (int i = 0; i < HEARTBEATS && !isAsleep(cable); i++) {
      world.advance(HEARTBEAT);
      sleeper.heartbeat();
      world.services.forEach(world::progress);
      world.settle();
    }
    Promises.require(isAsleep(cable), 5, cable + " does not sleep under silent clients");
    sleeper.broadcast();
    world.settle();
    Promises.require(!isAsleep(cable), 2, cable + " sleeps through a broadcast");
    Promises.require(open.stream().allMatch(SimClient::isPresent), 1, "a doze cut a client");
  }

  /** What is broken serves on, and does not sleep. */
  private boolean isSleepDue(SimService service) {
    return world.machine.driver.workload(service.id()) instanceof Workload.Ready
        && service.entry.demand().open() > 0
        && service.entry.demand().waiting() == 0;
  }

  private boolean isAsleep(SimService service) {
    return world.machine.driver.workload(service.id()) instanceof Workload.Frozen;
  }

  private void serveOneMore() {
    SimClient client = world.arrive(PATIENCE);
    for (int i = 0; i < CALM_STEPS && client.state != SimClient.State.OPEN; i++) {
      calmStep();
      if (!client.isPresent()) {
        client = world.arrive(PATIENCE);
      }
    }
    Promises.require(client.state == SimClient.State.OPEN, 2, "nobody serves a " + client);
  }

  /** All leave but those who are connected past the gate: they keep what they are connected to. */
  private void serveDirectly() {
    SimService cable = world.services.getFirst();
    world.directClients(cable, 1);
    boolean seen = world.machine.driver.directClients(cable.id()) > 0 && isWatched(cable);
    world.clients.forEach(SimClient::leave);
    for (int i = 0; i < DIRECT_STEPS; i++) {
      calmStep();
    }
    boolean stays = world.machine.driver.workload(cable.id()) instanceof Workload.Ready;
    Promises.require(stays || !seen, 1, cable + " went to sleep under a direct client");
  }

  private boolean isWatched(SimService service) {
    return world.machine.driver.workload(service.id()) instanceof Workload.Ready ready
        && ready.company().isPresent();
  }

  private void goBackToZero() {
    world.note("everybody leaves");
    world.clients.forEach(SimClient::leave);
    world.services.forEach(service -> world.directClients(service, 0));
    for (int i = 0; i < CALM_STEPS && !world.machine.isAtRest(); i++) {
      calmStep();
    }
    for (SimService service : world.services) {
      Workload left = world.machine.driver.workload(service.id());
      boolean nothing = left instanceof Workload.Absent || left instanceof Workload.Frozen;
      Promises.require(nothing, 5, service + " is left over: " + left);
      Phase phase = service.entry.status().phase();
      Promises.require(phase == Phase.DORMANT, 5, service + " says that it is " + phase);
    }
    Promises.require(world.machine.isAtRest(), 7, "it never comes to rest");
  }

  /** Everything that is under way succeeds, then time passes until something is due. */
  private void calmStep() {
    world.settle();
    world.services.forEach(world::progress);
    world.settle();
    if (world.services.stream().anyMatch(this::isUnderWay)) {
      return;
    }
    var now = world.machine.clock.instant();
    world.machine.nextDue().ifPresent(due -> world.advance(Duration.between(now, due)));
  }

  private boolean isUnderWay(SimService service) {
    Workload workload = world.machine.driver.workload(service.id());
    return workload instanceof Workload.Starting
        || workload instanceof Workload.Stopping
        || (workload instanceof Workload.Broken broken && broken.endpoint().isEmpty());
  }
}
