package dev.dormouse.logging;

import dev.dormouse.control.LogRateLimiter;
import dev.dormouse.control.ThrownLine;
import java.util.OptionalLong;
import java.util.logging.Filter;
import java.util.logging.LogRecord;

/**
 * Bounds what the libraries of the data path write of what clients have sent: few lines, and no
 * stack traces. Leaves all other records as they are.
 *
 * @param limiter shared with our own lines
 */
record DataPathLines(LogRateLimiter limiter) implements Filter {
  @Override
  public boolean isLoggable(LogRecord record) {
    String logger = String.valueOf(record.getLoggerName());
    if (!logger.startsWith("reactor.") && !logger.startsWith("io.netty.")) {
      return true;
    }
    Throwable thrown = record.getThrown();
    String type = thrown == null ? "" : thrown.getClass().getName();
    OptionalLong leftOut = limiter.admit(logger + " " + record.getLevel() + " " + type);
    leftOut.ifPresent(count -> shorten(record, count));
    return leftOut.isPresent();
  }

  private static void shorten(LogRecord record, long leftOut) {
    Throwable thrown = record.getThrown();
    record.setThrown(null);
    String first = String.valueOf(record.getMessage()).split("\\R", 2)[0];
    String why = thrown == null ? "" : ": " + ThrownLine.of(thrown);
    record.setMessage(first + why + LogRateLimiter.told(leftOut));
  }
}
