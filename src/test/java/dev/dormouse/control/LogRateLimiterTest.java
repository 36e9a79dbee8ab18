package dev.dormouse.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.testing.MutableClock;
import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/**
 * What a client can have written is little, however often it tries, and what is left out is told.
 */
class LogRateLimiterTest {
  private final MutableClock clock = new MutableClock();
  private final LogRateLimiter limiter = new LogRateLimiter(clock);

  @Test
  void ofEachKindOneLineAPauseIsWrittenWithTheNumberOfThoseLeftOut() {
    assertThat(limiter.admit("a")).isEqualTo(OptionalLong.of(0));
    for (int i = 0; i < 300; i++) {
      assertThat(limiter.admit("a")).isEmpty();
    }
    assertThat(limiter.admit("b")).isEqualTo(OptionalLong.of(0));
    clock.advance(LogRateLimiter.PAUSE.minus(Duration.ofNanos(1)));
    assertThat(limiter.admit("a")).isEmpty();

    clock.advance(Duration.ofNanos(1));
    assertThat(limiter.admit("a")).isEqualTo(OptionalLong.of(301));
    assertThat(limiter.admit("a")).isEmpty();
    assertThat(limiter.suppressed()).isEqualTo(302);
  }

  @Test
  void kindsBeyondTheBoundShareOneLine() {
    for (int i = 0; i < LogRateLimiter.MAX_KINDS; i++) {
      assertThat(limiter.admit("kind " + i)).isPresent();
    }
    assertThat(limiter.admit("one more")).isPresent();
    assertThat(limiter.admit("and one more")).isEmpty();
    assertThat(limiter.admit("kind 7")).isEmpty();

    clock.advance(LogRateLimiter.PAUSE);
    assertThat(limiter.admit("and one more")).as("old kinds make room").isPresent();
    assertThat(limiter.admit("another")).isPresent();
  }

  @Test
  void aThrowableIsOneLineOfBoundedLength() {
    var thrown = new IllegalStateException("a\n\u001b[31m\u202e" + "x".repeat(5000));
    assertThat(ThrownLine.of(thrown))
        .startsWith("java.lang.IllegalStateException: a??[31m?x")
        .contains("x at dev.dormouse.control.LogRateLimiterTest.")
        .hasSizeLessThan(500)
        .matches("[ -~]*");
    thrown.setStackTrace(new StackTraceElement[0]);
    assertThat(ThrownLine.of(thrown)).endsWith("x");
    assertThat(ThrownLine.of(new StackOverflowError()))
        .startsWith("java.lang.StackOverflowError at dev.");
  }
}
