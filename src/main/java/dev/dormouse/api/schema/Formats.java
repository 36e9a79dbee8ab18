package dev.dormouse.api.schema;

import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Strings that mean more than themselves. Nothing here throws; empty means not of that format. */
public final class Formats {
  private static final Pattern PART = Pattern.compile("([0-9]+)(h|ms|m|s)");
  private static final Pattern ADDRESS =
      Pattern.compile("([0-9]+(?:\\.[0-9]+){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(?:/([0-9]{1,3}))?");

  private static final Pattern DOLLAR = Pattern.compile("\\$(\\$|[A-Za-z_]+)?");
  private static final Set<String> VARIABLES =
      Set.of("remote_addr", "scheme", "host", "region", "$");

  private Formats() {}

  /** Gateway API's format (GEP-2257). */
  public static Optional<Duration> duration(String text) {
    return Syntax.DURATION.matches(text)
        ? PART.matcher(text).results().map(Formats::part).reduce(Duration::plus)
        : Optional.empty();
  }

  private static Duration part(MatchResult part) {
    long amount = Long.parseLong(part.group(1));
    return part.group(2).equals("ms")
        ? Duration.ofMillis(amount)
        : Duration.parse("PT" + amount + part.group(2));
  }

  /** A duration of whole milliseconds in the same format. */
  public static String text(Duration duration) {
    String text =
        part(duration.toHours(), "h")
            + part(duration.toMinutesPart(), "m")
            + part(duration.toSecondsPart(), "s")
            + part(duration.toMillisPart(), "ms");
    return text.isEmpty() ? "0s" : text;
  }

  private static String part(long amount, String unit) {
    return amount == 0 ? "" : amount + unit;
  }

  /** Bytes, in whole numbers with a binary suffix or none. */
  public static Optional<Long> size(String text) {
    if (!Syntax.SIZE.matches(text)) {
      return Optional.empty();
    }
    int shift = 10 * ("KMG".indexOf(text.charAt(Math.max(0, text.length() - 2))) + 1);
    return Optional.of(Long.parseLong(text.replaceAll("\\D", "")) << shift);
  }

  /** A time zone by its name in the tz database. */
  public static Optional<String> zone(String text) {
    return Optional.of(text).filter(ZoneId.getAvailableZoneIds()::contains);
  }

  /** RFC 3339. */
  public static Optional<Instant> instant(String text) {
    try {
      return Optional.of(OffsetDateTime.parse(text.replace(' ', 'T')).toInstant());
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /** A network in CIDR notation; an address is the network of itself. */
  public static Optional<String> network(String text) {
    var matcher = ADDRESS.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    try {
      int bits = InetAddress.ofLiteral(matcher.group(1)).getAddress().length * Byte.SIZE;
      int prefix = matcher.group(2) == null ? bits : Integer.parseInt(matcher.group(2));
      return Optional.of(matcher.group(1) + "/" + prefix).filter(_ -> prefix <= bits);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Text with variables that are known; a dollar sign before no letter stands for itself. */
  public static Optional<String> expandable(String text) {
    boolean known =
        DOLLAR
            .matcher(text)
            .results()
            .allMatch(it -> it.group(1) == null || VARIABLES.contains(it.group(1)));
    return known ? Optional.of(text) : Optional.empty();
  }

  /** A URL whose host and port can be dialled. */
  public static Optional<String> dialable(String url) {
    return Optional.of(url)
        .filter(Syntax.BASE_URL::matches)
        .map(URI::create)
        .filter(it -> it.getHost() != null && it.getPort() != 0 && it.getPort() <= 65_535)
        .map(URI::toString);
  }

  /** {@code OnDemand} for {@code ON_DEMAND}. */
  public static String camel(Enum<?> constant) {
    StringBuilder camel = new StringBuilder();
    for (String word : constant.name().split("_", -1)) {
      camel.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return camel.toString();
  }

  /** {@code ; did you mean port?}, or nothing if none of the known words is near. */
  public static String didYouMean(String word, Collection<String> known) {
    return known.stream()
        .filter(it -> Math.abs(word.length() - it.length()) <= 2)
        .filter(it -> distance(word, it) <= Math.min(2, it.length() / 2))
        .min(Comparator.comparingInt(it -> distance(word, it)))
        .map(it -> "; did you mean " + it + "?")
        .orElse("");
  }

  /** Levenshtein's distance, without regard to case. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      int diagonal = i;
      for (int j = 0; j <= b.length(); j++) {
        int above = row[j];
        boolean edge = i == 0 || j == 0;
        int changed = edge || a.regionMatches(true, i - 1, b, j - 1, 1) ? 0 : 1;
        row[j] = edge ? i + j : Math.min(diagonal + changed, Math.min(above, row[j - 1]) + 1);
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
