package dev.dormouse.activator.route;

import static dev.dormouse.testing.Specs.route;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec.Route;
import dev.dormouse.gate.Gate;
import dev.dormouse.testing.Specs;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** N2 and N13 of the field notes: a cable path that is matched by prefix, a host by case. */
final class RouteTableTest {
  private static final Optional<String> HERE = Optional.of("iad");

  @Test
  @Tag("N2")
  void matchesTheWholePathAndNothingElse() {
    RouteTable table = RouteTable.of(List.of(served("cable", route("", "/cable", ""))), HERE);

    assertThat(table.match("any", "/cable").map(RouteTable.Hit::upstreamTarget)).contains("/cable");
    assertThat(
            List.of(
                "/",
                "/cable/",
                "/cable/x",
                "/x/cable",
                "/Cable",
                "/cabl",
                "/ca%2Fble",
                "cable",
                "*",
                ""))
        .allSatisfy(path -> assertThat(table.match("any", path)).isEmpty());
  }

  @Test
  @Tag("N2")
  void sendsTheDeclaredPathUpstreamAndKeepsTheQuery() {
    RouteTable table =
        RouteTable.of(
            List.of(served("cable", route("", "/showcase/regions/{region}/cable", "/cable"))),
            HERE);

    assertThat(upstream(table, "/showcase/regions/iad/cable?token=a%2Fb?c"))
        .contains("/cable?token=a%2Fb?c");
    assertThat(upstream(table, "/showcase/regions/ord/cable")).isEmpty();
  }

  @Test
  void matchesNoRegionWhereThereIsNone() {
    RouteTable table =
        RouteTable.of(List.of(served("cable", route("", "/{region}/cable", ""))), Optional.empty());

    assertThat(upstream(table, "/iad/cable")).isEmpty();
    assertThat(upstream(table, "/{region}/cable")).isEmpty();
  }

  @Test
  void bindsOneSegmentToEachNameAndUsesItUpstream() {
    RouteTable table =
        RouteTable.of(
            List.of(served("cable", route("", "/t/{tenant}/{room}", "/{room}/of/{tenant}.x"))),
            HERE);

    assertThat(upstream(table, "/t/a%2Fb/c?d=e")).contains("/c/of/a%2Fb.x?d=e");
    assertThat(upstream(table, "/t/a/b/c")).isEmpty();
    assertThat(upstream(table, "/t//c")).isEmpty();
    assertThat(upstream(table, "/t/../c")).isEmpty();
    assertThat(upstream(table, "/t/a/%2E.")).isEmpty();
    assertThat(upstream(table, "/t/a/.")).isEmpty();
    assertThat(upstream(table, "/t/a/c#d")).isEmpty();
    assertThat(upstream(table, "/t/a\\/c")).isEmpty();
    assertThat(upstream(table, "/t/a/..c")).contains("/..c/of/a.x");
    assertThat(upstream(table, "/t/a/")).isEmpty();
  }

  @Test
  void takesALiteralPathForItsWordsNotAsAPattern() {
    RouteTable table = RouteTable.of(List.of(served("cable", route("", "/a.b/{x}", ""))), HERE);

    assertThat(upstream(table, "/a.b/1")).contains("/a.b/1");
    assertThat(upstream(table, "/aXb/1")).isEmpty();
  }

  @Test
  @Tag("N13")
  void comparesHostsWithoutPortAndCase() {
    RouteTable table =
        RouteTable.of(
            List.of(
                served("any", route("", "/cable", "/any")),
                served("one", route("Cable.Example.com", "/cable", "/one")),
                served("six", route("[::1]", "/cable", "/six"))),
            HERE);

    assertThat(upstream(table, "cABLE.example.COM:8080", "/cable")).contains("/one");
    assertThat(upstream(table, "[::1]:8080", "/cable")).contains("/six");
    assertThat(upstream(table, "other.example.com", "/cable")).contains("/any");
    assertThat(upstream(table, "", "/cable")).contains("/any");
  }

  @Test
  void prefersLiteralPathsAndEarlierServices() {
    RouteTable table =
        RouteTable.of(
            List.of(
                served("pattern", route("", "/{x}", "/pattern")),
                served("first", route("", "/cable", "/first")),
                served("second", route("", "/cable", "/second"))),
            HERE);

    assertThat(upstream(table, "/cable")).contains("/first");
    assertThat(upstream(table, "/other")).contains("/pattern");
  }

  @Test
  void asksTheMoreSpecificRouteFirstInWhateverOrderTheyAreDeclared() {
    List<GatedService> services =
        List.of(
            served("all", route("", "/*", "")),
            served("rooms", route("", "/rooms/*", "/rooms/*")),
            served("room", route("", "/rooms/{id}", "/room/{id}")),
            served("lobby", route("", "/rooms/lobby", "/lobby")),
            served("host", route("h", "/*", "/host/*")));
    for (List<GatedService> order : List.of(services, services.reversed())) {
      RouteTable table = RouteTable.of(order, HERE);
      assertThat(upstream(table, "x", "/rooms/lobby")).contains("/lobby");
      assertThat(upstream(table, "x", "/rooms/%6Cobby")).contains("/lobby");
      assertThat(upstream(table, "x", "/rooms/7?a=*")).contains("/room/7?a=*");
      assertThat(upstream(table, "x", "/rooms/7/b")).contains("/rooms/7/b");
      assertThat(upstream(table, "x", "/%61bc/%2f?d")).contains("/%61bc/%2f?d");
      assertThat(upstream(table, "x", "*")).isEmpty();
      assertThat(upstream(table, "x", "x:443")).isEmpty();
      assertThat(upstream(table, "h", "/rooms/lobby")).contains("/host/rooms/lobby");
    }
  }

  /** A target as long as the codec lets through, on every kind of route. */
  @Test
  void survivesTheLongestSegment() {
    RouteTable table =
        RouteTable.of(
            List.of(served("a", route("", "/a/{x}/b", "/{x}")), served("b", route("", "/b/*", ""))),
            HERE);
    String segment = "a%2F".repeat(100_000);

    assertThat(upstream(table, "/a/" + segment + "/b")).contains("/" + segment);
    assertThat(upstream(table, "/b/" + segment)).contains("/b/" + segment);
    assertThat(upstream(table, "/a/" + segment + "{/b")).isEmpty();
  }

  private static Optional<String> upstream(RouteTable table, String target) {
    return upstream(table, "host", target);
  }

  private static Optional<String> upstream(RouteTable table, String host, String target) {
    return table.match(host, target).map(RouteTable.Hit::upstreamTarget);
  }

  private static GatedService served(String name, Route... routes) {
    return new GatedService(
        new ServiceId("default", name),
        Specs.at("/").routes(List.of(routes)).build(),
        new Gate(InstantSource.system(), () -> {}));
  }
}
