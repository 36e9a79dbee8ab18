package dev.dormouse.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Action;
import dev.dormouse.core.Demand;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Workload;
import dev.dormouse.gate.Admission;
import dev.dormouse.gate.Ticket;
import dev.dormouse.testing.RecordingListener;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ReconcilerTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration IDLE = Duration.ofMinutes(15);
  private static final Action START = new Action.Start();
  private static final Action SLEEP = new Action.Stop(StopReason.IDLE);

  /** Runs inside a pass, between the decision and the compare-and-set. */
  private Runnable beforeCompareAndSet = () -> {};

  private final SimulatedMachine machine =
      new SimulatedMachine(driver -> driver, (id, gate) -> new InterruptedAdmission(gate, this));
  private final RecordingListener listener = new RecordingListener();

  @Test
  void nothingHappensUntilSomebodyKnocks() {
    var cable = machine.add("cable", Specs.onDemand().build());
    advance(Duration.ofDays(1));
    assertThat(machine.driver.actions(cable.id)).isEmpty();
    assertThat(cable.status().phase()).isEqualTo(Phase.DORMANT);
    assertThat(machine.isAtRest()).isTrue();
  }

  @Test
  void theFirstUpgradeWakesIsHeldAndThenServed() {
    var cable = machine.add("cable", Specs.onDemand().build());
    Ticket ticket = enter(cable, listener);
    advance(SECOND);
    assertThat(machine.driver.actions(cable.id)).containsExactly(START);
    assertThat(cable.status().phase()).isEqualTo(Phase.WAKING);
    assertThat(ticket.endpoint()).isEmpty();

    machine.driver.becomeReady(cable.id);
    advance(Duration.ZERO);
    assertThat(listener.admissions()).isEqualTo(1);
    assertThat(ticket.endpoint()).contains(machine.driver.endpoint(cable.id));
    assertThat(ticket.opened()).isTrue();
    advance(Duration.ofDays(1));
    assertThat(cable.status().connections()).isEqualTo(1);
    assertThat(cable.status().lastWake().orElseThrow().latency()).contains(SECOND);
    assertThat(machine.driver.actions(cable.id)).containsExactly(START);
  }

  @Test
  void waitersDialAsSoonAsTheAddressIsKnownAndTheFirstTunnelProvesReadiness() {
    var cable = machine.add("cable", Specs.onDemand().build());
    Ticket ticket = enter(cable, listener);
    advance(Duration.ZERO);
    machine.driver.publishAddress(cable.id);
    advance(Duration.ZERO);
    assertThat(ticket.endpoint()).contains(machine.driver.endpoint(cable.id));
    assertThat(cable.status().phase()).isEqualTo(Phase.WAKING);
    assertThat(ticket.opened()).isTrue();
    advance(Duration.ofDays(1));
    assertThat(cable.status().phase()).isEqualTo(Phase.ACTIVE);
    assertThat(machine.driver.actions(cable.id)).containsExactly(START);
  }

  @Test
  void howeverManyArriveThereIsOneStart() {
    var cable = machine.add("cable", Specs.onDemand().build());
    for (int i = 0; i < 50; i++) {
      enter(cable, new RecordingListener());
      advance(Duration.ofMillis(1));
    }
    machine.driver.becomeReady(cable.id);
    advance(SECOND);
    assertThat(machine.driver.actions(cable.id)).containsExactly(START);
  }

  @Test
  void theStartOutlivesTheClientThatCausedIt() {
    var cable = machine.add("cable", Specs.onDemand().build());
    Ticket ticket = enter(cable, listener);
    advance(SECOND);
    ticket.close();
    advance(SECOND);
    machine.driver.becomeReady(cable.id);
    advance(SECOND);
    assertThat(machine.driver.actions(cable.id)).containsExactly(START);
    assertThat(cable.status().phase()).isEqualTo(Phase.ACTIVE);
  }

  @Test
  @Tag("D17")
  void itSleepsExactlyWhenTheIdleTimeoutHasPassedSinceTheLastClose() {
    var cable = machine.add("cable", Specs.onDemand().build());
    serve(cable).close();
    advance(IDLE.minusNanos(1));
    assertThat(machine.driver.actions(cable.id)).containsExactly(START);
    advance(Duration.ofNanos(1));
    assertThat(machine.driver.actions(cable.id)).containsExactly(START, SLEEP);

    machine.driver.end(cable.id);
    advance(SECOND);
    assertThat(cable.status().phase()).isEqualTo(Phase.DORMANT);
    assertThat(cable.status().epoch()).isEqualTo(2);
    assertThat(machine.isAtRest()).isTrue();
  }

  @Test
  @Tag("D18")
  void anArrivalBetweenTheDecisionAndTheCompareAndSetWins() {
    var cable = machine.add("cable", Specs.onDemand().build());
    serve(cable).close();
    beforeCompareAndSet =
        () -> {
          beforeCompareAndSet = () -> {};
          assertThat(enter(cable, listener).endpoint()).isPresent();
        };
    advance(IDLE.plus(SECOND));
    assertThat(machine.driver.actions(cable.id)).containsExactly(START);
    assertThat(cable.status().phase()).isEqualTo(Phase.ACTIVE);
    assertThat(cable.status().epoch()).isEqualTo(1);
  }

  @Test
  void whoeverComesAndLeavesBetweenTheDecisionAndTheCompareAndSetStartsTheIdleTimeoutAnew() {
    var cable = machine.add("cable", Specs.onDemand().build());
    serve(cable).close();
    beforeCompareAndSet =
        () -> {
          beforeCompareAndSet = () -> {};
          enter(cable, listener).close();
        };
    advance(IDLE.plus(SECOND));
    assertThat(machine.driver.actions(cable.id)).containsExactly(START);
    advance(IDLE);
    assertThat(machine.driver.actions(cable.id)).containsExactly(START, SLEEP);
  }

  @Test
  void anArrivalAfterTheCompareAndSetWaitsForTheNextStart() {
    var cable = machine.add("cable", Specs.onDemand().build());
    serve(cable).close();
    advance(IDLE);
    Ticket ticket = enter(cable, listener);
    assertThat(ticket.endpoint()).isEmpty();
    advance(SECOND);
    assertThat(listener.refusal()).isEmpty();
    machine.driver.end(cable.id);
    advance(SECOND);
    machine.driver.becomeReady(cable.id);
    advance(SECOND);
    assertThat(machine.driver.actions(cable.id)).containsExactly(START, SLEEP, START);
    assertThat(listener.admissions()).isEqualTo(1);
  }

  @Test
  void aFailedStartIsTriedAgainAfterTheBackOffForThoseWhoCanWait() {
    var spec = Specs.onDemand().retry(Duration.ofSeconds(20), Duration.ofSeconds(60)).build();
    var cable = machine.add("cable", spec);
    var patient = new RecordingListener();
    cable.gate().orElseThrow().enter(9, machine.clock.instant().plusSeconds(60), patient);
    enter(cable, listener);
    advance(SECOND);
    machine.driver.fail(cable.id, FailureReason.EXITED);
    advance(Duration.ZERO);
    assertThat(listener.refusal().map(Refusal::reason)).contains(Refusal.Reason.START_FAILED);
    assertThat(patient.refusal()).isEmpty();
    assertThat(cable.status().phase()).isEqualTo(Phase.FAILED);

    advance(Duration.ofSeconds(20).minusNanos(1));
    assertThat(machine.driver.actions(cable.id)).containsExactly(START);
    advance(Duration.ofNanos(1));
    assertThat(machine.driver.actions(cable.id)).containsExactly(START, START);
  }

  @Test
  void aStartThatTakesTooLongIsGivenUp() {
    var cable = machine.add("cable", Specs.onDemand().build());
    cable.gate().orElseThrow().enter(9, machine.clock.instant().plusSeconds(31), listener);
    advance(Duration.ofSeconds(30));
    assertThat(machine.driver.actions(cable.id))
        .containsExactly(START, new Action.Stop(StopReason.TIMED_OUT));
    machine.driver.end(cable.id);
    advance(SECOND.minusNanos(1));
    assertThat(machine.driver.workload(cable.id)).isInstanceOf(Workload.Failed.class);
    assertThat(listener.refusal()).isEmpty();
    advance(Duration.ofNanos(1));
    assertThat(machine.driver.actions(cable.id)).hasSize(3).endsWith(START);
  }

  @Test
  void aNewDefinitionDrainsThenStopsThenStartsForThoseWhoWait() {
    var cable = machine.add("cable", Specs.onDemand().build());
    var connected = new RecordingListener();
    Ticket ticket = serve(cable, connected);
    cable.spec(Specs.onDemand().revision("2").build());
    enter(cable, listener);
    advance(SECOND);
    assertThat(connected.leaves()).containsExactly(StopReason.OUTDATED);
    ticket.close();
    advance(Duration.ZERO);
    machine.driver.end(cable.id);
    advance(Duration.ZERO);
    assertThat(machine.driver.actions(cable.id))
        .containsExactly(
            START,
            new Action.Drain(StopReason.OUTDATED),
            new Action.Stop(StopReason.OUTDATED),
            START);
  }

  @Test
  void aDrainEndsAfterItsTimeWhoeverStays() {
    var cable = machine.add("cable", Specs.onDemand().build());
    serve(cable);
    var _ = machine.shutDown();
    advance(Duration.ofSeconds(5).minusNanos(1));
    assertThat(machine.driver.workload(cable.id)).isInstanceOf(Workload.Draining.class);
    advance(Duration.ofNanos(1));
    assertThat(machine.driver.workload(cable.id)).isInstanceOf(Workload.Stopping.class);
  }

  @Test
  void runningWorkIsAdoptedAndKeptForItsIdleTimeout() {
    var cable = machine.add("cable", Specs.onDemand().build());
    machine.driver.set(
        cable.id,
        new Workload.Ready(
            machine.clock.instant().minus(Duration.ofDays(1)),
            "1",
            Optional.of(machine.driver.endpoint(cable.id))));
    advance(IDLE.minusNanos(1));
    assertThat(machine.driver.actions(cable.id)).isEmpty();
    assertThat(enter(cable, listener).endpoint()).isPresent();
  }

  @Test
  void anArrivalThawsAndIdleFreezes() {
    var cable = machine.add("cable", Specs.onDemand().freezing().build());
    serve(cable).close();
    advance(IDLE);
    enter(cable, listener);
    advance(SECOND);
    assertThat(machine.driver.actions(cable.id))
        .containsExactly(START, new Action.Freeze(), new Action.Thaw());
    machine.driver.becomeReady(cable.id);
    advance(SECOND);
    assertThat(listener.admissions()).isEqualTo(1);
  }

  private void advance(Duration by) {
    machine.advance(by);
  }

  private Ticket enter(SimulatedMachine.Entry service, RecordingListener of) {
    var holdUntil = machine.clock.instant().plus(service.spec.startup().hold());
    return service.gate().orElseThrow().enter(256, holdUntil, of).orElseThrow();
  }

  private Ticket serve(SimulatedMachine.Entry service) {
    return serve(service, new RecordingListener());
  }

  private Ticket serve(SimulatedMachine.Entry service, RecordingListener of) {
    Ticket ticket = enter(service, of);
    advance(SECOND);
    machine.driver.becomeReady(service.id);
    advance(Duration.ofMinutes(1));
    assertThat(ticket.opened()).isTrue();
    advance(SECOND);
    return ticket;
  }

  private static final class InterruptedAdmission extends ForwardingAdmission {
    private final ReconcilerTest test;

    InterruptedAdmission(Admission gate, ReconcilerTest test) {
      super(gate);
      this.test = test;
    }

    @Override
    public boolean withdrawIfQuiet(Demand decidedOn) {
      test.beforeCompareAndSet.run();
      return super.withdrawIfQuiet(decidedOn);
    }
  }
}
