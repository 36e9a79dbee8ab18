package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.api.spec.ClaimedRoute;
import dev.dormouse.core.RoutePattern;
import dev.dormouse.core.ServiceSpec.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class RouteIndexTest {
  private static final Optional<String> REGION = Optional.of("iad");

  @Test
  void theIndexFindsTheFirstThatOverlapsAndIsOfAnother() {
    var random = new Random(2);
    for (int round = 0; round < 200; round++) {
      var index = new RouteIndex<Integer>();
      List<Route> routes = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        Route route = new Route(host(random), path(random), Optional.empty());
        int owner = i / 2;
        assertThat(index.rival(ClaimedRoute.of(route, REGION), owner).map(RouteIndex.Had::order))
            .as(route + " among " + routes)
            .isEqualTo(first(routes, owner, it -> pattern(it).conflictsWith(pattern(route))));
        if (route.host().isPresent()) {
          assertThat(
                  index.overlap(ClaimedRoute.of(route, REGION), owner).map(RouteIndex.Had::order))
              .as(route + " among " + routes)
              .isEqualTo(
                  first(
                      routes,
                      owner,
                      it ->
                          it.host().equals(route.host()) && pattern(it).overlaps(pattern(route))));
        }
        index.add(ClaimedRoute.of(route, REGION), owner);
        routes.add(route);
      }
    }
  }

  @Test
  void formsOfPathsAreCountedByHost() {
    var index = new RouteIndex<String>();
    assertThat(index.forms(route("x", "/a"))).isEqualTo(1);
    index.add(route("x", "/a"), "me");
    assertThat(index.forms(route("x", "/b"))).isEqualTo(1);
    assertThat(index.forms(route("x", "/{b}"))).isEqualTo(2);
    assertThat(index.forms(route("y", "/{b}"))).isEqualTo(1);
  }

  private static Optional<Integer> first(List<Route> routes, int owner, Predicate<Route> rivals) {
    return Stream.iterate(0, it -> it < routes.size(), it -> it + 1)
        .filter(it -> it / 2 != owner)
        .filter(it -> rivals.test(routes.get(it)))
        .findFirst();
  }

  private static RoutePattern pattern(Route route) {
    return RoutePattern.of(route, REGION);
  }

  private static ClaimedRoute route(String host, String path) {
    return ClaimedRoute.of(new Route(Optional.of(host), path, Optional.empty()), REGION);
  }

  private static Optional<String> host(Random random) {
    return Optional.of(List.of("", "x", "y").get(random.nextInt(3))).filter(it -> !it.isEmpty());
  }

  private static String path(Random random) {
    List<String> kinds = List.of("", "a", "b", "ab", "{region}", "{x}", "{y}");
    var path = new StringBuilder();
    for (int i = random.nextInt(3); i >= 0; i--) {
      path.append('/').append(kinds.get(random.nextInt(kinds.size())));
    }
    boolean open = random.nextInt(3) == 0 && path.charAt(path.length() - 1) != '}';
    return path.append(open ? "*" : "").toString();
  }
}
