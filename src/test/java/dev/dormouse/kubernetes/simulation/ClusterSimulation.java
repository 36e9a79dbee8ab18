package dev.dormouse.kubernetes.simulation;

import dev.dormouse.core.Activation;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.kubernetes.pass.Workloads;
import dev.dormouse.kubernetes.simulation.SimCluster.SimPod;
import dev.dormouse.kubernetes.stake.StakeHolder;
import dev.dormouse.testing.Schedules;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * One schedule of everything that can happen to one service on a cluster, derived from a seed. At
 * the end all is calm: then a fresh client must be served, and after it all must go back to zero
 * with no stake left.
 */
final class ClusterSimulation implements Schedules.Schedule {
  private static final int STEPS = 30;
  private static final int CALM_STEPS = 400;
  private static final int VISIT = 30;
  private static final Duration PATIENCE = Duration.ofHours(2);
  private static final List<Duration> PAUSES =
      List.of(
          Duration.ofMillis(1),
          Duration.ofMillis(30),
          Duration.ofSeconds(1),
          Duration.ofSeconds(4),
          Duration.ofSeconds(9),
          Duration.ofSeconds(30));

  private final Random random;
  private final ClusterSimWorld world;
  private int pods;
  private int operators;
  private int revision = 1;
  private boolean nested;

  /** The more, the fewer happen. */
  private final int mishaps;

  ClusterSimulation(long seed, PlantedProtocolBug bug, boolean traced) {
    this(seed, bug, traced, List.of(Release.PRESENT));
  }

