package dev.dormouse.api;

import java.util.regex.Pattern;

/** What a string may look like, and how to say so. */
enum Syntax {
  API_VERSION("dormouse.dev/v1alpha1", "dormouse\\.dev/v1alpha1"),
  KIND("OnDemandService", "OnDemandService"),
  /** DNS label as in RFC 1035. */
  NAME("a name such as my-cable", "[a-z]([-a-z0-9]{0,61}[a-z0-9])?"),
  REGION("the name of a region such as iad", "[A-Za-z0-9][A-Za-z0-9._-]{0,62}"),
  STRING("a string without NUL", "(?s)[^\\x00]*+"),
  VARIABLE("the name of a variable", "[-._a-zA-Z][-._a-zA-Z0-9]*"),
  IMAGE("an image without spaces", "\\S+"),
  SCALABLE_VERSION("apps/v1", "apps/v1"),
  SCALABLE_KIND("Deployment or StatefulSet", "Deployment|StatefulSet"),
  OBJECT("the name of an object", "[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?"),
  HOST("a host name without port", "[A-Za-z0-9]([-.A-Za-z0-9]{0,251}[A-Za-z0-9])?"),
  /** No query; a variable stands for a whole segment, and once. */
  PATH(
      "a path such as /cable or /rooms/{name}",
      "(?!.*(\\{\\w+}).*\\1)(?!.*/\\.\\.?(/|$))(?=.{1,1024}$)"
          + "(/(\\{[A-Za-z]\\w*}|([\\w.~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*+))++"),
  PROBE("a path that starts with /", "/[!-\"$-~]{0,1023}"),
  ORIGIN(
      "an origin such as https://example.com",
      "\\*|null|(\\*|[a-z][a-z0-9+.-]*)://(\\[[0-9A-Fa-f:]+]|[\\w.*-]+)(:[0-9*]+)?"),
  BASE_URL(
      "a URL such as http://iad.example.com (TLS is not spoken)",
      "(http|ws)://(\\[[0-9A-Fa-f:]+]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?"),
  /** RFC 9110, section 5.6.2. The others belong to the handshake (RFC 6455, section 4.1). */
  HEADER(
      "the name of a header that is not part of the handshake",
      "(?i)(?!(host|connection|upgrade|content-length|transfer-encoding|sec-websocket-.*)$)"
          + "[\\w!#$%&'*+.^`|~-]+"),
  HEADER_VALUE("text without control characters", "[\\t\\x20-\\x7e\\x80-\\xff]*"),
  CRON(
      "five fields of cron such as \"30 18 * * FRI\"",
      "[0-9A-Za-z*][0-9A-Za-z*/,#-]*( +[0-9A-Za-z*][0-9A-Za-z*/,#-]*){4}"),
  BODY("text of at most 65536 characters", "(?s).{0,65536}+");

  final String description;
  private final Pattern pattern;

  Syntax(String description, String pattern) {
    this.description = description;
    this.pattern = Pattern.compile(pattern);
  }

  boolean matches(String text) {
    return pattern.matcher(text).matches();
  }
}
