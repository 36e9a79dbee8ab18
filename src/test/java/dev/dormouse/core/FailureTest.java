package dev.dormouse.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.ServiceSpec.Retry;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FailureTest {
  private static final Instant T0 = MutableClock.START;
  private static final Retry RETRY = Specs.onDemand().build().retry();

  @Test
  void theBackOffDoublesUntilTheBreakerOpens() {
    assertThat(delays(RETRY, 6))
        .containsExactly(
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(4),
            Duration.ofSeconds(8),
            Duration.ofMinutes(5),
            Duration.ofMinutes(5));
  }

  @Test
  void theBackOffIsCapped() {
    var retry = new Retry(Duration.ofSeconds(7), Duration.ofSeconds(20), 99, Duration.ofHours(1));
    assertThat(delays(retry, 4))
        .containsExactly(
            Duration.ofSeconds(7),
            Duration.ofSeconds(14),
            Duration.ofSeconds(20),
            Duration.ofSeconds(20));
  }

  @Test
  void aLongSeriesDoesNotOverflow() {
    var retry =
        new Retry(Duration.ofNanos(1), Duration.ofDays(9), Integer.MAX_VALUE, Duration.ofDays(9));
    assertThat(delays(retry, 1_000)).last().isEqualTo(Duration.ofDays(9));
  }

  @Test
  void aDeadInitialDelayOfZeroStaysZero() {
    var retry = new Retry(Duration.ZERO, Duration.ofSeconds(60), 5, Duration.ofMinutes(5));
    assertThat(delays(retry, 4)).containsOnly(Duration.ZERO);
  }

  @Test
  void theBreakerIsOpenFromItsCountOn() {
    Failure fourth = series(RETRY, 4).getLast();
    Failure fifth = next(fourth, fourth.nextRetry(), RETRY);
    assertThat(fourth.isBreakerOpen(RETRY)).isFalse();
    assertThat(fifth.isBreakerOpen(RETRY)).isTrue();
    assertThat(fifth.nextRetry()).isEqualTo(fifth.at().plus(RETRY.breakerWindow()));
  }

  @Test
  void aFailureIsForgottenExactlyAfterTheBreakersWindow() {
    Failure failure = first();
    Instant end = T0.plus(RETRY.breakerWindow());
    assertThat(failure.isForgotten(end.minusNanos(1), RETRY)).isFalse();
    assertThat(failure.isForgotten(end, RETRY)).isTrue();
  }

  @Test
  void aFailureAfterAForgottenOneBeginsANewSeries() {
    Failure failure = first();
    Instant end = T0.plus(RETRY.breakerWindow());
    assertThat(next(failure, end.minusNanos(1), RETRY).count()).isEqualTo(2);
    assertThat(next(failure, end, RETRY).count()).isEqualTo(1);
  }

  @Test
  void theTrialAfterAnOpenBreakerOpensItAgainIfItFails() {
    Failure fifth = series(RETRY, 5).getLast();
    Failure sixth = next(fifth, fifth.nextRetry().plusSeconds(30), RETRY);
    assertThat(sixth.isBreakerOpen(RETRY)).isTrue();
    assertThat(sixth.nextRetry()).isEqualTo(sixth.at().plus(RETRY.breakerWindow()));
  }

  @Test
  void aFailureLongAfterTheTrialBeginsANewSeries() {
    Failure fifth = series(RETRY, 5).getLast();
    Instant end = fifth.nextRetry().plus(RETRY.breakerWindow());
    assertThat(next(fifth, end.minusNanos(1), RETRY).isBreakerOpen(RETRY)).isTrue();
    Failure late = next(fifth, end, RETRY);
    assertThat(late.count()).isEqualTo(1);
    assertThat(late.nextRetry()).isEqualTo(late.at().plus(RETRY.initial()));
  }

  @Test
  void itKeepsWhatWentWrongAndWhen() {
    Failure failure =
        Failure.after(Optional.of(first()), FailureReason.DEAF, "silent", T0.plusSeconds(3), RETRY);
    assertThat(failure.reason()).isEqualTo(FailureReason.DEAF);
    assertThat(failure.message()).isEqualTo("silent");
    assertThat(failure.at()).isEqualTo(T0.plusSeconds(3));
  }

  private static Failure first() {
    return Failure.after(Optional.empty(), FailureReason.EXITED, "exit 1", T0, RETRY);
  }

  private static Failure next(Failure previous, Instant at, Retry retry) {
    return Failure.after(Optional.of(previous), FailureReason.EXITED, "exit 1", at, retry);
  }

  /** Failures of one series, one second apart at most: none forgets its predecessor. */
  private static List<Failure> series(Retry retry, int length) {
    List<Failure> failures = new ArrayList<>(List.of());
    Optional<Failure> last = Optional.empty();
    for (int i = 0; i < length; i++) {
      var failure = Failure.after(last, FailureReason.EXITED, "exit 1", T0.plusSeconds(i), retry);
      failures.add(failure);
      last = Optional.of(failure);
    }
    return failures;
  }

  private static List<Duration> delays(Retry retry, int length) {
    return series(retry, length).stream()
        .map(failure -> Duration.between(failure.at(), failure.nextRetry()))
        .toList();
  }
}
