package dev.dormouse.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.control.ServiceView;
import dev.dormouse.control.WarmWindows;
import dev.dormouse.core.Action;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Warm;
import dev.dormouse.core.Workload;
import dev.dormouse.gate.Ticket;
import dev.dormouse.local.LocalController.Served;
import dev.dormouse.testing.FakeDriver;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.RecordingListener;
import dev.dormouse.testing.Specs;
import dev.dormouse.testing.VirtualExecutor;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The controller of one machine in virtual time, with workloads that exist in memory only. */
class LocalControllerTest {
  private static final ServiceId CABLE = new ServiceId("default", "cable");
  private static final ServiceId REDIS = new ServiceId("default", "redis");

  private final MutableClock clock = new MutableClock();
  private final MutableClock wall = new MutableClock();
  private final VirtualExecutor control = new VirtualExecutor(clock);
  private final MemoryDriver machine = new MemoryDriver(clock);
  private final FakeDriver driver = machine.fake;
  private List<Served> served = List.of();
  private Runnable duringStop = () -> {};
  private final LocalController controller =
      new LocalController(
          machine::observedBy,
          clock,
          new WarmWindows(wall),
          control,
          (_, _, _, after) -> {
            if (after.phase() == Phase.DISABLED) {
              duringStop.run();
            }
          },
          now -> served = now);

  @Test
  void aNewServiceIsServedAtOnce() {
    apply(Map.of(CABLE, cable()));
    assertThat(served).extracting(Served::id).containsExactly(CABLE);
    assertThat(phase(CABLE)).isEqualTo(Phase.DORMANT);
    enter(CABLE);
    assertThat(phase(CABLE)).isEqualTo(Phase.WAKING);
  }

  @Test
  @Tag("D33")
  void whatIsUnchangedIsNotTouched() {
    apply(Map.of(CABLE, cable()));
    Ticket ticket = open(CABLE);
    Served before = served.getFirst();
    apply(
        Map.of(
            CABLE, Specs.from(cable()).idleTimeout(Duration.ofHours(1)).build(), REDIS, redis()));
    control.advance(Duration.ofMinutes(1));
    assertThat(driver.process(CABLE)).isEqualTo(1);
    assertThat(driver.actions(CABLE)).containsExactly(new Action.Start());
    assertThat(served.getFirst().gate()).isSameAs(before.gate());
    assertThat(served.getFirst().spec().idleTimeout()).isEqualTo(Duration.ofHours(1));
    ticket.close();
  }

  @Test
  @Tag("D33")
  void anotherRevisionIsDrainedAndReplaced() {
    apply(Map.of(CABLE, cable()));
    Ticket ticket = open(CABLE);
    apply(Map.of(CABLE, Specs.onDemand().revision("2").build()));
    assertThat(phase(CABLE)).isEqualTo(Phase.DRAINING);
    ticket.close();
    control.runDue();
    assertThat(driver.workload(CABLE)).isInstanceOf(Workload.Stopping.class);
    enter(CABLE);
    driver.end(CABLE);
    control.runDue();
    assertThat(driver.process(CABLE)).isEqualTo(2);
  }

  @Test
  @Tag("D33")
  void aRemovedServiceIsDrainedStoppedAndForgotten() {
    apply(Map.of(CABLE, cable()));
    Ticket ticket = open(CABLE);
    apply(Map.of());
    assertThat(controller.views()).isEmpty();
    assertThat(served).as("its clients are told why").hasSize(1);
    assertThat(driver.workload(CABLE)).isInstanceOf(Workload.Draining.class);
    ticket.close();
    control.runDue();
    driver.end(CABLE);
    control.runDue();
    assertThat(served).isEmpty();
  }

  /** It may run: so it is still looked after, with whoever waits for it. */
  @Test
  void aRemovedServiceThatCannotBeObservedIsNotForgotten() {
    apply(Map.of(CABLE, Specs.disabled().build()));
    driver.observable(CABLE, false);
    apply(Map.of());
    var waiting = new RecordingListener();
    var gate = served.getFirst().gate();
    assertThat(gate.enter(9, clock.instant().plusSeconds(60), waiting)).isPresent();
    control.runDue();
    assertThat(waiting.refusal()).isEmpty();
    assertThat(served).hasSize(1);
    driver.observable(CABLE, true);
    control.runDue();
    assertThat(waiting.refusal()).isPresent();
    assertThat(served).isEmpty();
  }

