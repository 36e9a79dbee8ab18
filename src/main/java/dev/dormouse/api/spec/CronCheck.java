package dev.dormouse.api.spec;

import jakarta.enterprise.concurrent.CronTrigger;
import java.time.DateTimeException;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Optional;

/** Whether a schedule means something to the library that will follow it. */
final class CronCheck {
  /** Any leap year does. */
  private static final ZonedDateTime START =
      ZonedDateTime.of(2000, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

  private CronCheck() {}

  /** What is wrong with five fields of cron. */
  static Optional<String> mistake(String schedule) {
    try {
      String[] fields = schedule.split(" +", -1);
      var trigger = new CronTrigger(String.join(" ", fields), ZoneOffset.UTC);
      if (fields[4].startsWith("*")) {
        trigger.getNextRunTime(null, START);
      }
      return Optional.empty();
    } catch (DateTimeException e) {
      return Optional.of("names no day that there is");
    } catch (IllegalArgumentException e) {
      String why = String.valueOf(e.getMessage()).replace("No enum constant java.time.", "");
      return Optional.of("is not a schedule (" + why + ")");
    }
  }
}
