package dev.dormouse.api.spec;

import dev.dormouse.core.RoutePath;
import dev.dormouse.core.ServiceSpec.Route;
import java.util.Optional;

/** A route, read once to be compared with many. Immutable. */
public final class ClaimedRoute {
  private final Route route;
  private final String text;
  private final RoutePath path;

  private ClaimedRoute(Route route, RoutePath path) {
    this.route = route;
    this.text = text(route);
    this.path = path;
  }

  /** A valid route; {@code {region}} in its path stands for this region. */
  public static ClaimedRoute of(Route route, Optional<String> region) {
    return new ClaimedRoute(route, RoutePath.of(route.path(), region));
  }

  /** {@code ws.example.com/cable}. */
  static String text(Route route) {
    return route.host().orElse("") + route.path();
  }

  /** As it was declared. */
  public Route route() {
    return route;
  }

  /** Its host, in lower case; empty for any. */
  public String host() {
    return route.host().orElse("");
  }

  /** What it claims of its host. */
  public RoutePath path() {
    return path;
  }

  /** {@code ws.example.com/cable}. */
  @Override
  public String toString() {
    return text;
  }
}
