package dev.dormouse.activator.route;

import dev.dormouse.core.RequestPath;
import dev.dormouse.core.RoutePath;
import dev.dormouse.core.ServiceSpec.Limits;
import dev.dormouse.core.ServiceSpec.Route;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Which service answers to which host and path. A route with a host goes before one without, a
 * literal path before one with {@code {name}} before one that ends with {@code *}, of two of a kind
 * the one that is so further to the right, and then the earlier service. Percent-encodings are
 * compared as RFC 3986, 6.2.2 says, and handed on as they came. Immutable.
 */
public final class RouteTable {
  private static final String ANY_HOST = "";

  private final Map<String, Routes> byHost = new HashMap<>();
  private final Optional<String> region;
  private final boolean scripted;
  private boolean takesRequests;
  private final int maxHead;

  private RouteTable(Optional<String> region, boolean scripted, int maxHead) {
    this.region = region;
    this.scripted = scripted;
    this.maxHead = maxHead;
  }

  /**
   * Where a request leads.
   *
   * @param upstreamTarget the request target that the workload sees: path and query
   */
  public record Hit(GatedService served, Route route, String upstreamTarget) {}

  /** Where one route leads. */
  private record Way(
      RoutePath pattern, Optional<String> upstreamPath, Route route, GatedService served) {
    Optional<Hit> match(String path, RequestPath parsed) {
      return pattern
          .match(parsed)
          .map(found -> new Hit(served, route, upstreamPath.map(found::fill).orElse(path)));
    }
  }

  /** Literal ones by their path, the others in the order in which they are asked. */
  private record Routes(Map<String, Way> literal, List<Way> others) {
    Optional<Hit> match(String path) {
      Way way = literal.get(RequestPath.normalized(path));
      if (way != null) {
        return Optional.of(new Hit(way.served, way.route, way.upstreamPath.orElse(path)));
      }
      if (others.isEmpty()) {
        return Optional.empty();
      }
      var parsed = RequestPath.of(path);
      return others.stream().flatMap(it -> it.match(path, parsed).stream()).findFirst();
    }
  }

  /** Bytes of the largest head that any service takes: all that is known before it is read. */
  public int maxHead() {
    return maxHead;
  }

  /**
   * The routes of all services.
   *
   * @param region what {@code {region}} stands for; without it such routes match nothing
   */
  public static RouteTable of(Collection<GatedService> services, Optional<String> region) {
    boolean scripted = services.stream().anyMatch(s -> s.spec().fallback().script());
    int maxHead =
        services.stream()
            .mapToInt(s -> s.spec().limits().maxHead())
            .max()
            .orElse(Limits.USUAL_MAX_HEAD);
    var table = new RouteTable(region, scripted, maxHead);
    services.forEach(s -> s.spec().routes().forEach(route -> table.add(s, route)));
    table
        .byHost
        .values()
        .forEach(it -> it.others.sort((a, b) -> RoutePath.bySpecificity(a.pattern, b.pattern)));
    return table;
  }

  /**
   * Finds the service for a request.
   *
   * @param host the Host header, with or without a port
   * @param target the request target in origin-form; its query is kept and not part of the match
   */
  public Optional<Hit> match(String host, String target) {
    int query = target.indexOf('?');
    String path = query < 0 ? target : target.substring(0, query);
    if (!path.startsWith("/")) {
      return Optional.empty();
    }
    return matchIn(withoutPort(host), path)
        .or(() -> matchIn(ANY_HOST, path))
        .map(
            hit ->
                new Hit(
                    hit.served, hit.route, hit.upstreamTarget + target.substring(path.length())));
  }

  /** Whether a route answers to more than upgrades. */
  public boolean takesRequests() {
    return takesRequests;
  }

  /** Whether a service lets web pages have the script. */
  public boolean isScripted() {
    return scripted;
  }

  /** Where this Dormouse runs. */
  public Optional<String> region() {
    return region;
  }

  private Optional<Hit> matchIn(String host, String path) {
    return Optional.ofNullable(byHost.get(host)).flatMap(routes -> routes.match(path));
  }

  private void add(GatedService served, Route route) {
    if (region.isEmpty() && route.path().contains("{region}")) {
      return;
    }
    takesRequests |= route.takesRequests();
    Routes routes =
        byHost.computeIfAbsent(
            withoutPort(route.host().orElse(ANY_HOST)),
            _ -> new Routes(new HashMap<>(), new ArrayList<>()));
    var pattern = RoutePath.of(route.path(), region);
    var way = new Way(pattern, route.upstreamPath().map(this::here), route, served);
    if (pattern.isLiteral()) {
      routes.literal.putIfAbsent(RequestPath.normalized(here(route.path())), way);
    } else {
      routes.others.add(way);
    }
  }

  private String here(String path) {
    return path.replace("{region}", region.orElse("{region}"));
  }

  private static String withoutPort(String host) {
    int colon = host.indexOf(':', host.indexOf(']') + 1);
    return (colon < 0 ? host : host.substring(0, colon)).toLowerCase(Locale.ROOT);
  }
}