  @Test
  void aServiceThatComesBackWhileItIsStoppedIsServedAgain() {
    apply(Map.of(CABLE, cable()));
    open(CABLE).close();
    apply(Map.of());
    assertThat(driver.workload(CABLE)).isInstanceOf(Workload.Stopping.class);
    apply(Map.of(CABLE, cable()));
    enter(CABLE);
    driver.end(CABLE);
    control.runDue();
    assertThat(phase(CABLE)).isEqualTo(Phase.WAKING);
  }

  /** The pass that was asked for before the removal is about another service of the same name. */
  @Test
  void aLatePassOverARemovedServiceDoesNotRemoveItsSuccessor() {
    apply(Map.of(CABLE, cable()));
    open(CABLE).close();
    duringStop =
        () -> {
          controller.apply(Map.of(CABLE, cable()));
          controller.trigger(CABLE);
        };
    apply(Map.of());
    driver.end(CABLE);
    control.runDue();
    assertThat(controller.views()).hasSize(1);
    enter(CABLE);
    assertThat(phase(CABLE)).isEqualTo(Phase.WAKING);
  }

  @Test
  void aSuccessorHasTheRoutesOfWhatIsOnItsWayOut() {
    apply(Map.of(CABLE, cable()));
    Ticket ticket = open(CABLE);
    ServiceId next = CABLE.sibling("zebra");
    apply(Map.of(next, cable()));
    assertThat(served).extracting(Served::id).containsExactly(next, CABLE);
    ticket.close();
  }

  @Test
  @Tag("D34")
  void dependentsStopBeforeWhatTheyNeed() {
    apply(Map.of(CABLE, needsRedis(), REDIS, redis()));
    driver.becomeReady(REDIS);
    control.runDue();
    open(CABLE).close();
    CompletableFuture<Void> atRest = controller.shutDown();
    control.runDue();
    assertThat(driver.workload(CABLE)).isInstanceOf(Workload.Stopping.class);
    assertThat(driver.workload(REDIS)).isInstanceOf(Workload.Ready.class);
    driver.end(CABLE);
    control.runDue();
    assertThat(driver.workload(REDIS)).isInstanceOf(Workload.Stopping.class);
    assertThat(atRest).isNotDone();
    driver.end(REDIS);
    control.runDue();
    assertThat(atRest).isDone();
  }

  @Test
  void shutDownIsDoneAtOnceWhenNothingRuns() {
    CompletableFuture<Void> empty = controller.shutDown();
    control.runDue();
    assertThat(empty).isDone();
  }

  @Test
  void shutDownIsDoneAtOnceWhenAllIsDormant() {
    apply(Map.of(CABLE, needsRedis(), REDIS, cable()));
    CompletableFuture<Void> atRest = controller.shutDown();
    control.runDue();
    assertThat(atRest).isDone();
  }

