package dev.dormouse.cli.tables;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Facts of a service's JSON as people read them. */
public final class TextFormat {
  private TextFormat() {}

  /** Without its namespace where that is the default. */
  public static String name(JsonNode service) {
    String namespace = service.path("namespace").asText();
    return (namespace.equals("default") ? "" : namespace + "/") + service.path("name").asText();
  }

  /** What sleeps in memory is dormant for the decisions, but not for people. */
  public static String phase(JsonNode service) {
    String phase = service.path("phase").asText();
    return phase.equals("Dormant") && service.path("frozen").asBoolean() ? "Frozen" : phase;
  }

  /** {@code 3 failures in a row, Exited: ...; not tried again for 42s}. */
  public static String failure(JsonNode failure, Instant now) {
    long count = failure.path("count").asLong();
    Duration left = Duration.between(now, Instant.parse(failure.path("nextRetryTime").asText()));
    String next = left.isPositive() ? "; not tried again for " + span(left) : "";
    String breaker = failure.path("breaker").asText().equals("Open") ? " (breaker open)" : "";
    return count
        + (count == 1 ? " failure" : " failures")
        + (" in a row, " + failure.path("reason").asText())
        + (": " + failure.path("message").asText() + next + breaker);
  }

  /** In the largest unit that says enough. */
  public static String span(Duration span) {
    long seconds = Math.max(0, Math.round(span.toMillis() / 1000.0));
    if (seconds < 100) {
      return seconds + "s";
    }
    if (seconds < 100 * 60) {
      return seconds / 60 + "m";
    }
    return seconds < 48 * 3600 ? seconds / 3600 + "h" : seconds / 86_400 + "d";
  }

  /** With milliseconds where it is short. */
  public static String precise(Duration span) {
    long millis = span.toMillis();
    return millis < 1000 ? millis + " ms" : String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
  }

  static String size(long bytes) {
    return Math.round(bytes / 1048576.0) + "MB";
  }
}