  /** Each activator and operator is of one of these releases. */
  ClusterSimulation(long seed, PlantedProtocolBug bug, boolean traced, List<Release> releases) {
    // Neighbouring seeds of a Random begin alike.
    this.random = new Random(seed * 0x9E3779B97F4A7C15L);
    this.mishaps = random.nextBoolean() ? 3 : 9;
    this.world = new ClusterSimWorld(random, bug, traced, spec(), releases);
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      world.startActivator(newPod());
    }
    world.startOperator(newOperator());
  }

  private ServiceSpec spec() {
    return Specs.onDemand()
        .port(28080)
        .idleTimeout(Duration.ofSeconds(random.nextInt(3) > 0 ? 4 : 30))
        .minimumUptime(Duration.ofSeconds(2))
        .breaker(3, Duration.ofMinutes(2))
        .build();
  }

  private String newPod() {
    return "activator-" + ++pods;
  }

  private String newOperator() {
    return "operator-" + ++operators;
  }

  @Override
  public int run() {
    for (int i = 0; i < STEPS; i++) {
      world.allowInterruptions(2, this::interrupt);
      step();
    }
    calmDown();
    serveOneMore();
    goBackToZero();
    return world.passes();
  }

  @Override
  public List<String> trace() {
    return world.trace;
  }

  private void interrupt() {
    if (!nested) {
      nested = true;
      step();
      nested = false;
    }
  }

  private void step() {
    switch (random.nextInt(18)) {
      case 0, 1, 2, 3 -> clientStep();
      case 4 -> progress();
      case 5, 6 -> progressToTheEnd();
      case 7, 8 -> visit();
      case 9, 10 -> fallAsleep();
      case 11 -> mishap();
      default -> world.advance(world.any(PAUSES));
    }
    world.advance(Duration.ZERO);
  }

  /** A client comes, and time is given to it to be served. */
  private void visit() {
    if (!world.activators.isEmpty()) {
      ClusterSimClient client = world.arrive(world.any(world.activators), ClusterSimWorld.HOLD);
      for (int i = 0; i < VISIT && client.isWaiting(); i++) {
        world.advance(Duration.ofMillis(300));
        progress();
      }
    }
  }

  private void fallAsleep() {
    everybodyLeaves();
    world.advance(StakeHolder.LINGER);
    world.advance(world.any(PAUSES));
    world.advance(world.spec.idleTimeout());
    world.advance(Duration.ofSeconds(2));
    progressToTheEnd();
  }

  private void everybodyLeaves() {
    List.copyOf(world.clients).forEach(world::leave);
  }

  private void progressToTheEnd() {
    for (int i = 0; i < 8; i++) {
      progress();
      world.advance(Duration.ofMillis(20));
    }
  }

  private void mishap() {
    switch (random.nextInt(mishaps)) {
      case 0 -> mishapOfAnActivator();
      case 1 -> mishapOfAnOperator();
      case 2 -> mishapOfTheWorkload();
      default -> {}
    }
  }

  private void clientStep() {
    var present = world.clients.stream().filter(ClusterSimClient::isPresent).toList();
    int dice = random.nextInt(6);
    if (dice == 0 || present.isEmpty()) {
      if (!world.activators.isEmpty()) {
        world.arrive(world.any(world.activators), ClusterSimWorld.HOLD);
      }
    } else if (dice == 1) {
      world.leave(world.any(present));
    } else {
      ClusterSimClient client = world.any(present);
      client.proceed();
      world.note("went on: ", client);
    }
  }

  private boolean progress() {
    boolean changed = world.cluster.progress();
    if (changed) {
      world.note("pods: ", world.cluster.view().pods());
      world.podsChanged();
    }
    List.copyOf(world.clients).forEach(ClusterSimClient::proceed);
    return changed;
  }

  private void mishapOfAnActivator() {
    if (world.activators.isEmpty()) {
      world.startActivator(newPod());
      return;
    }
    SimActivator activator = world.any(world.activators);
    switch (random.nextInt(6)) {
      case 0 -> {
        world.crash(activator);
        world.startActivator(activator.me.name());
      }
      case 1 -> {
        world.crash(activator);
        world.activatorPods.remove(activator.me.name());
        world.startActivator(newPod());
      }
      case 2, 3 -> {
        if (!world.isSober()) {
          world.note(activator, " is cut off");
          activator.cutOff = true;
        }
      }
      default -> {
        world.note(activator, " is connected");
        activator.reconnect();
      }
    }
  }

  private void mishapOfAnOperator() {
    switch (world.oneOperator ? 0 : random.nextInt(4)) {
      case 0 -> world.wipe();
      case 1 -> {
        List.copyOf(world.operators).forEach(SimOperator::crash);
        world.startOperator(newOperator());
      }
      default -> world.startOperator(newOperator());
    }
  }

  private void mishapOfTheWorkload() {
    var pod = world.cluster.pod();
    switch (random.nextInt(9)) {
      case 6 -> pod.ifPresent(world::deafen);
      case 7 -> pod.ifPresent(world::evict);
      case 8 -> pod.ifPresent(world::condemn);
      case 0 -> pod.ifPresent(world::kill);
      case 1 -> pod.ifPresent(this::restart);
      case 2 ->
          pod.filter(it -> it.running.isEmpty())
              .ifPresent(
                  it -> {
                    it.trouble =
                        Optional.of(
                            new Workloads.Trouble(
                                Workloads.Weight.BLOCKED,
                                "the container cannot start",
                                new Workloads.Cause("ImagePullBackOff", "")));
                    world.podsChanged();
                  });
      case 3 -> {
        world.note("a new definition");
        change(Specs.from(world.spec).revision(Integer.toString(++revision)));
      }
      case 4 -> {
        world.note("disabled");
        change(Specs.from(world.spec).activation(Activation.DISABLED));
      }
      default -> {
        world.note("enabled");
        change(Specs.from(world.spec).activation(Activation.ON_DEMAND));
      }
    }
  }

  private void change(Specs specs) {
    world.spec = specs.build();
    world.operators.forEach(SimOperator::request);
  }

  private void restart(SimPod pod) {
    if (pod.running.isPresent()) {
      world.note(pod.uid, " restarts its container");
      pod.exit =
          Optional.of(
              new Workloads.Exit(new Workloads.Cause("Error", "exit code 1"), world.chance(4)));
      pod.restarts++;
      pod.deaf = false;
      pod.ready = Optional.empty();
      pod.running = Optional.of(world.clock.instant());
      world.podsChanged();
    }
  }

  private void calmDown() {
    world.calmDown();
    if (world.operators.stream().noneMatch(it -> it.leads)) {
      world.startOperator(newOperator());
    }
    if (world.activators.isEmpty()) {
      world.startActivator(newPod());
    }
    change(Specs.from(world.spec).activation(Activation.ON_DEMAND));
    world.advance(Duration.ofSeconds(50));
  }

  private void serveOneMore() {
    ClusterSimClient client = world.arrive(world.activators.getFirst(), PATIENCE);
    for (int i = 0; i < CALM_STEPS && client.state != ClusterSimClient.State.OPEN; i++) {
      calmStep();
      if (!client.isPresent()) {
        client = world.arrive(world.activators.getFirst(), PATIENCE);
      }
    }
    ClusterSimWorld.require(
        client.state == ClusterSimClient.State.OPEN, 2, "nobody serves a " + client);
  }

  private void goBackToZero() {
    world.note("everybody leaves");
    everybodyLeaves();
    for (int i = 0; i < CALM_STEPS && !world.cluster.isAtRest(); i++) {
      calmStep();
    }
    ClusterSimWorld.require(
        world.cluster.isAtRest(), 5, "something is left over: " + world.cluster.status().toJson());
  }

  private void calmStep() {
    boolean busy = progress();
    world.advance(busy ? Duration.ofMillis(100) : Duration.ofSeconds(3));
  }
}
