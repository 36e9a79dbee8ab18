package dev.dormouse.kubernetes.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Condition;
import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.ServiceStatus.Wake;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.WakeReason;
import dev.dormouse.kubernetes.operator.EventText.Told;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventTextTest {
  @ParameterizedTest
  @CsvSource({
    "DORMANT,WAKING,Waking",
    "WAKING,ACTIVE,Awake",
    "ACTIVE,DRAINING,Draining",
    "ACTIVE,STOPPING,Sleeping",
    "DRAINING,STOPPING,Sleeping"
  })
  void tellsOfEachStepOnItsWay(Phase before, Phase after, String reason) {
    assertThat(EventText.of(in(before), in(after), Optional.empty()).map(Told::reason))
        .contains(reason);
  }

  @Test
  void saysNothingTwice() {
    assertThat(EventText.of(in(Phase.ACTIVE), in(Phase.ACTIVE), Optional.empty())).isEmpty();
    assertThat(EventText.of(in(Phase.STOPPING), in(Phase.DORMANT), Optional.empty())).isEmpty();
  }

  @Test
  void saysWhyItStops() {
    assertThat(
            EventText.of(in(Phase.ACTIVE), in(Phase.STOPPING), Optional.of(StopReason.OUTDATED))
                .map(Told::message))
        .contains("it is being stopped: outdated");
  }

  @Test
  void theLastClientsLeavingIsTold() {
    var busy = in(Phase.ACTIVE, Condition.Reason.SERVING, Optional.empty());
    var idle = in(Phase.ACTIVE, Condition.Reason.IDLE, Optional.empty());
    assertThat(EventText.of(busy, idle, Optional.empty()).map(Told::reason)).contains("Idle");
    assertThat(EventText.of(idle, busy, Optional.empty())).isEmpty();
  }

  @Test
  void aNewFailureIsAWarningAndAnOldOneIsNot() {
    var failed = in(Phase.FAILED, Condition.Reason.START_FAILED, Optional.of(failure(2)));
    var before = in(Phase.WAKING, Condition.Reason.ACTIVATING, Optional.of(failure(1)));
    assertThat(EventText.of(before, failed, Optional.empty()))
        .contains(
            new Told(true, "StartFailed", "no image (failure 2, next try 2026-05-01T12:00:02Z)"));
    assertThat(EventText.of(failed, failed, Optional.empty())).isEmpty();
  }

  private static Failure failure(int count) {
    Instant now = Instant.parse("2026-05-01T12:00:00Z");
    return new Failure(FailureReason.SPAWN_FAILED, "no image", count, now, now.plusSeconds(2));
  }

  @Test
  void aWakeSaysWhoseItWasAndNothingElseIsTakenForOne() {
    var wake = new Wake(Instant.EPOCH, WakeReason.UPGRADE, Optional.empty());
    assertThat(told(woken(Phase.DORMANT, Optional.empty()), woken(Phase.WAKING, Optional.of(wake))))
        .isEqualTo("woken by Upgrade");
    assertThat(
            told(woken(Phase.DORMANT, Optional.of(wake)), woken(Phase.WAKING, Optional.of(wake))))
        .isEqualTo("somebody else has started it");
    assertThat(told(woken(Phase.ACTIVE, Optional.of(wake)), woken(Phase.WAKING, Optional.of(wake))))
        .isEqualTo("what served is being replaced");
  }

  private static String told(ServiceStatus before, ServiceStatus after) {
    return EventText.of(before, after, Optional.empty()).orElseThrow().message();
  }

  private static ServiceStatus woken(Phase phase, Optional<Wake> wake) {
    return ServiceStatus.recalled(phase, 1, wake);
  }

  private static ServiceStatus in(Phase phase) {
    return in(phase, Condition.Reason.SERVING, Optional.empty());
  }

  private static ServiceStatus in(Phase phase, Condition.Reason reason, Optional<Failure> failure) {
    ServiceStatus initial = ServiceStatus.initial();
    return new ServiceStatus(
        phase,
        initial.ready(),
        new Condition(Condition.Status.TRUE, reason, ""),
        1,
        Optional.empty(),
        0,
        0,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        failure);
  }
}
