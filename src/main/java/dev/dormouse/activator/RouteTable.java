package dev.dormouse.activator;

import dev.dormouse.core.ServiceSpec.Route;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which service answers to which host and path. A route with a host goes before one without, a
 * literal path before one with {@code {name}} segments, an earlier service before a later one.
 * Percent-encoding is not touched. Immutable.
 */
public final class RouteTable {
  private static final Pattern VARIABLE = Pattern.compile("\\{([^/{}]+)}");

  /** RFC 3986, 3.3: any segment but those that lead to another directory, encoded or not. */
  private static final String SEGMENT =
      "(?!(?:\\.|%2[eE]){1,2}(?:/|$))((?:[\\w.~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)";

  private static final String ANY_HOST = "";

  private final Map<String, Routes> byHost = new HashMap<>();
  private final Optional<String> region;
  private final boolean scripted;

  private RouteTable(Optional<String> region, boolean scripted) {
    this.region = region;
    this.scripted = scripted;
  }

  /**
   * Where a request leads.
   *
   * @param upstreamTarget the request target that the workload sees: path and query
   */
  public record Hit(Served served, String upstreamTarget) {}

  private record Templated(
      Pattern path, List<String> names, Optional<String> upstreamPath, Served served) {
    Optional<Hit> match(String candidate) {
      Matcher matcher = path.matcher(candidate);
      return matcher.matches() ? Optional.of(hit(matcher)) : Optional.empty();
    }

    private Hit hit(MatchResult match) {
      String upstream = upstreamPath.orElse(match.group());
      if (upstreamPath.isPresent()) {
        for (int i = 0; i < names.size(); i++) {
          upstream = upstream.replace("{" + names.get(i) + "}", match.group(i + 1));
        }
      }
      return new Hit(served, upstream);
    }
  }

  private record Routes(Map<String, Hit> literal, List<Templated> templated) {
    Optional<Hit> match(String path) {
      return Optional.ofNullable(literal.get(path))
          .or(() -> templated.stream().flatMap(t -> t.match(path).stream()).findFirst());
    }
  }

  /**
   * The routes of all services.
   *
   * @param region what {@code {region}} stands for; without it such routes match nothing
   */
  public static RouteTable of(Collection<Served> services, Optional<String> region) {
    boolean scripted = services.stream().anyMatch(s -> s.spec().fallback().script());
    var table = new RouteTable(region, scripted);
    services.forEach(s -> s.spec().routes().forEach(route -> table.add(s, route)));
    return table;
  }

  /**
   * Finds the service for a request.
   *
   * @param host the Host header, with or without a port
   * @param target the request target; its query is kept and not part of the match
   */
  public Optional<Hit> match(String host, String target) {
    int query = target.indexOf('?');
    String path = query < 0 ? target : target.substring(0, query);
    return matchIn(withoutPort(host), path)
        .or(() -> matchIn(ANY_HOST, path))
        .map(hit -> new Hit(hit.served, hit.upstreamTarget + target.substring(path.length())));
  }

  /** Whether a service lets web pages have the script. */
  boolean isScripted() {
    return scripted;
  }

  Optional<String> region() {
    return region;
  }

  private Optional<Hit> matchIn(String host, String path) {
    return Optional.ofNullable(byHost.get(host)).flatMap(routes -> routes.match(path));
  }

  private void add(Served served, Route route) {
    if (region.isEmpty() && route.path().contains("{region}")) {
      return;
    }
    String path = here(route.path());
    Optional<String> upstreamPath = route.upstreamPath().map(this::here);
    Routes routes =
        byHost.computeIfAbsent(
            withoutPort(route.host().orElse(ANY_HOST)),
            _ -> new Routes(new HashMap<>(), new ArrayList<>()));
    List<String> names = VARIABLE.matcher(path).results().map(m -> m.group(1)).toList();
    if (names.isEmpty()) {
      routes.literal.putIfAbsent(path, new Hit(served, upstreamPath.orElse(path)));
    } else {
      String[] literals = VARIABLE.split(path, -1);
      var regex = new StringBuilder(Pattern.quote(literals[0]));
      for (int i = 1; i < literals.length; i++) {
        regex.append(SEGMENT).append(Pattern.quote(literals[i]));
      }
      routes.templated.add(
          new Templated(Pattern.compile(regex.toString()), names, upstreamPath, served));
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
