package dev.dormouse.activator.head;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** RFC 9110, 5.6.7: a time as HTTP writes it, without any rules of time zones. */
public final class HttpDate {
  private static final String DAYS = "MonTueWedThuFriSatSun";
  private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
  private static final int ABBREVIATED = 3;

  private HttpDate() {}

  /** In the form of RFC 9110, 5.6.7. */
  public static String of(Instant time) {
    var utc = LocalDateTime.ofEpochSecond(time.getEpochSecond(), 0, ZoneOffset.UTC);
    var text = new StringBuilder(29);
    text.append(name(DAYS, utc.getDayOfWeek().getValue())).append(", ");
    two(text, utc.getDayOfMonth()).append(' ').append(name(MONTHS, utc.getMonthValue()));
    text.append(' ').append(utc.getYear()).append(' ');
    two(text, utc.getHour()).append(':');
    two(text, utc.getMinute()).append(':');
    return two(text, utc.getSecond()).append(" GMT").toString();
  }

  private static String name(String names, int number) {
    return names.substring((number - 1) * ABBREVIATED, number * ABBREVIATED);
  }

  private static StringBuilder two(StringBuilder text, int number) {
    return text.append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
  }
}
