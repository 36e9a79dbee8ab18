package dev.dormouse.kubernetes.simulation;

import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.Surroundings.Wish;
import dev.dormouse.kubernetes.pass.ServicePass;
import dev.dormouse.kubernetes.pass.Workloads;
import dev.dormouse.kubernetes.simulation.SimCluster.SimPod;
import dev.dormouse.kubernetes.stake.StakeApi;
import dev.dormouse.kubernetes.status.ActivatorId;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.JsonPatch;
import dev.dormouse.kubernetes.status.ServiceObject;
import dev.dormouse.kubernetes.status.StatusDocument;
import dev.dormouse.testing.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Everything that takes part in a simulation, and the network between: clients, activators,
 * operators, one API server. Whatever is about to become true there is held against the promises.
 */
public final class ClusterSimWorld implements SimCluster.Judge {
  static final Duration TIMEOUT = Duration.ofSeconds(StakeApi.TIMEOUT_SECONDS);
  static final Duration HOLD = Duration.ofSeconds(15);

  /** The latest that a connected watch delivers: less than a Lease lasts. */
  private static final List<Duration> WATCH =
      List.of(Duration.ZERO, Duration.ofMillis(5), Duration.ofSeconds(1), Duration.ofSeconds(9));

  private static final List<Duration> FAST_WATCH = List.of(Duration.ZERO, Duration.ofMillis(5));
  private static final List<Duration> SLOW_WATCH =
      List.of(Duration.ofSeconds(1), Duration.ofSeconds(9));

  private static final List<Duration> LATENCY =
      List.of(Duration.ZERO, Duration.ofMillis(1), Duration.ofMillis(20), Duration.ofMillis(900));
  private static final List<Duration> LATENESS =
      List.of(Duration.ofSeconds(6), Duration.ofSeconds(12), Duration.ofSeconds(45));

  /** How long activators may need to enter stakes that were lost. */
  private static final Duration RESTAKE = Duration.ofSeconds(60);

  static final Duration LEASE = Duration.ofSeconds(15);
  private static final Duration RENEWAL = Duration.ofSeconds(5);

  private static final List<Integer> RELIABILITIES = List.of(3, 6, 200);

  /** What becomes of a request. */
  enum Fate {
    DONE,
    LOST,
    LATE,
    UNANSWERED
  }

  private static final List<Fate> FATES = List.of(Fate.LATE, Fate.LATE, Fate.LOST, Fate.UNANSWERED);

  public final MutableClock clock = new MutableClock();
  final SimExecutor executor = new SimExecutor(clock);
  public final SimCluster cluster;
  final PlantedProtocolBug bug;
  public final List<SimActivator> activators = new ArrayList<>();
  public final List<SimOperator> operators = new ArrayList<>();
  public final List<ClusterSimClient> clients = new ArrayList<>();
  final List<String> trace = new ArrayList<>();

  /** Of activators, dead or alive. */
  final Set<String> activatorPods = new HashSet<>();

  final Map<String, String> leaseSessions = new HashMap<>();
  public ServiceSpec spec;
  private final Random random;
  private final boolean traced;

  /** One in so many requests comes to harm. */
  private final int reliability;

  /** True if there is one operator from the beginning to the end. */
  final boolean oneOperator;

  /** How late the watches of activators are. */
  private final List<Duration> watch;

  /** How late those of operators are. */
  private final List<Duration> operatorsWatch;

  private final Map<Long, Boolean> idleStops = new HashMap<>();
  private Runnable interruption = () -> {};

  /** Sees what becomes of every pass. */
  public Consumer<ServicePass.Result> witness = _ -> {};

  /** What has been decided among all services, and what people ask of this one. */
  public ServicePass.Settled settled =
      new ServicePass.Settled(
          Optional.empty(), Optional.empty(), Optional.empty(), List.of(), _ -> Wish.NONE);

  private int interruptions;
  private int sessions;
  private boolean calm;
  private Instant soberUntil = Instant.MIN;
  private boolean wiped;
  private Instant lastOpen = MutableClock.START;
  private long renewals;
  private int passes;

