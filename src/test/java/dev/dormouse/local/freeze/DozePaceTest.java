package dev.dormouse.local.freeze;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.testing.MutableClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** When a doze does not pay. */
class DozePaceTest {
  private static final Duration COST = Duration.ofMillis(300);
  private static final Duration PAYS = Duration.ofSeconds(3);
  private static final Duration SHORT = PAYS.minusNanos(1);
  private static final Instant NOW = MutableClock.START;

  private final DozePace pace = new DozePace();

  private Duration slept(Duration lasted) {
    return pace.slept(COST, lasted, NOW);
  }

  @Test
  void whatPaysIsTriedAgainAtOnce() {
    for (int i = 0; i < 100; i++) {
      assertThat(slept(PAYS)).isZero();
    }
    assertThat(pace.notBefore()).isEqualTo(Instant.MIN);
  }

  @Test
  void aBroadcastThatComesAtOnceIsNoPattern() {
    assertThat(slept(SHORT)).isZero();
    assertThat(slept(SHORT)).isZero();
    assertThat(slept(PAYS)).isZero();
    assertThat(slept(SHORT)).isZero();
    assertThat(slept(SHORT)).isZero();
  }

  @Test
  void thePauseDoublesUpToABoundAndEndsWithTheFirstThatPays() {
    slept(SHORT);
    slept(SHORT);
    Duration expected = PAYS;
    for (int i = 0; i < 100; i++) {
      assertThat(slept(SHORT)).isEqualTo(expected);
      assertThat(pace.notBefore()).isEqualTo(NOW.plus(expected));
      Duration twice = expected.multipliedBy(2);
      Duration most = Duration.ofMinutes(30);
      expected = twice.compareTo(most) < 0 ? twice : most;
    }
    assertThat(slept(PAYS)).isZero();
    assertThat(slept(SHORT)).isZero();
  }

  @Test
  void whatCostsNothingPaysAfterASecond() {
    for (int i = 0; i < 10; i++) {
      assertThat(pace.slept(Duration.ZERO, Duration.ofSeconds(1), NOW)).isZero();
    }
  }
}
