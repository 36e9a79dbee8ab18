package dev.dormouse.core;

import dev.dormouse.core.ServiceSpec.Route;
import java.util.Optional;

/**
 * The requests that a route claims.
 *
 * @param host without port, in lower case; empty for any
 */
public record RoutePattern(Optional<String> host, RoutePath path) {
  /**
   * Of a route of valid syntax.
   *
   * @param region what {@code {region}} stands for, if it is known
   */
  public static RoutePattern of(Route route, Optional<String> region) {
    return new RoutePattern(route.host(), RoutePath.of(route.path(), region));
  }

  /** Whether there is a request that both claim. */
  public boolean overlaps(RoutePattern other) {
    boolean hosts = host.isEmpty() || other.host.isEmpty() || host.equals(other.host);
    return hosts && path.overlaps(other.path);
  }

  /**
   * Whether they cannot stand beside one another: they overlap, and none of them is an exception to
   * the {@code *} of the other.
   */
  public boolean conflictsWith(RoutePattern other) {
    return overlaps(other) && !isExceptionTo(other) && !other.isExceptionTo(this);
  }

  private boolean isExceptionTo(RoutePattern other) {
    boolean within = path.isWithin(other.path) && (other.host.isEmpty() || other.host.equals(host));
    boolean equal = other.path.isWithin(path);
    return other.path.isOpen() && within && !equal;
  }
}
