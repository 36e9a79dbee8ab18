package dev.dormouse.api;

import dev.dormouse.core.RequestPath;
import dev.dormouse.core.RoutePattern;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec.Route;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Which of many services, that come and go one by one, may have the routes that they claim: of two
 * that claim the same the older, and one that may not have a route has none. Looks only at services
 * that share a host and could share a path. Every route has a host here. Not thread-safe.
 */
public final class RouteClaims {
  private static final Comparator<Claim> BY_AGE =
      Comparator.comparing(Claim::since).thenComparing(Claim::id);

  private final Optional<String> region;
  private final Map<ServiceId, Claim> claims = new HashMap<>();
  private final Map<Place, NavigableSet<Claim>> rivals = new HashMap<>();

  /** No claims, of a region that {@code {region}} in a path stands for. */
  public RouteClaims(Optional<String> region) {
    this.region = region;
  }

  private record Claim(ServiceId id, Instant since, List<Route> routes) {}

  /** What can be shared: a host and a number of segments, of a literal path the path itself. */
  private record Place(String host, String path) {
    private static final String ANY = "";

    static Place of(Route route) {
      String host = route.host().orElse("");
      boolean literal = !route.path().contains("{") && !route.path().endsWith("*");
      return new Place(host, literal ? RequestPath.normalized(route.path()) : ANY);
    }
  }

  /** A service that lost a route, and to whom. */
  public record Conflict(Route route, ServiceId to) {
    /** {@code ws.example.com/cable belongs to shop/chat, which is older}. */
    @Override
    public String toString() {
      return RouteReader.text(route) + " belongs to " + to + ", which is older";
    }
  }

  /** Replaces what a service claims; {@code since} is when it was created. */
  public void put(ServiceId id, Instant since, List<Route> routes) {
    remove(id);
    var claim = new Claim(id, since, routes);
    claims.put(id, claim);
    for (Route route : routes) {
      rivals.computeIfAbsent(Place.of(route), _ -> new TreeSet<>(BY_AGE)).add(claim);
    }
  }

  /** Gives up what a service claims. */
  public void remove(ServiceId id) {
    Optional<Claim> old = Optional.ofNullable(claims.remove(id));
    for (Route route : old.map(Claim::routes).orElse(List.of())) {
      Place place = Place.of(route);
      NavigableSet<Claim> sharing = rivals.getOrDefault(place, new TreeSet<>(BY_AGE));
      old.ifPresent(sharing::remove);
      if (sharing.isEmpty()) {
        rivals.remove(place);
      }
    }
  }

  /** The services that may share a route with this one, itself not among them. */
  public List<ServiceId> neighbours(ServiceId id) {
    return Optional.ofNullable(claims.get(id)).stream()
        .flatMap(claim -> claim.routes().stream().flatMap(this::sharing))
        .map(Claim::id)
        .filter(other -> !other.equals(id))
        .distinct()
        .toList();
  }

  /** The first route that a service must leave to an older one. */
  public Optional<Conflict> conflict(ServiceId id) {
    return Optional.ofNullable(claims.get(id)).flatMap(this::conflict);
  }

  private Optional<Conflict> conflict(Claim claim) {
    return claim.routes().stream().flatMap(route -> lost(claim, route).stream()).findFirst();
  }

  private Optional<Conflict> lost(Claim claim, Route route) {
    return sharing(route)
        .filter(other -> BY_AGE.compare(other, claim) < 0)
        .filter(other -> takes(other, claim.id(), route))
        .filter(other -> conflict(other).isEmpty())
        .findFirst()
        .map(other -> new Conflict(route, other.id()));
  }

  /** In the namespace of another even an exception to a {@code *} would take its clients away. */
  private boolean takes(Claim other, ServiceId id, Route route) {
    var pattern = RoutePattern.of(route, region);
    return other.id().namespace().equals(id.namespace())
        ? RouteReader.rival(route, other.routes(), region).isPresent()
        : other.routes().stream().anyMatch(it -> RoutePattern.of(it, region).overlaps(pattern));
  }

  private Stream<Claim> sharing(Route route) {
    Place place = Place.of(route);
    if (place.path().equals(Place.ANY)) {
      return claims.values().stream()
          .filter(it -> it.routes().stream().anyMatch(r -> r.host().equals(route.host())))
          .sorted(BY_AGE);
    }
    return Stream.of(place, new Place(place.host(), Place.ANY))
        .flatMap(it -> rivals.getOrDefault(it, new TreeSet<>(BY_AGE)).stream());
  }
}
