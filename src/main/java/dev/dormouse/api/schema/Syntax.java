package dev.dormouse.api.schema;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a string may look like, and how to say so. Patterns match the whole string and mean the same
 * to Java, to RE2, which API servers use, and to JSON Schema: no look-around, no back reference, no
 * possessive quantifier, no count above 1000.
 */
public enum Syntax {
  API_VERSION("dormouse.dev/v1alpha1", 30, "dormouse\\.dev/v1alpha1"),
  KIND("OnDemandService", 30, "OnDemandService"),
  /** GEP-2257. */
  DURATION("a duration such as 15m", 28, "([0-9]{1,5}(h|m|s|ms)){1,4}"),
  SIZE("a size such as 1Mi", 12, "[0-9]{1,10}(Ki|Mi|Gi)?"),
  /** DNS label as in RFC 1035. */
  NAME("a name such as my-cable", 63, "[a-z]([-a-z0-9]*[a-z0-9])?"),
  REGION("the name of a region such as iad", 63, "[A-Za-z0-9][A-Za-z0-9._-]*"),
  /** As long as Linux lets an argument or a variable be. */
  STRING("a string without NUL", 131_071, "[^\\x00]*"),
  /** As long as Linux lets it be. */
  FILE("the path of a file", 4095, "[^\\x00]+"),
  VARIABLE("the name of a variable", 255, "[-._a-zA-Z][-._a-zA-Z0-9]*"),
  IMAGE("an image without spaces", 512, "\\S+"),
  SCALABLE_VERSION("apps/v1", 10, "apps/v1"),
  SCALABLE_KIND("Deployment or StatefulSet", 20, "Deployment|StatefulSet"),
  OBJECT("the name of an object", 253, "[a-z0-9]([-.a-z0-9]*[a-z0-9])?"),
  HOST("a host name without port", 253, "[A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?"),
  /** No query; a variable stands for a whole segment, a star at the end for any rest. */
  PATH(
      "a path such as /cable or /rooms/{name}, with * at its end only",
      1024,
      "(/(\\{[A-Za-z]\\w*\\}|([\\w.~!$&'()+,;=:@-]|%[0-9A-Fa-f]{2})*))*"
          + "/(\\{[A-Za-z]\\w*\\}|([\\w.~!$&'()+,;=:@-]|%[0-9A-Fa-f]{2})*\\*?)",
      "/(\\.|%2[eE]){1,2}(/|$)"),
  /** A terminating NUL must fit into {@code sun_path} of unix(7). */
  SOCKET("the path of a Unix socket, at most 107 characters", 107, "[ -~]*[!-.0-~]"),
  PROBE("a path that starts with /", 1024, "/[!-\"$-~]*"),
  ORIGIN(
      "an origin such as https://example.com",
      512,
      "\\*|null|(\\*|[a-z][a-z0-9+.-]*)://(\\[[0-9A-Fa-f:]+\\]|[\\w.*-]+)(:[0-9*]+)?"),
  NETWORK(
      "a network such as 10.0.0.0/8",
      64,
      "([0-9]+(\\.[0-9]+){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(/[0-9]{1,3})?"),
  BASE_URL(
      "a URL such as http://iad.example.com (TLS is not spoken)",
      512,
      "(http|ws)://(\\[[0-9A-Fa-f:]+\\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?"),
  /** RFC 9110, section 5.6.2. The others belong to the handshake (RFC 6455, section 4.1). */
  HEADER(
      "the name of a header that is not part of the handshake",
      256,
      "[\\w!#$%&'*+.^`|~-]+",
      "(?i)^(host|connection|upgrade|content[-_]length|transfer[-_]encoding|sec[-_]websocket[-_].*)$"),
  SET_HEADER(
      "the name of a header that is not part of the handshake",
      256,
      "[\\w!#$%&'*+.^`|~-]+",
      "(?i)^(connection|upgrade|content[-_]length|transfer[-_]encoding|sec[-_]websocket[-_].*)$"),
  HEADER_VALUE("text without control characters", 4096, "[\\t\\x20-\\x7e\\x80-\\xff]*"),
  USER_AGENT(
      "a user agent such as UptimeRobot/* with a letter or digit", 256, "[ -~]*[0-9A-Za-z][ -~]*"),
  /** RFC 9110, 8.3.1; its parameters as they come. */
  MEDIA_TYPE(
      "a media type such as text/plain; charset=utf-8",
      256,
      "[\\w!#$&^.+-]+/[\\w!#$&^.+-]+([ ;][\\x20-\\x7e]*)?"),
  CRON(
      "five fields of cron such as \"30 18 * * FRI\"",
      256,
      "[0-9A-Za-z*][0-9A-Za-z*/,#-]*( +[0-9A-Za-z*][0-9A-Za-z*/,#-]*){4}"),
  ZONE("a zone such as Europe/Berlin", 64, "[A-Za-z0-9_+/-]+"),
  /** RFC 3339. */
  TIME(
      "a time such as 2026-12-05T18:00:00Z",
      40,
      "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?"
          + "(Z|[+-][0-9]{2}:[0-9]{2})"),
  BODY("text of at most 65536 characters", 65_536, "(?s).*");

  /** What it is, for people. */
  public final String description;

  /** In characters. */
  public final int maxLength;

  /** In the dialect that API servers and Java have in common (RE2). */
  public final String pattern;

  /** What no part of the string may look like. */
  public final Optional<Pattern> never;

  private final Pattern whole;

  Syntax(String description, int maxLength, String pattern) {
    this(description, maxLength, pattern, Optional.empty());
  }

  Syntax(String description, int maxLength, String pattern, String never) {
    this(description, maxLength, pattern, Optional.of(Pattern.compile(never)));
  }

  Syntax(String description, int maxLength, String pattern, Optional<Pattern> never) {
    this.description = description;
    this.maxLength = maxLength;
    this.pattern = pattern;
    this.never = never;
    this.whole = Pattern.compile(pattern);
  }

  /** Whether a text is one, as a whole. */
  public boolean matches(String text) {
    return text.codePointCount(0, text.length()) <= maxLength
        && whole.matcher(text).matches()
        && never.filter(it -> it.matcher(text).find()).isEmpty();
  }
}
