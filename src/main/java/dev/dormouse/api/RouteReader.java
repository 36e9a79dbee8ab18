package dev.dormouse.api;

import dev.dormouse.core.ServiceSpec.Route;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Reads {@code path} or {@code routes}, and knows which routes claim the same requests. */
record RouteReader(Field spec, Optional<String> region) {
  private static final String REGION = "{region}";
  private static final Pattern VARIABLE = Pattern.compile("\\{\\w+}");

  List<Route> read() {
    Field path = spec.at("path");
    Field list = spec.at("routes");
    if (path.present() && list.present()) {
      list.problem("excludes path");
    }
    if (list.node().isArray() && list.node().isEmpty()) {
      list.problem("must not be empty");
    }
    List<Route> routes = new ArrayList<>();
    path(path).ifPresent(it -> routes.add(new Route(Optional.empty(), it, Optional.empty())));
    for (Field item : list.items()) {
      route(item).ifPresent(route -> add(route, item, routes));
    }
    return List.copyOf(routes);
  }

  private void add(Route route, Field item, List<Route> routes) {
    rival(route, routes, region)
        .ifPresent(it -> item.problem("cannot claim " + text(route) + " beside " + text(it)));
    routes.add(route);
  }

  private Optional<Route> route(Field item) {
    Optional<String> host = item.at("host").text();
    Optional<String> path = path(item.at("path"));
    Optional<String> upstream = item.at("upstreamPath").text(RouteReader::unrepeated);
    if (path.isPresent() && !variables(path.get()).containsAll(variables(upstream.orElse("")))) {
      item.at("upstreamPath").expected("a path with no variables but those of path");
    }
    return path.map(it -> new Route(host.map(h -> h.toLowerCase(Locale.ROOT)), it, upstream));
  }

  private Optional<String> path(Field field) {
    Optional<String> path = field.text(RouteReader::unrepeated);
    if (region.isEmpty() && path.filter(it -> variables(it).contains(REGION)).isPresent()) {
      field.warning(field.shown() + " matches nothing as long as the region is not known");
    }
    return path;
  }

  /** A variable that stood twice would have to match the same text twice. */
  private static Optional<String> unrepeated(String path) {
    return Optional.of(path)
        .filter(it -> VARIABLE.matcher(it).results().count() == variables(it).size());
  }

  private static Set<String> variables(String path) {
    return new HashSet<>(VARIABLE.matcher(path).results().map(MatchResult::group).toList());
  }

  /** The first of some routes that claims a request that this one claims too. */
  static Optional<Route> rival(Route route, List<Route> routes, Optional<String> region) {
    return routes.stream().filter(it -> overlap(it, route, region)).findFirst();
  }

  private static boolean overlap(Route a, Route b, Optional<String> region) {
    boolean hosts = a.host().isEmpty() || b.host().isEmpty() || a.host().equals(b.host());
    String[] left = a.path().split("/", -1);
    String[] right = b.path().split("/", -1);
    boolean claimed = hosts && left.length == right.length;
    for (int i = 0; claimed && i < left.length; i++) {
      claimed = overlap(left[i], right[i], region.orElse(REGION));
    }
    return claimed;
  }

  private static boolean overlap(String a, String b, String region) {
    String left = a.equals(REGION) ? region : a;
    String right = b.equals(REGION) ? region : b;
    return left.equals(right) || (any(left) && !right.isEmpty()) || (any(right) && !left.isEmpty());
  }

  private static boolean any(String segment) {
    return segment.startsWith("{") && !segment.equals(REGION);
  }

  static String text(Route route) {
    return route.host().orElse("") + route.path();
  }
}
