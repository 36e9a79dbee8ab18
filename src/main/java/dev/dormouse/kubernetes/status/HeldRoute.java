package dev.dormouse.kubernetes.status;

import dev.dormouse.core.ServiceSpec.Route;
import java.time.Instant;
import java.util.Optional;

/**
 * A route with a host that a service has, as its status keeps it: nobody else gets it as long as
 * that service declares it.
 *
 * @param since when it was given to the service, in milliseconds
 */
public record HeldRoute(String host, String path, Instant since) {
  /** What was given, whatever the workload sees of it. */
  public Route route() {
    return new Route(Optional.of(host), path, Optional.empty());
  }

  /** {@code ws.example.com/cable}. */
  @Override
  public String toString() {
    return host + path;
  }
}
