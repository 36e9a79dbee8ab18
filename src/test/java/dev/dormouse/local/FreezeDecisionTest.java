package dev.dormouse.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.control.ManualControl.Answer;
import dev.dormouse.control.ManualControl.Manner;
import dev.dormouse.control.ServiceView;
import dev.dormouse.control.WarmWindows;
import dev.dormouse.core.Action;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.StopReason;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.RecordingListener;
import dev.dormouse.testing.Specs;
import dev.dormouse.testing.VirtualExecutor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What becomes of an idle service that asks for Freeze, by what the machine can do. */
class FreezeDecisionTest {
  private static final Manner STOP = new Manner(false, true);
  private static final ServiceId CABLE = new ServiceId("default", "cable");

  private final MutableClock clock = new MutableClock();
  private final VirtualExecutor control = new VirtualExecutor(clock);
  private final MemoryDriver driver = new MemoryDriver(clock);
  private List<LocalController.Served> served = List.of();
  private final LocalController controller =
      new LocalController(
          driver::observedBy,
          clock,
          new WarmWindows(clock),
          control,
          (_, _, _, _) -> {},
          now -> served = now);

  @Test
  void isFrozenWhereThatIsPossible() {
    fallAsleep();
    assertThat(driver.fake.actions(CABLE)).last().isEqualTo(new Action.Freeze());
    assertThat(view().status().phase()).isEqualTo(Phase.DORMANT);
    assertThat(view().sleepObstacle()).isEmpty();
  }

  @Test
  void isStoppedWhereItIsNotAndSaysWhy() {
    driver.obstacle = Optional.of("this machine has no swap");
    fallAsleep();
    assertThat(driver.fake.actions(CABLE)).last().isEqualTo(new Action.Stop(StopReason.IDLE));
    assertThat(view().status().phase()).isEqualTo(Phase.STOPPING);
    assertThat(view().sleepObstacle()).contains("this machine has no swap");
  }

  @Test
  void aThawIsAWakeWithALatency() {
    fallAsleep();
    var served = enter();
    assertThat(driver.fake.actions(CABLE)).last().isEqualTo(new Action.Thaw());
    assertThat(view().status().phase()).isEqualTo(Phase.WAKING);
    driver.fake.publishAddress(CABLE);
    control.advance(Duration.ofMillis(13));
    assertThat(served.endpoint()).as("dialled before it is known to be back").isPresent();
    assertThat(served.opened()).isTrue();
    control.runDue();
    assertThat(view().status().phase()).isEqualTo(Phase.ACTIVE);
    assertThat(view().wakes().getFirst().latency()).contains(Duration.ofMillis(13));
  }

  @Test
  void aSleepByHandDoesWhatIdlenessWould() {
    awake().close();
    assertThat(sleep(Manner.IDLE)).isInstanceOf(Answer.Accepted.class);
    assertThat(driver.fake.actions(CABLE)).last().isEqualTo(new Action.Freeze());
    assertThat(view().status().phase()).isEqualTo(Phase.DORMANT);
    assertThat(sleep(STOP)).isInstanceOf(Answer.Accepted.class);
    assertThat(driver.fake.actions(CABLE)).last().isEqualTo(new Action.Stop(StopReason.REQUESTED));
  }

  @Test
  void aSleepByHandStopsWhatCannotBeFrozenOrIsToBeStopped() {
    driver.obstacle = Optional.of("this machine has no swap");
    awake().close();
    assertThat(sleep(Manner.IDLE)).isInstanceOf(Answer.Accepted.class);
    assertThat(driver.fake.actions(CABLE)).contains(new Action.Stop(StopReason.REQUESTED));
    driver.obstacle = Optional.empty();
    driver.fake.end(CABLE);
    awake().close();
    assertThat(sleep(STOP)).isInstanceOf(Answer.Accepted.class);
    assertThat(driver.fake.actions(CABLE)).last().isEqualTo(new Action.Stop(StopReason.REQUESTED));
  }

  @Test
  void aSleepByHandIsRefusedUnderWhomeverIsConnectedPastTheGate() {
    awake().close();
    driver.fake.watchCompany(CABLE);
    driver.fake.directClients(CABLE, 2);
    assertThat(sleep(STOP))
        .isInstanceOfSatisfying(
            Answer.Refused.class,
            it -> assertThat(it.why()).contains("2 clients are connected to it directly, at port"));
    assertThat(view().status().phase()).isEqualTo(Phase.ACTIVE);
    assertThat(sleep(new Manner(true, false))).isInstanceOf(Answer.Accepted.class);
  }

  private Answer sleep(Manner how) {
    var answer = controller.sleep(CABLE, how);
    control.runDue();
    return answer.join();
  }

  private dev.dormouse.gate.Ticket awake() {
    controller.apply(Map.of(CABLE, Specs.onDemand().freezing().build()));
    control.runDue();
    var ticket = enter();
    driver.fake.becomeReady(CABLE);
    control.runDue();
    return ticket;
  }

  private void fallAsleep() {
    awake().close();
    control.advance(Duration.ofHours(1));
  }

  private dev.dormouse.gate.Ticket enter() {
    var end = clock.instant().plus(Duration.ofSeconds(15));
    var ticket = served.getFirst().gate().enter(1, end, new RecordingListener()).orElseThrow();
    control.runDue();
    return ticket;
  }

  private ServiceView view() {
    return controller.views().getFirst();
  }
}
