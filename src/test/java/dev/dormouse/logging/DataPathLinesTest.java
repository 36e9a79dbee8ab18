package dev.dormouse.logging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.control.LogRateLimiter;
import dev.dormouse.testing.MutableClock;
import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

/** Libraries of the data path tell of what clients sent at length; the log has one line of it. */
class DataPathLinesTest {
  private final MutableClock clock = new MutableClock();
  private final LogRateLimiter limiter = new LogRateLimiter(clock);
  private final DataPathLines lines = new DataPathLines(limiter);

  @Test
  void oneShortLineWithoutATraceForAHundred() {
    LogRecord first = record("io.netty.channel.DefaultChannelPipeline");
    assertThat(lines.isLoggable(first)).isTrue();
    assertThat(first.getThrown()).isNull();
    assertThat(first.getMessage())
        .startsWith("An exception: java.lang.IllegalStateException: b?c at dev.dormouse.logging.")
        .doesNotContain("\n");
    for (int i = 1; i < 100; i++) {
      assertThat(lines.isLoggable(record("io.netty.channel.DefaultChannelPipeline"))).isFalse();
    }
    assertThat(lines.isLoggable(record("reactor.netty.http.server.X"))).isTrue();
    assertThat(limiter.suppressed()).isEqualTo(99);

    clock.advance(Duration.ofMinutes(1));
    LogRecord later = record("io.netty.channel.DefaultChannelPipeline");
    assertThat(lines.isLoggable(later)).isTrue();
    assertThat(later.getMessage()).endsWith("(99 more like it left out)");
  }

  @Test
  void othersKeepTheirTraces() {
    for (int i = 0; i < 3; i++) {
      LogRecord own = record("dormouse");
      assertThat(lines.isLoggable(own)).isTrue();
      assertThat(own.getThrown()).isNotNull();
      assertThat(own.getMessage()).isEqualTo("An exception\nof a client");
    }
  }

  private static LogRecord record(String logger) {
    var record = new LogRecord(Level.WARNING, "An exception\nof a client");
    record.setLoggerName(logger);
    record.setThrown(new IllegalStateException("b\nc"));
    return record;
  }
}