  /** Of what is started; what runs goes on as it is. */
  private final List<Release> releases;

  ClusterSimWorld(Random random, PlantedProtocolBug bug, boolean traced, ServiceSpec spec) {
    this(random, bug, traced, spec, List.of(Release.PRESENT));
  }

  ClusterSimWorld(
      Random random,
      PlantedProtocolBug bug,
      boolean traced,
      ServiceSpec spec,
      List<Release> releases) {
    this.releases = releases;
    this.random = random;
    this.bug = bug;
    this.traced = traced;
    this.spec = spec;
    this.oneOperator = chance(4);
    this.reliability = any(RELIABILITIES);
    this.watch = any(List.of(WATCH, FAST_WATCH, SLOW_WATCH));
    this.operatorsWatch = any(List.of(WATCH, FAST_WATCH, FAST_WATCH));
    this.cluster = new SimCluster(clock, this);
    cluster.watch(this::broadcast);
    cluster.watchWorkload(this::broadcast);
    executor.after(RENEWAL, this::renew);
  }

  int passes() {
    return passes;
  }

  void note(Object... what) {
    if (traced) {
      trace.add(
          Stream.of(what)
              .map(Object::toString)
              .collect(Collectors.joining("", clock.instant() + " ", "")));
    }
  }

  <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  boolean chance(int oneIn) {
    return random.nextInt(oneIn) == 0;
  }

  Duration latency() {
    return calm ? Duration.ofMillis(1) : any(LATENCY);
  }

  Duration lateness() {
    return any(LATENESS);
  }

  Fate fate(boolean cutOff) {
    if (cutOff) {
      return random.nextBoolean() ? Fate.LOST : Fate.LATE;
    }
    return isSober() || random.nextInt(reliability) > 0 ? Fate.DONE : any(FATES);
  }

  /** A write lands of which nobody expects it any more. */
  <T> void late(Object what, Supplier<ApiResult<T>> action) {
    note("lands late: ", what);
    var _ = action.get();
  }

  private void broadcast(ServiceObject object) {
    if (traced) {
      note("now it is ", object.status().map(it -> it.toJson().toString()).orElse("blank"));
    }
    for (SimActivator activator : activators) {
      deliver(watch, () -> activator.observe(object));
    }
    for (SimOperator operator : operators) {
      deliver(operatorsWatch, () -> operator.observe(object));
    }
  }

  private void broadcast(SimCluster.SimWorkload workload) {
    operators.forEach(it -> deliver(operatorsWatch, () -> it.observe(workload)));
  }

  /** Late, out of order, and sometimes twice. */
  private void deliver(List<Duration> delays, Runnable event) {
    executor.after(calm ? Duration.ZERO : any(delays), event);
    if (!calm && chance(8)) {
      executor.after(any(delays), event);
    }
  }

  private void renew() {
    renewals++;
    for (SimActivator activator : activators) {
      if (activator.alive && !activator.cutOff) {
        renew(activator);
      }
    }
    executor.after(RENEWAL, this::renew);
  }

  private void renew(SimActivator activator) {
    String session = activator.me.session();
    leaseSessions.put(activator.me.name(), session);
    String renewal = Long.toString(renewals);
    operators.forEach(it -> it.leases.seen(activator.me.name(), session, renewal));
  }

  private Release release(String of) {
    Release release = releases.size() > 1 ? any(releases) : releases.getFirst();
    note(of, " is of the release ", release);
    return release;
  }

  public SimActivator startActivator(String pod) {
    var activator =
        new SimActivator(
            this, new ActivatorId(pod, (10_000_000 + ++sessions) + "-session"), release(pod));
    note(pod, " starts");
    activators.add(activator);
    activatorPods.add(pod);
    renew(activator);
    ServiceObject object = cluster.object();
    deliver(watch, () -> activator.observe(object));
    return activator;
  }

