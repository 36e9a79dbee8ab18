package dev.dormouse.core;

import static dev.dormouse.core.Situation.NOW;
import static dev.dormouse.core.Situation.onDemand;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The decision table, row by row, with the boundaries of time. */
class DeciderTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @ParameterizedTest(name = "{0}")
  @MethodSource("table")
  void decidesByTheFirstRowThatMatches(Row row) {
    assertThat(Row.describe(row.given().decide())).isEqualTo(row.expected());
  }

  static Stream<Row> table() {
    return Stream.of(LeavingRows.rows(), AtRestRows.rows(), RunningRows.rows())
        .flatMap(rows -> rows);
  }

  @Test
  void tellsWaitersWhyAndWhenTheNextTryIs() {
    var failure = new Failure(FailureReason.PORT_BUSY, "pid 7", 1, NOW, NOW.plus(MINUTE));
    var decision = onDemand().waiting(1).with(new Workload.Failed(failure)).decide();

    assertThat(decision.waiters())
        .isInstanceOfSatisfying(
            Waiters.RefuseHopeless.class,
            waiters -> {
              assertThat(waiters.refusal().reason()).isEqualTo(Refusal.Reason.PORT_BUSY);
              assertThat(waiters.refusal().retryAt()).contains(NOW.plus(MINUTE));
            });
  }

  @Test
  void neverShowsOutputOfTheWorkloadToAClient() {
    var failure = new Failure(FailureReason.EXITED, "password=x", 1, NOW, NOW.plus(MINUTE));
    var decision = onDemand().waiting(1).with(new Workload.Failed(failure)).decide();

    assertThat(decision.waiters().toString()).doesNotContain("password");
    assertThat(decision.active().message()).contains("password");
  }
}
