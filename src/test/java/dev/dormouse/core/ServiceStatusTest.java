package dev.dormouse.core;

import static dev.dormouse.core.Situation.ADDRESS;
import static dev.dormouse.core.Situation.NOW;
import static dev.dormouse.core.Situation.onDemand;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.testing.Specs;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ServiceStatusTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Situation WAKE = onDemand().waiting(1);
  private static final Situation BOOT = onDemand().starting(SECOND).waiting(1);
  private static final Situation SERVE = onDemand().ready(Duration.ZERO).open(1);
  private static final Situation IDLE = onDemand().ready(HOUR).quietFor(HOUR);
  private static final Situation STOPPING = onDemand().stopping(SECOND);
  private static final Situation REST = onDemand();

  @Test
  void anEpochLastsFromTheWakeToTheStop() {
    assertThat(after(WAKE, BOOT, SERVE).epoch()).isEqualTo(1);
    assertThat(after(WAKE, BOOT, SERVE, IDLE).epoch()).isEqualTo(2);
    assertThat(after(WAKE, BOOT, SERVE, IDLE, STOPPING, REST).epoch()).isEqualTo(2);
    assertThat(after(WAKE, BOOT, SERVE, IDLE, STOPPING, REST, WAKE, BOOT).epoch()).isEqualTo(2);
  }

  @Test
  void aFailedStartEndsAnEpoch() {
    assertThat(after(WAKE, BOOT, onDemand().failed(SECOND, HOUR)).epoch()).isEqualTo(2);
  }

  @Test
  void aFreezeEndsAnEpoch() {
    var freezing = Situation.given(Specs.onDemand().freezing());
    assertThat(after(WAKE, SERVE, freezing.ready(HOUR).quietFor(HOUR)).epoch()).isEqualTo(2);
  }

  @Test
  void aCrashThatIsNoticedOnlyByTheNextStartEndsAnEpoch() {
    assertThat(after(WAKE, BOOT, SERVE, WAKE).epoch()).isEqualTo(2);
  }

  @Test
  void aStartThatWaitedForADependencyBelongsToTheSameEpoch() {
    var blocked = WAKE.dependencies(new Surroundings.Dependencies.NotReady("redis"));
    assertThat(after(blocked, WAKE, BOOT).epoch()).isEqualTo(1);
  }

  @Test
  void theLatencyOfAWakeIsTheTimeFromTheStartToReady() {
    var status = after(WAKE, BOOT.later(SECOND), SERVE.later(SECOND.multipliedBy(3)));
    assertThat(status.lastWake())
        .hasValueSatisfying(
            wake -> {
              assertThat(wake.time()).isEqualTo(NOW);
              assertThat(wake.reason()).isEqualTo(WakeReason.UPGRADE);
              assertThat(wake.latency()).contains(Duration.ofSeconds(3));
            });
  }

  @Test
  void theLatencyIsMeasuredOnce() {
    var status = after(WAKE, SERVE.later(SECOND), SERVE.later(HOUR));
    assertThat(status.lastWake().orElseThrow().latency()).contains(SECOND);
  }

  @Test
  void aWakeThatFailedHasNoLatency() {
    var status = after(WAKE, BOOT, onDemand().failed(SECOND, HOUR));
    assertThat(status.lastWake().orElseThrow().latency()).isEmpty();
  }

  @Test
  void aWakeHasTheReasonOfWhoeverNeedsIt() {
    assertThat(reason(WAKE.dependentAwake().warmFor(HOUR))).isEqualTo(WakeReason.UPGRADE);
    assertThat(reason(Situation.given(Specs.always()))).isEqualTo(WakeReason.ALWAYS);
    assertThat(reason(onDemand().dependentAwake().warmFor(HOUR))).isEqualTo(WakeReason.DEPENDENT);
    assertThat(reason(onDemand().warmFor(HOUR))).isEqualTo(WakeReason.WARM);
  }

  @Test
  void aThawIsAWake() {
    var frozen = Situation.given(Specs.onDemand().freezing()).frozen(false).waiting(1);
    assertThat(reason(frozen)).isEqualTo(WakeReason.UPGRADE);
  }

  @Test
  void itIsQuietSinceTheLastCloseWhileNobodyIsThere() {
    assertThat(after(IDLE).quietSince()).contains(NOW.minus(HOUR));
    assertThat(after(SERVE).quietSince()).isEmpty();
    assertThat(after(WAKE).quietSince()).isEmpty();
  }

  @Test
  void theAddressIsShownWhileClientsMayDial() {
    assertThat(after(SERVE).endpoint()).contains(ADDRESS);
    assertThat(after(onDemand().startingAtAddress(SECOND)).endpoint()).contains(ADDRESS);
    assertThat(after(SERVE, IDLE).endpoint()).isEmpty();
  }

  @Test
  void theNextStopIsShownUntilSomebodyComes() {
    var quiet = after(onDemand().ready(HOUR).quietFor(SECOND));
    assertThat(quiet.nextStopTime()).isPresent();
    var arrived = quiet.withDemand(new Demand.Known(1, 0, NOW));
    assertThat(arrived.nextStopTime()).isEmpty();
    assertThat(arrived.quietSince()).isEmpty();
    assertThat(arrived.waiting()).isEqualTo(1);
  }

  @Test
  void unknownDemandKeepsTheLastCounts() {
    var status = after(SERVE, SERVE.unknownDemand());
    assertThat(status.connections()).isEqualTo(1);
    assertThat(status.quietSince()).isEmpty();
  }

  @Test
  void aFailureIsShownUntilItIsForgotten() {
    var failed = onDemand().failed(SECOND, HOUR);
    assertThat(after(failed).failure()).isPresent();
    assertThat(after(failed, onDemand().failed(HOUR, SECOND)).failure()).isEmpty();
  }

  @Test
  void whatCannotBeObservedKeepsItsPhaseAddressAndFailure() {
    var unseen = new Workload.Unknown("no answer");
    var dormant = after(REST, REST.with(unseen));
    assertThat(dormant.phase()).isEqualTo(Phase.DORMANT);
    assertThat(dormant.active().reason()).isEqualTo(Condition.Reason.UNOBSERVABLE);

    var serving = after(SERVE, SERVE.open(7).with(unseen));
    assertThat(serving.phase()).isEqualTo(Phase.ACTIVE);
    assertThat(serving.endpoint()).contains(ADDRESS);
    assertThat(serving.connections()).isEqualTo(7);

    var failed = onDemand().failed(SECOND, HOUR);
    assertThat(after(failed, failed.with(unseen)).failure()).isPresent();
  }

  @Test
  void whatHasNeverBeenObservedCountsAsAwake() {
    var unseen = REST.with(new Workload.Unknown("no answer"));
    assertThat(after(unseen).phase()).isEqualTo(Phase.ACTIVE);
    assertThat(after(unseen, unseen).phase()).isEqualTo(Phase.ACTIVE);
    assertThat(after(unseen, REST, unseen).phase()).isEqualTo(Phase.DORMANT);
  }

  private static WakeReason reason(Situation situation) {
    return after(situation).lastWake().orElseThrow().reason();
  }

  private static ServiceStatus after(Situation... passes) {
    var status = ServiceStatus.initial();
    for (Situation s : passes) {
      status = status.after(s.decide(), s.spec(), s.demand(), s.workload(), s.around());
    }
    return status;
  }
}
