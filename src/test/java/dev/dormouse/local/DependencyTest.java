package dev.dormouse.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Action;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.StopReason;
import dev.dormouse.gate.Ticket;
import dev.dormouse.testing.RecordingListener;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A cable that needs its Redis first. */
class DependencyTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration IDLE = Duration.ofMinutes(15);
  private static final Action START = new Action.Start();
  private static final Action SLEEP = new Action.Stop(StopReason.IDLE);

  private final SimulatedMachine machine = new SimulatedMachine();
  private final RecordingListener listener = new RecordingListener();

  @Test
  void theDependencyIsStartedFirstAndStoppedLast() {
    var redis = machine.add("redis", Specs.onDemand().routes().build());
    var cable = machine.add("cable", Specs.onDemand().dependsOn("redis").build());
    Ticket ticket = enter(cable, listener);
    advance(SECOND);
    assertThat(machine.driver.actions(redis.id)).containsExactly(START);
    assertThat(machine.driver.actions(cable.id)).isEmpty();
    machine.driver.becomeReady(redis.id);
    advance(SECOND);
    assertThat(machine.driver.actions(cable.id)).containsExactly(START);
    machine.driver.becomeReady(cable.id);
    advance(Duration.ofDays(1));
    assertThat(ticket.opened()).isTrue();
    ticket.close();
    advance(IDLE);
    assertThat(machine.driver.actions(cable.id)).containsExactly(START, SLEEP);
    assertThat(machine.driver.actions(redis.id)).containsExactly(START);
    machine.driver.end(cable.id);
    advance(SECOND);
    assertThat(machine.driver.actions(redis.id)).containsExactly(START, SLEEP);
  }

  @Test
  void nobodyStaysWakingForADependencyThatCannotBeHad() {
    var cable = machine.add("cable", Specs.onDemand().dependsOn("missing").build());
    enter(cable, listener);
    advance(SECOND);
    assertThat(listener.refusal().map(Refusal::reason)).contains(Refusal.Reason.DEPENDENCY_FAILED);
    assertThat(cable.status().phase()).isEqualTo(Phase.DORMANT);
    assertThat(cable.status().waiting()).isZero();
  }

  @Test
  void aDependencyThatFailedOnceIsTriedAgainForTheNextArrival() {
    var redis = machine.add("redis", Specs.onDemand().routes().build());
    var cable = machine.add("cable", Specs.onDemand().dependsOn("redis").build());
    enter(cable, new RecordingListener());
    advance(SECOND);
    machine.driver.fail(redis.id, FailureReason.EXITED);
    advance(SECOND);
    enter(cable, listener);
    advance(SECOND);
    assertThat(listener.refusal()).isEmpty();
    assertThat(machine.driver.actions(redis.id)).containsExactly(START, START);
  }

  private void advance(Duration by) {
    machine.advance(by);
  }

  private Ticket enter(SimulatedMachine.Entry service, RecordingListener of) {
    var holdUntil = machine.clock.instant().plus(service.spec.startup().hold());
    return service.gate().orElseThrow().enter(256, holdUntil, of).orElseThrow();
  }
}
