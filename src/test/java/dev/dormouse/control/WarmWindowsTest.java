package dev.dormouse.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.control.WarmWindows.Outlook;
import dev.dormouse.core.ServiceSpec.Warm;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WarmWindowsTest {
  private static final String BERLIN = "Europe/Berlin";

  @Test
  void withoutWindowsThereIsNothingToKnow() {
    assertThat(at("2026-05-01T12:00:00Z")).isEqualTo(outlook("", ""));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-12-05T17:59:59Z, '', 2026-12-05T18:00:00Z",
    "2026-12-05T18:00:00Z, 2026-12-05T22:00:00Z, ''",
    "2026-12-05T21:59:59.999Z, 2026-12-05T22:00:00Z, ''",
    "2026-12-05T22:00:00Z, '', ''"
  })
  void onceIsFromOneInstantToAnother(String now, String until, String next) {
    assertThat(at(now, once("2026-12-05T18:00:00Z", "2026-12-05T22:00:00Z")))
        .isEqualTo(outlook(until, next));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-27T17:29:59.9Z, '', 2026-11-27T17:30:00Z",
    "2026-11-27T17:30:00Z, 2026-11-27T21:30:00Z, 2026-12-04T17:30:00Z",
    "2026-11-27T21:29:59.9Z, 2026-11-27T21:30:00Z, 2026-12-04T17:30:00Z",
    "2026-11-27T21:30:00Z, '', 2026-12-04T17:30:00Z",
    "2026-07-03T16:29:00Z, '', 2026-07-03T16:30:00Z"
  })
  void aScheduleIsInItsOwnZone(String now, String until, String next) {
    assertThat(at(now, cron("30 18 * * FRI", "PT4H", BERLIN))).isEqualTo(outlook(until, next));
  }

  /** 29 March 2026: 02:00 is followed by 03:00; there is no 02:30. */
  @ParameterizedTest
  @CsvSource({
    "2026-03-28T01:29:00Z, 2026-03-28T01:30:00Z",
    "2026-03-28T01:30:00Z, 2026-03-30T00:30:00Z",
    "2026-03-29T01:30:00Z, 2026-03-30T00:30:00Z"
  })
  void aTimeThatTheClocksSkipInSpringIsSkipped(String now, String next) {
    assertThat(at(now, cron("30 2 * * *", "PT1M", BERLIN)).next()).contains(Instant.parse(next));
  }

  /** 25 October 2026: 03:00 is followed by 02:00 again. */
  @Test
  void aTimeThatComesTwiceInAutumnCountsTwice() {
    var nightly = cron("30 2 * * *", "PT1M", BERLIN);
    assertThat(at("2026-10-24T12:00:00Z", nightly).next())
        .contains(Instant.parse("2026-10-25T00:30:00Z"));
    assertThat(at("2026-10-25T00:30:00Z", nightly).next())
        .contains(Instant.parse("2026-10-25T01:30:00Z"));
    assertThat(at("2026-10-25T01:30:00Z", nightly).next())
        .contains(Instant.parse("2026-10-26T01:30:00Z"));
  }

  @Test
  void aDurationIsRealTimeWhateverTheClocksShow() {
    assertThat(at("2026-10-25T02:59:00Z", cron("0 0 * * *", "PT5H", BERLIN)).until())
        .contains(Instant.parse("2026-10-25T03:00:00Z"));
  }

  @Test
  void overlappingWindowsAreOne() {
    var a = once("2026-05-01T10:00:00Z", "2026-05-01T13:00:00Z");
    var b = once("2026-05-01T11:00:00Z", "2026-05-01T12:30:00Z");
    var hourly = cron("0 * * * *", "PT90M", "UTC");
    assertThat(at("2026-05-01T12:00:00Z", a, b).until())
        .contains(Instant.parse("2026-05-01T13:00:00Z"));
    assertThat(at("2026-05-01T12:00:00Z", b, a).until())
        .contains(Instant.parse("2026-05-01T13:00:00Z"));
    assertThat(at("2026-05-01T12:10:00Z", hourly))
        .isEqualTo(outlook("2026-05-01T13:30:00Z", "2026-05-01T13:00:00Z"));
    assertThat(at("2026-05-01T09:00:00Z", a, b).next())
        .contains(Instant.parse("2026-05-01T10:00:00Z"));
  }

  @ParameterizedTest
  @CsvSource({
    "* * 1 1 *, 2026-01-01T23:59:00Z",
    "* 3 * * *, 2026-05-01T03:59:00Z",
    "0 12 13 * 5, 2026-05-01T12:00:00Z",
    "0 12 13 * MON, 2026-04-27T12:00:00Z",
    "7 7 29 2 *, 2024-02-29T07:07:00Z",
    "*/7 * * * *, 2026-05-01T12:28:00Z"
  })
  void theLatestStartIsFoundHoweverFarBackItIs(String schedule, String start) {
    assertThat(at("2026-05-01T12:30:00Z", cron(schedule, "P1461D", "UTC")).until())
        .contains(Instant.parse(start).plus(Duration.ofDays(1461)));
  }

  @Test
  void answersAreInTheTimeOfTheSteadyClock() {
    var windows = new WarmWindows(() -> Instant.parse("2026-05-01T12:00:00Z"));
    var now = Instant.parse("2026-05-01T09:00:00Z");
    assertThat(windows.at(now, List.of(once("2026-05-01T13:00:00Z", "2026-05-01T14:00:00Z"))))
        .isEqualTo(outlook("", "2026-05-01T10:00:00Z"));
  }

  private static Outlook at(String now, Warm... windows) {
    Instant instant = Instant.parse(now);
    return new WarmWindows(() -> instant).at(instant, List.of(windows));
  }

  private static Outlook outlook(String until, String next) {
    return new Outlook(instant(until), instant(next));
  }

  private static Optional<Instant> instant(String text) {
    return Optional.of(text).filter(it -> !it.isEmpty()).map(Instant::parse);
  }

  private static Warm once(String from, String until) {
    return new Warm.Once(Instant.parse(from), Instant.parse(until));
  }

  private static Warm cron(String schedule, String duration, String zone) {
    return new Warm.Recurring(schedule, Duration.parse(duration), zone);
  }
}