  void crash(SimActivator activator) {
    note(activator, " crashes");
    for (ClusterSimClient client : clients) {
      if (client.activator == activator && client.isPresent()) {
        remember(client);
        client.vanish();
      }
    }
    activator.crash();
    activators.remove(activator);
  }

  SimOperator startOperator(String name) {
    note(name, " leads");
    operators.forEach(it -> it.leads = false);
    operators.removeIf(it -> !it.alive);
    var operator = new SimOperator(this, name, release(name));
    operators.add(operator);
    return operator;
  }

  public ClusterSimClient arrive(SimActivator activator, Duration hold) {
    note("a client arrives at ", activator);
    var client = new ClusterSimClient(activator, cluster, clock.instant().plus(hold));
    clients.add(client);
    client.arrive();
    return client;
  }

  void leave(ClusterSimClient client) {
    note("leaves: ", client);
    remember(client);
    client.leave();
  }

  private void remember(ClusterSimClient client) {
    if (client.state == ClusterSimClient.State.OPEN) {
      lastOpen = clock.instant();
    }
  }

  /** Pods have changed: tunnels to what is gone end, and operators hear of it. */
  public void podsChanged() {
    for (ClusterSimClient client : clients) {
      boolean open = client.state == ClusterSimClient.State.OPEN;
      client.loseUpstreamIfGone();
      if (open && !client.isPresent()) {
        lastOpen = clock.instant();
      }
    }
    operators.forEach(operator -> deliver(operatorsWatch, operator::observePods));
  }

  /** It hangs: those who were served are lost, and those who come are not answered. */
  void deafen(SimPod pod) {
    note(pod.uid, " is deaf");
    pod.deaf = true;
    clients.stream()
        .filter(it -> it.state == ClusterSimClient.State.OPEN)
        .forEach(
            it -> {
              lastOpen = clock.instant();
              it.leave();
            });
  }

  /** A kubelet ends it and keeps it for people to look at. */
  void evict(SimPod pod) {
    note(pod.uid, " is evicted");
    pod.end =
        Optional.of(new Workloads.End(new Workloads.Cause("Evicted", "low on disk"), !chance(3)));
    pod.ready = Optional.empty();
    podsChanged();
  }

  /** Somebody deletes it: it serves on until its grace is over. */
  public void condemn(SimPod pod) {
    note(pod.uid, " is being deleted");
    pod.deleted = true;
    pod.lingers = true;
    podsChanged();
    executor.after(
        spec.shutdown().drain().plusSeconds(1),
        () -> {
          pod.lingers = false;
          podsChanged();
        });
  }

  void kill(SimPod pod) {
    note(pod.uid, " is lost");
    pod.deleted = true;
    podsChanged();
  }

  /** True while no request is lost, and nobody is cut off. */
  boolean isSober() {
    return calm || wiped || clock.instant().isBefore(soberUntil);
  }

  /**
   * The status is lost. Two things are assumed: that activators hear of it within a Lease, and that
   * not even the operator is lost in the middle of a stop.
   */
  void wipe() {
    boolean reachable = activators.stream().noneMatch(it -> it.cutOff);
    if (reachable && (oneOperator || cluster.status().phase() != Phase.STOPPING)) {
      note("the status is lost");
      wiped = true;
      cluster.wipe();
    }
  }

  /** One in which nothing goes wrong, with an activator and an operator that have settled. */
  public static ClusterSimWorld quiet(ServiceSpec spec) {
    var world = new ClusterSimWorld(new Random(1), PlantedProtocolBug.NONE, false, spec);
    world.calmDown();
    world.startActivator("activator");
    world.startOperator("operator");
    world.advance(Duration.ofMinutes(1));
    return world;
  }

  void calmDown() {
    note("all is calm");
    calm = true;
    interruptions = 0;
    activators.forEach(SimActivator::reconnect);
  }

  /** From now on so many steps may happen in the middle of passes. */
  void allowInterruptions(int count, Runnable step) {
    interruptions = count;
    interruption = step;
  }