  @Test
  void aDependencyThatIsRemovedStaysUntilItsDependentSleepsAndItsAbsenceIsTolerated() {
    apply(Map.of(CABLE, needsRedis(), REDIS, redis()));
    driver.becomeReady(REDIS);
    control.runDue();
    Ticket ticket = open(CABLE);
    apply(Map.of(CABLE, needsRedis()));
    assertThat(driver.workload(REDIS)).isInstanceOf(Workload.Ready.class);
    ticket.close();
    control.advance(cable().idleTimeout().plusSeconds(61));
    driver.end(CABLE);
    control.runDue();
    driver.end(REDIS);
    control.runDue();
    assertThat(served).extracting(Served::id).containsExactly(CABLE);

    var client = new RecordingListener();
    var _ = served.getFirst().gate().enter(1, clock.instant(), client);
    control.runDue();
    assertThat(client.refusal()).isPresent();
    controller.trigger(REDIS);
    control.runDue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPassThatABugOrAWantOfThreadsEndsIsTriedAgain(boolean error) {
    apply(Map.of(CABLE, cable()));
    machine.bugs = 2;
    machine.bugIsError = error;
    enter(CABLE);
    control.advance(Duration.ofMillis(1999));
    assertThat(phase(CABLE)).isEqualTo(Phase.DORMANT);
    control.advance(Duration.ofMillis(1));
    assertThat(phase(CABLE)).isEqualTo(Phase.WAKING);
  }

  @Test
  void manyRequestsForAPassAreOne() {
    apply(Map.of(CABLE, cable()));
    int before = machine.looks;
    for (int i = 0; i < 1000; i++) {
      controller.trigger(CABLE);
    }
    control.runDue();
    assertThat(machine.looks - before).isEqualTo(1);
    controller.trigger(CABLE);
    control.runDue();
    assertThat(machine.looks - before).isEqualTo(2);
  }

  @Test
  void whoComesAndGoesWhileItServesSharesAPassWithTheOthers() {
    apply(Map.of(CABLE, cable()));
    var first = enter(CABLE);
    driver.becomeReady(CABLE);
    control.runDue();
    assertThat(first.opened()).isTrue();
    control.advance(Duration.ofSeconds(1));
    assertThat(phase(CABLE)).isEqualTo(Phase.ACTIVE);
    int before = machine.looks;
    for (int i = 0; i < 100; i++) {
      var other = enter(CABLE);
      assertThat(other.opened()).isTrue();
      other.close();
    }
    assertThat(machine.looks).isEqualTo(before);
    control.advance(Duration.ofMillis(20));
    assertThat(machine.looks).isEqualTo(before + 1);
  }

  @Test
  void theLastToLeaveIsNoticedAndIdlenessCountsFromThen() {
    apply(Map.of(CABLE, cable()));
    var only = enter(CABLE);
    driver.becomeReady(CABLE);
    control.runDue();
    assertThat(only.opened()).isTrue();
    control.advance(Duration.ofHours(1));
    only.close();
    control.advance(cable().idleTimeout().minusMillis(1));
    assertThat(phase(CABLE)).isEqualTo(Phase.ACTIVE);
    control.advance(Duration.ofMillis(1));
    assertThat(phase(CABLE)).isEqualTo(Phase.STOPPING);
  }

  @Test
  void aWarmWindowWakesAtItsStartAndLetsGoAtItsEnd() {
    var from = MutableClock.START.plus(Duration.ofHours(1));
    var window = new Warm.Once(from, from.plus(Duration.ofHours(2)));
    apply(Map.of(CABLE, Specs.onDemand().warm(window).build()));
    pass(Duration.ofMinutes(59));
    assertThat(phase(CABLE)).isEqualTo(Phase.DORMANT);
    pass(Duration.ofMinutes(1));
    assertThat(phase(CABLE)).isEqualTo(Phase.WAKING);
    driver.becomeReady(CABLE);
    pass(Duration.ofMinutes(119));
    assertThat(driver.workload(CABLE)).isInstanceOf(Workload.Ready.class);
    pass(Duration.ofMinutes(2));
    assertThat(driver.workload(CABLE)).isInstanceOf(Workload.Stopping.class);
  }

  /** The machine was suspended: only the wall clock went on. */
  @Test
  @Tag("D38")
  void aWindowThatBeganDuringASuspendIsNoticedWithinAMinute() {
    var from = MutableClock.START.plus(Duration.ofHours(1));
    var window = new Warm.Once(from, from.plus(Duration.ofHours(2)));
    apply(Map.of(CABLE, Specs.onDemand().warm(window).build()));
    wall.advance(Duration.ofHours(2));
    pass(Duration.ofMinutes(1));
    assertThat(phase(CABLE)).isEqualTo(Phase.WAKING);
  }

  /** Lets both clocks go on, minute by minute. */
  private void pass(Duration time) {
    for (long i = 0; i < time.toMinutes(); i++) {
      wall.advance(Duration.ofMinutes(1));
      control.advance(Duration.ofMinutes(1));
    }
  }

  private void apply(Map<ServiceId, ServiceSpec> specs) {
    controller.apply(new HashMap<>(specs));
    control.runDue();
  }

  private Phase phase(ServiceId id) {
    return controller.views().stream()
        .filter(view -> view.id().equals(id))
        .map(ServiceView::status)
        .findFirst()
        .orElseThrow()
        .phase();
  }

  private Ticket enter(ServiceId id) {
    var gate = served.stream().filter(it -> it.id().equals(id)).findFirst().orElseThrow().gate();
    var ticket = gate.enter(9, clock.instant().plusSeconds(60), new RecordingListener());
    control.runDue();
    return ticket.orElseThrow();
  }

  private Ticket open(ServiceId id) {
    Ticket ticket = enter(id);
    driver.becomeReady(id);
    control.runDue();
    assertThat(ticket.opened()).isTrue();
    control.runDue();
    return ticket;
  }

  private static ServiceSpec cable() {
    return Specs.onDemand().build();
  }

  private static ServiceSpec needsRedis() {
    return Specs.onDemand().dependsOn("redis").build();
  }

  private static ServiceSpec redis() {
    return Specs.always().build();
  }
}
