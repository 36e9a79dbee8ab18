package dev.dormouse.api.spec;

import dev.dormouse.api.schema.Field;
import dev.dormouse.api.schema.Formats;
import dev.dormouse.core.RoutePattern;
import dev.dormouse.core.ServiceSpec.Http;
import dev.dormouse.core.ServiceSpec.OwnAnswer;
import dev.dormouse.core.ServiceSpec.OwnAnswer.When;
import dev.dormouse.core.ServiceSpec.Route;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Reads {@code path} or {@code routes}, which may not claim the same requests. */
record RouteReader(Field spec, Optional<String> region) {
  private static final String REGION = "{region}";

  /** RFC 9110, 15.3.5, 15.3.6 and 15.4.5. */
  private static final Set<Integer> NEVER_WITH_BODY = Set.of(204, 205, 304);

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
    if (path.isPresent() && !path.get().endsWith("*") && upstream.orElse("").endsWith("*")) {
      item.at("upstreamPath").expected("a path without * where path has none");
    }
    Http http = item.at("http").choice(Http.class);
    Optional<OwnAnswer> own = own(item.at("answer"), http);
    return path.map(
        it -> new Route(host.map(h -> h.toLowerCase(Locale.ROOT)), it, upstream, http, own));
  }

  private static Optional<OwnAnswer> own(Field answer, Http http) {
    if (!answer.present()) {
      return Optional.empty();
    }
    int status = answer.at("status").integer();
    Field body = answer.at("body");
    if (body.present() && NEVER_WITH_BODY.contains(status)) {
      body.problem("cannot be sent with status " + status);
    }
    var when = answer.at("when").choice(When.class);
    boolean always = when == When.ALWAYS;
    if (always && http != Http.REFUSE) {
      answer.warning("is given always, so http: " + Formats.camel(http) + " never comes to pass");
    } else if (!always && http != Http.PASS) {
      answer.warning(
          http == Http.WAKE
              ? "is given while the service is asleep, so no request wakes it"
              : "is given while the service is asleep; awake it refuses requests, without http");
    }
    return Optional.of(
        new OwnAnswer(
            status,
            body.text().orElse(""),
            answer.at("contentType").text().orElse(OwnAnswer.PLAIN),
            when));
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

  /** The first of some routes that this one cannot stand beside. */
  private static Optional<Route> rival(Route route, List<Route> routes, Optional<String> region) {
    var pattern = RoutePattern.of(route, region);
    return routes.stream()
        .filter(it -> RoutePattern.of(it, region).conflictsWith(pattern))
        .findFirst();
  }

  private static String text(Route route) {
    return ClaimedRoute.text(route);
  }
}
