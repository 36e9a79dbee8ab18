package dev.dormouse.api.spec;

import dev.dormouse.api.schema.Field;
import dev.dormouse.api.schema.Formats;
import dev.dormouse.api.schema.Syntax;
import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.core.ServiceSpec.Fallback;
import dev.dormouse.core.ServiceSpec.Headers;
import dev.dormouse.core.ServiceSpec.Limits;
import dev.dormouse.core.ServiceSpec.Monitor;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads what concerns connections: {@code access}, {@code limits}, headers, the fallback. */
record TrafficReader(Field spec, ReaderContext context) {
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
        proxies.items().stream().flatMap(it -> it.text(Formats::network).stream()).toList();
    return new Access(
        origins.texts(),
        access.at("maxConnections").integer(),
        perClient(access.at("maxConnectionsPerClient"), proxies),
        proxies.present() ? networks : context.trustedProxies(),
        access.at("monitors").items().stream().map(TrafficReader::monitor).toList());
  }

  private static Monitor monitor(Field monitor) {
    Optional<String> address = monitor.at("address").text(Formats::network);
    Optional<String> userAgent = monitor.at("userAgent").text();
    if (!monitor.at("address").present() && !monitor.at("userAgent").present()) {
      monitor.problem("must have address or userAgent");
    }
    return new Monitor(address, userAgent);
  }

  /** A limit by address means nothing if all have the same, or if everybody chooses. */
  private int perClient(Field limit, Field proxies) {
    int most = limit.integer();
    if (most > 0 && !proxies.present() && !context.knowsProxies()) {
      limit.warning(
          "behind a proxy on another machine all clients are one: list it in"
              + " access.trustedProxies");
    }
    for (Field network : proxies.items()) {
      if (most > 0 && network.node().asText().endsWith("/0")) {
        network.warning("trusts everybody: each client chooses the address that is limited");
      }
    }
    return most;
  }

  Limits limits() {
    Field limits = spec.at("limits");
    return new Limits(
        limits.at("maxFrame").size().orElse(Long.MAX_VALUE),
        (int) Math.min(limits.at("maxHead").size().orElseThrow(), Integer.MAX_VALUE),
        limits.at("slowClient").duration());
  }

  Headers headers() {
    Map<String, String> set = new LinkedHashMap<>();
    Set<String> names = new HashSet<>();
    for (var entry : spec.at("headers").at("set").entries().entrySet()) {
      Field field = entry.getValue();
      if (!Syntax.SET_HEADER.matches(entry.getKey())) {
        field.problem("must have " + Syntax.SET_HEADER.description);
      }
      if (!names.add(entry.getKey().toLowerCase(Locale.ROOT).replace('_', '-'))) {
        field.problem("is set twice");
      }
      field
          .text()
          .flatMap(_ -> field.parsed(EXPANDED, Formats::expandable))
          .ifPresent(value -> set.put(entry.getKey(), value));
    }
    return new Headers(set, spec.at("headers").at("remove").texts());
  }

  Fallback fallback() {
    Field fallback = spec.at("fallback");
    return new Fallback(
        fallback.at("status").integer(),
        fallback.at("retryAfter").duration(),
        fallback.at("body").text(),
        fallback.at("script").flag(),
        fallback.at("page").flag());
  }
}
