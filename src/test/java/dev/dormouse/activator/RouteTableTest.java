package dev.dormouse.activator;

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
            List.of("/", "/cable/", "/cable/x", "/x/cable", "/Cable", "/cabl", "/%63able", "*", ""))
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

  private static Optional<String> upstream(RouteTable table, String target) {
    return upstream(table, "host", target);
  }

  private static Optional<String> upstream(RouteTable table, String host, String target) {
    return table.match(host, target).map(RouteTable.Hit::upstreamTarget);
  }

  private static Served served(String name, Route... routes) {
    return new Served(
        new ServiceId("default", name),
        Specs.at("/").routes(List.of(routes)).build(),
        new Gate(InstantSource.system(), () -> {}));
  }
}
