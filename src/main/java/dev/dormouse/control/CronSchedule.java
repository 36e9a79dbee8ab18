package dev.dormouse.control;

import dev.dormouse.core.ServiceSpec.Warm;
import jakarta.enterprise.concurrent.CronTrigger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The times that five fields of cron name in a time zone. As in cron, a day matches if its day of
 * the month or its day of the week does, once both are restricted; the library wants both to match.
 * A time that the clocks skip is skipped, one that comes twice counts twice.
 *
 * @param triggers the union of these
 */
record CronSchedule(List<CronTrigger> triggers) {
  /** Cron's resolution. */
  private static final Duration STEP = Duration.ofMinutes(1);

  static CronSchedule of(Warm.Recurring recurring) {
    ZoneId zone = ZoneId.of(recurring.timeZone());
    String[] fields = recurring.schedule().strip().split(" +", -1);
    boolean union = !fields[2].startsWith("*") && !fields[4].startsWith("*");
    if (!union) {
      return new CronSchedule(List.of(new CronTrigger(String.join(" ", fields), zone)));
    }
    String dayOfMonth = String.join(" ", fields[0], fields[1], fields[2], fields[3], "*");
    String dayOfWeek = String.join(" ", fields[0], fields[1], "*", fields[3], fields[4]);
    return new CronSchedule(
        List.of(new CronTrigger(dayOfMonth, zone), new CronTrigger(dayOfWeek, zone)));
  }

  /** The first time after an instant; empty if there is none within what the library searches. */
  Optional<Instant> next(Instant after) {
    return atOrAfter(after.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1));
  }

  private Optional<Instant> atOrAfter(Instant from) {
    return triggers.stream()
        .flatMap(trigger -> atOrAfter(trigger, from).stream())
        .min(Instant::compareTo);
  }

  private static Optional<Instant> atOrAfter(CronTrigger trigger, Instant from) {
    try {
      var start = from.atZone(trigger.getZoneId());
      return Optional.of(Objects.requireNonNull(trigger.getNextRunTime(null, start)).toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /**
   * The last time up to an instant, if it is less than {@code ago} before it. The library only
   * looks forward: the bounds are narrowed from ever further back.
   */
  Optional<Instant> latest(Instant upTo, Duration ago) {
    Instant earliest = upTo.minus(ago).truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
    Duration back = STEP;
    Optional<Instant> found;
    Instant from;
    do {
      Instant further = upTo.minus(back).truncatedTo(ChronoUnit.SECONDS);
      from = further.isBefore(earliest) ? earliest : further;
      found = atOrAfter(from).filter(it -> !it.isAfter(upTo));
      back = back.multipliedBy(2);
    } while (found.isEmpty() && from.isAfter(earliest));
    return found.map(first -> lastBetween(first, upTo));
  }

  /** {@code first} is such a time; narrows the way to the last one by half each time. */
  private Instant lastBetween(Instant first, Instant upTo) {
    Instant last = first;
    Instant bound = upTo;
    while (Duration.between(last, bound).compareTo(STEP) > 0) {
      Instant middle =
          last.plus(Duration.between(last, bound).dividedBy(2)).truncatedTo(ChronoUnit.SECONDS);
      Optional<Instant> later = next(middle).filter(it -> !it.isAfter(upTo));
      if (later.isPresent()) {
        last = later.get();
      } else {
        bound = middle;
      }
    }
    return next(last).filter(it -> !it.isAfter(upTo)).orElse(last);
  }
}
