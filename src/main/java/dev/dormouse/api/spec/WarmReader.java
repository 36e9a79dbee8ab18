package dev.dormouse.api.spec;

import dev.dormouse.api.schema.Field;
import dev.dormouse.api.schema.Formats;
import dev.dormouse.core.ServiceSpec.Warm;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads {@code warm}. */
final class WarmReader {
  private WarmReader() {}

  static List<Warm> read(Field warm) {
    return warm.items().stream().flatMap(it -> window(it).stream()).toList();
  }

  private static Optional<Warm> window(Field field) {
    boolean recurring = any(field, "schedule", "duration", "timeZone");
    if (recurring == any(field, "from", "until")) {
      field.problem("must have either schedule and duration or from and until");
      return Optional.empty();
    }
    return recurring ? recurring(field) : once(field);
  }

  private static boolean any(Field field, String... keys) {
    return Stream.of(keys).anyMatch(it -> field.at(it).present());
  }

  private static Optional<Warm> recurring(Field field) {
    Field cron = field.at("schedule").required();
    Optional<String> schedule = cron.text();
    schedule
        .flatMap(CronCheck::mistake)
        .ifPresent(mistake -> cron.problem(mistake + ", was " + cron.shown()));
    Optional<Duration> length = field.at("duration").required().declaredDuration();
    String zone = field.at("timeZone").text(Formats::zone).orElse("UTC");
    return schedule.flatMap(it -> length.map(duration -> new Warm.Recurring(it, duration, zone)));
  }

  private static Optional<Warm> once(Field field) {
    Optional<Instant> from = field.at("from").required().text(Formats::instant);
    Optional<Instant> until = field.at("until").required().text(Formats::instant);
    if (from.isPresent() && until.filter(it -> !it.isAfter(from.get())).isPresent()) {
      field.at("until").expected("after from");
    }
    return from.flatMap(start -> until.map(end -> new Warm.Once(start, end)));
  }
}
