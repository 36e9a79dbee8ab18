package dev.dormouse.api;

import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.core.ServiceSpec.Fallback;
import dev.dormouse.core.ServiceSpec.Headers;
import dev.dormouse.core.ServiceSpec.Limits;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Reads what concerns connections: {@code access}, {@code limits}, headers, the fallback. */
record TrafficReader(Field spec) {
  private static final List<String> TRUSTED =
      List.of(
          "127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7");

  private static final String EXPANDED =
      "text with no variables but $remote_addr, $scheme, $host, $region; $$ stands for $";

  Access access(boolean routed) {
    Field access = spec.at("access");
    Field origins = access.at("allowedOrigins");
    if (origins.node().isArray() && origins.node().isEmpty()) {
      origins.problem("must not be empty; remove it to let any origin connect");
    } else if (!origins.present() && routed) {
      origins.warning("any origin may connect; list those that may, such as https://example.com");
    }
    Field proxies = access.at("trustedProxies");
    List<String> networks =
        proxies.items().stream()
            .flatMap(it -> it.parsed("a network such as 10.0.0.0/8", Formats::network).stream())
            .toList();
    return new Access(
        origins.listOf(Syntax.ORIGIN),
        access.at("maxConnections").integer(1, 1_000_000).orElse(10_000),
        access.at("maxConnectionsPerClient").integer(0, 1_000_000).orElse(0),
        proxies.present() ? networks : TRUSTED);
  }

  Limits limits() {
    Field limits = spec.at("limits");
    Field field = limits.at("maxFrame");
    long maxFrame =
        field.node().canConvertToInt()
            ? field.node().longValue()
            : field.parsed("a size such as 1Mi", Formats::size).orElse(1L << 20);
    if (maxFrame < 125 || maxFrame > 1L << 30) { // RFC 6455, section 5.5: a control frame must fit
      field.expected("from 125 to 1Gi");
    }
    return new Limits(maxFrame, limits.at("slowClient").duration("60s", "1s", SpecReader.LONGEST));
  }

  Headers headers() {
    Map<String, String> set = new LinkedHashMap<>();
    Set<String> names = new HashSet<>();
    for (var entry : spec.at("headers").at("set").entries().entrySet()) {
      Field field = entry.getValue();
      if (!Syntax.HEADER.matches(entry.getKey())) {
        field.problem("must have " + Syntax.HEADER.description);
      }
      if (!names.add(entry.getKey().toLowerCase(Locale.ROOT))) {
        field.problem("is set twice");
      }
      field
          .matching(Syntax.HEADER_VALUE)
          .flatMap(_ -> field.parsed(EXPANDED, Formats::expandable))
          .ifPresent(value -> set.put(entry.getKey(), value));
    }
    return new Headers(set, spec.at("headers").at("remove").listOf(Syntax.HEADER));
  }

  Fallback fallback() {
    Field fallback = spec.at("fallback");
    return new Fallback(
        fallback.at("status").integer(400, 599).orElse(503),
        fallback.at("retryAfter").duration("5s", "0s", SpecReader.LONGEST),
        fallback.at("body").matching(Syntax.BODY));
  }
}
