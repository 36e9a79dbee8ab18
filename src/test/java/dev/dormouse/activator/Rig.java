package dev.dormouse.activator;

import static org.awaitility.Awaitility.await;

import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.budget.Budget;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.Waiters;
import dev.dormouse.gate.Gate;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.netty.resources.LoopResources;

/** An activator with one service, on real sockets; the test plays the control side of the gate. */
public final class Rig implements AutoCloseable, ActivatorEvents {
  static final ServiceId CABLE = new ServiceId("default", "cable");

  final AtomicInteger demandChanges = new AtomicInteger();
  public final Gate gate = new Gate(InstantSource.system(), demandChanges::incrementAndGet);
  public final Queue<String> events = new ConcurrentLinkedQueue<>();
  public final Activator activator;
  final Budget budget;
  private final LoopResources loops = LoopResources.create("test", 1, 1, true);

  public Rig(Specs specs) {
    this(specs, ActivatorSettings.of("127.0.0.1", 0));
  }

  public Rig(Specs specs, ActivatorSettings settings) {
    this(settings);
    serve(specs);
  }

  /** One whose clients have to do with less. */
  public Rig(Specs specs, ActivatorSettings settings, Budget.Limits limits) {
    this(settings, limits);
    serve(specs);
  }

  /** One that has nothing to route by yet. */
  public Rig(ActivatorSettings settings) {
    this(settings, Budget.Limits.none());
  }

  private Rig(ActivatorSettings settings, Budget.Limits limits) {
    budget = new Budget(limits);
    activator = Activator.start(settings, budget, loops, InstantSource.system(), this);
  }

  public static ActivatorSettings settings(Duration head, Duration idle, Duration linger) {
    return new ActivatorSettings(
        "127.0.0.1", 0, head, idle, linger, Duration.ofMillis(3), false, AllowedUpstreams.PUBLIC);
  }

  public void serve(Specs specs) {
    serve(specs.build());
  }

  public void serve(ServiceSpec spec) {
    activator.serve(
        RouteTable.of(List.of(new GatedService(CABLE, spec, gate)), Optional.of("iad")));
  }

  /** Two services, of which only the first is the test's own. */
  public void serve(Specs specs, Specs other) {
    var neighbour = new GatedService(new ServiceId("default", "other"), other.build(), gate);
    activator.serve(
        RouteTable.of(
            List.of(new GatedService(CABLE, specs.build(), gate), neighbour), Optional.of("iad")));
  }

  public Wire connect() throws IOException {
    return Wire.to(activator.port());
  }

  /** A client that has sent its upgrade for {@code /cable} and is counted. */
  Wire held() throws IOException {
    int before = gate.demand().waiting();
    Wire client = connect().send(Wire.upgrade("/cable"));
    awaitDemand(before + 1, gate.demand().open());
    return client;
  }

  public void admit(Endpoint endpoint) {
    gate.apply(new Waiters.Admit(endpoint));
  }

  public void awaitDemand(int waiting, int open) {
    await()
        .pollInterval(Duration.ofMillis(2))
        .atMost(Duration.ofSeconds(10))
        .until(() -> gate.demand().waiting() == waiting && gate.demand().open() == open);
  }

  @Override
  public void refused(Optional<ServiceId> service, String reasonCode, String detail) {
    events.add("refused " + service.map(ServiceId::name).orElse("-") + " " + reasonCode);
  }

  @Override
  public void answered(ServiceId service, Duration held, Duration sinceDialed) {
    events.add("answered " + service.name());
  }

  @Override
  public void answeredInstead(ServiceId service, String what) {
    events.add(what + " " + service.name());
  }

  @Override
  public void opened(ServiceId service, Duration held, Duration sinceAdmitted) {
    events.add("opened " + service.name());
  }

  @Override
  public void cut(ServiceId service, String reasonCode) {
    events.add("cut " + service.name() + " " + reasonCode);
  }

  @Override
  public void closed(ServiceId service, Duration lived) {
    events.add("closed " + service.name());
  }

  @Override
  public void foundBroken(ServiceId service, FailureReason reason, String message) {
    events.add("broken " + service.name() + " " + reason);
  }

  @Override
  public void notAllowed(ServiceId service, String where) {
    events.add("not allowed " + service.name() + " " + where);
  }

  @Override
  public void broke(Optional<ServiceId> service, Throwable cause) {
    events.add("broke " + service.map(ServiceId::name).orElse("-") + " " + cause);
  }

  @Override
  public void left(ServiceId service, Duration held) {
    events.add("left " + service.name());
  }

  /** Ends it as a Dormouse ends that stops, and waits until every ticket is back, each once. */
  public void closeWithEveryTicketBack() {
    try {
      activator.close();
      awaitDemand(0, 0);
      await().until(() -> count("closed cable") == count("opened cable"));
    } finally {
      close();
    }
  }

  /** How often this has happened. */
  public long count(String event) {
    return events.stream().filter(event::equals).count();
  }

  @Override
  public void close() {
    activator.close();
    loops.disposeLater(Duration.ZERO, Duration.ofSeconds(5)).block();
  }
}