  void interrupt(SimOperator during) {
    while (interruptions > 0 && chance(4)) {
      interruptions--;
      note("in the middle of a pass of ", during, ":");
      if (!oneOperator && chance(6)) {
        throw new SimOperator.Crash();
      }
      interruption.run();
    }
    if (!during.alive) {
      throw new SimOperator.Crash();
    }
  }

  void passed(SimOperator operator, ServicePass.Result result) {
    passes++;
    witness.accept(result);
    if (traced) {
      note(
          operator,
          " passed over ",
          result.object().resourceVersion(),
          ": ",
          result.decision().map(it -> it.rule() + " " + it.action()));
    }
  }

  /** Moves time forward, running on the way whatever becomes due. */
  public void advance(Duration by) {
    Instant until = clock.instant().plus(by);
    for (var next = next(until); next.isPresent(); next = next(until)) {
      next.get().runNext();
    }
    clock.advanceTo(until);
    endHolds();
    clients.forEach(
        client -> require(!client.wasForgotten(), 2, "nobody told a client of an address"));
    clients.removeIf(client -> !client.isPresent());
  }

  private Optional<SimExecutor> next(Instant until) {
    SimExecutor first = sooner(null, executor, until);
    for (SimActivator activator : activators) {
      first = sooner(first, activator.executor, until);
    }
    for (SimOperator operator : operators) {
      first = sooner(first, operator.executor, until);
    }
    return Optional.ofNullable(first);
  }

  private static @Nullable SimExecutor sooner(
      @Nullable SimExecutor first, SimExecutor other, Instant until) {
    Instant due = other.due();
    boolean sooner = first == null ? !due.isAfter(until) : due.isBefore(first.due());
    return sooner ? other : first;
  }

  private void endHolds() {
    Instant now = clock.instant();
    for (ClusterSimClient client : List.copyOf(clients)) {
      if (client.isWaiting() && !client.holdUntil.isAfter(now)) {
        client.leave();
      }
    }
  }

  @Override
  public void patches(ServiceObject before, ServiceObject after, JsonPatch patch) {
    var was = before.status().orElseGet(StatusDocument::blank);
    var is = after.status().orElseGet(StatusDocument::blank);
    if (wiped && is.isInitialised()) {
      wiped = false;
      soberUntil = clock.instant().plus(RESTAKE);
    }
    boolean leaving = is.phase() == Phase.STOPPING || is.phase() == Phase.DRAINING;
    require(!leaving || is.endpoint().isEmpty(), 5, "the address of what stops is published");
    if (is.phase() == Phase.STOPPING && was.phase() != Phase.STOPPING) {
      boolean idle = PlantedProtocolBug.isIdleStop(patch);
      idleStops.put(is.epoch(), idle);
      if (idle) {
        beforeIdleStop(was.epoch());
      }
    }
  }

  private void beforeIdleStop(long epoch) {
    requireNobodyConnected("an idle stop");
    Duration quiet = Duration.between(lastOpen, clock.instant());
    boolean asked = settled.wish().apply(epoch) == Wish.SLEEP;
    boolean longEnough = asked || quiet.compareTo(spec.idleTimeout()) >= 0;
    require(longEnough, 6, "an idle stop after only " + quiet);
  }

  @Override
  public void scales(ServiceObject service, int from, int to) {
    var status = service.status().orElseGet(StatusDocument::blank);
    boolean forced =
        status.phase() == Phase.STOPPING && !idleStops.getOrDefault(status.epoch(), true);
    if (to == 0 && !forced) {
      requireNobodyConnected("scaling to zero");
    }
    require(to <= 1, 3, "a second replica");
  }

  private void requireNobodyConnected(String what) {
    for (ClusterSimClient client : clients) {
      require(client.state != ClusterSimClient.State.OPEN, 1, what + " cuts a " + client);
    }
  }

  static void require(boolean holds, int promise, String what) {
    if (!holds) {
      throw new AssertionError("promise " + promise + ": " + what);
    }
  }
}
