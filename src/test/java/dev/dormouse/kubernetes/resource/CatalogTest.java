package dev.dormouse.kubernetes.resource;

import static dev.dormouse.kubernetes.resource.Objects.changed;
import static dev.dormouse.kubernetes.resource.Objects.service;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec.Route;
import dev.dormouse.kubernetes.resource.Validity.Broken;
import dev.dormouse.kubernetes.resource.Validity.Entry;
import dev.dormouse.kubernetes.resource.Validity.Reason;
import dev.dormouse.kubernetes.resource.Validity.Sound;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CatalogTest {
  private static final String GOOD = "{command: [puma], image: a, port: 80, path: /cable}";

  private final Catalog catalog = new Catalog(Optional.of("iad"), "cluster.local");

  @Test
  void aRouteWithoutAHostIsThatOfTheServicesOwnNames() {
    put("cable", 1, GOOD);
    assertThat(sound("cable").spec().routes())
        .extracting(route -> route.host().orElseThrow() + route.path())
        .containsExactly(
            "cable.shop/cable", "cable.shop.svc/cable", "cable.shop.svc.cluster.local/cable");
  }

  @Test
  void aDeclaredHostIsTheOnlyOne() {
    put("cable", 1, hosted("ws.example.com", "/cable"));
    assertThat(sound("cable").spec().routes())
        .containsExactly(new Route(Optional.of("ws.example.com"), "/cable", Optional.empty()));
  }

  @Test
  void aMistakeIsNamedByFieldAndValueWithoutAFile() {
    put("cable", 1, "{command: [puma], image: a, port: 80, path: /cable, idleTimeout: soon}");
    assertThat(broken("cable").reason()).isEqualTo(Reason.INVALID_SPEC);
    assertThat(broken("cable").message()).startsWith("spec.idleTimeout: ").endsWith("was \"soon\"");
  }

  @Test
  void aMistakeThatOnlyThisRegionMakesIsFound() {
    put(
        "cable",
        1,
        "{command: [puma], image: a, port: 80, path: /cable, regions: {iad: {port: 0}}}");
    assertThat(broken("cable").message()).contains("spec.port").contains("was 0");
  }

  @Test
  void thisRegionsPatchIsMerged() {
    put(
        "cable",
        1,
        "{command: [puma], image: a, port: 80, path: /cable, regions: {iad: {image: b}}}");
    assertThat(sound("cable").effective().path("image").asText()).isEqualTo("b");
  }

  @Test
  void whatWasGoodBeforeAMistakeGoesOnUntilTheObjectIsAnother() {
    OnDemandService good = service("cable", 1, GOOD);
    var _ = catalog.put(good);
    OnDemandService bad = changed(good, "{port: x}");
    var _ = catalog.put(bad);
    assertThat(broken("cable").instead().map(Entry::generation)).contains(1L);

    OnDemandService other = changed(bad, "{port: x}");
    other.getMetadata().setUid("another");
    var _ = catalog.put(other);
    assertThat(broken("cable").instead()).isEmpty();
  }

  @Test
  void freezingIsStoppingInAPod() {
    put("cable", 1, "{command: [puma], image: a, port: 80, path: /cable, sleep: Freeze}");
    assertThat(sound("cable").spec().sleep().name()).isEqualTo("STOP");
  }

  @Test
  void ofTwoThatClaimOneRouteTheOlderKeepsItWhateverComesFirst() {
    put("young", 2, hosted("ws.example.com", "/a"));
    assertThat(catalog.put(service("old", 1, hosted("ws.example.com", "/a"))))
        .containsExactly(id("young"));
    assertThat(sound("old").id()).isEqualTo(id("old"));
    assertThat(broken("young").reason()).isEqualTo(Reason.ROUTE_CONFLICT);
    assertThat(broken("young").message()).contains("ws.example.com/a").contains("shop/old");
    assertThat(broken("young").instead().orElseThrow().spec().routes()).isEmpty();

    assertThat(catalog.remove(id("old"))).containsExactly(id("young"));
    assertThat(sound("young").id()).isEqualTo(id("young"));
  }

  @Test
  void oneThatLostItsRouteTakesNoneFromOthers() {
    put("a", 1, hosted("h.example", "/x"));
    put(
        "b",
        2,
        "{command: [c], image: i, port: 1, routes: [{host: h.example, path: /x}, {host: h.example,"
            + " path: /y}]}");
    put("c", 3, hosted("h.example", "/y"));
    assertThat(broken("b").reason()).isEqualTo(Reason.ROUTE_CONFLICT);
    assertThat(sound("c").id()).isEqualTo(id("c"));
  }

  @Test
  void aVariableClaimsWhatALiteralClaimsOnTheSameHostOnly() {
    put("any", 1, hosted("h.example", "/rooms/{name}"));
    put("one", 2, hosted("h.example", "/rooms/7"));
    put("elsewhere", 3, hosted("other.example", "/rooms/7"));
    assertThat(broken("one").reason()).isEqualTo(Reason.ROUTE_CONFLICT);
    assertThat(sound("elsewhere").id()).isEqualTo(id("elsewhere"));
  }

  @Test
  void thoseThatDependOnEachOtherInACircleAreInvalidAndNameTheWay() {
    put("a", 1, depends("b"));
    put("b", 1, depends("c"));
    assertThat(sound("a").id()).isEqualTo(id("a"));
    assertThat(catalog.put(service("c", 1, depends("a")))).containsExactly(id("a"), id("b"));
    assertThat(broken("a").message()).contains("a -> b -> c -> a");
    assertThat(broken("c").reason()).isEqualTo(Reason.INVALID_SPEC);

    put("d", 1, depends("a"));
    assertThat(sound("d").id()).as("depends on a circle, is in none").isEqualTo(id("d"));
    assertThat(catalog.remove(id("c"))).contains(id("a"), id("b"));
    assertThat(sound("a").id()).isEqualTo(id("a"));
  }

  @Test
  void whatOthersDependOnNeedsNoRouteAndMayComeLater() {
    put("cable", 1, depends("redis"));
    assertThat(sound("cable").spec().dependsOn()).containsExactly("redis");
    put("redis", 2, "{command: [redis-server], image: r, port: 6379}");
    assertThat(sound("redis").routed()).isFalse();
    assertThat(catalog.dependentsOf(id("redis"))).containsExactly(id("cable"));
  }

  @Test
  void anObjectIsReadOnceAGeneration() {
    OnDemandService cable = service("cable", 1, GOOD);
    var _ = catalog.put(cable);
    Entry first = sound("cable");
    cable.setStatus(Objects.yaml("{phase: Active}"));
    assertThat(catalog.put(cable)).isEmpty();
    assertThat(sound("cable")).isSameAs(first);
  }

  @Test
  void oneWithAMistakeHurtsNobodyElse() {
    put("cable", 1, GOOD);
    put("broken", 1, "{port: [1]}");
    assertThat(catalog.served()).extracting(Entry::id).containsExactly(id("cable"));
  }

  private void put(String name, int day, String spec) {
    var _ = catalog.put(service(name, day, spec));
  }

  private Entry sound(String name) {
    assertThat(catalog.standing(id(name))).isInstanceOf(Sound.class);
    return ((Sound) catalog.standing(id(name))).entry();
  }

  private Broken broken(String name) {
    assertThat(catalog.standing(id(name))).isInstanceOf(Broken.class);
    return (Broken) catalog.standing(id(name));
  }

  private static String hosted(String host, String path) {
    return "{command: [c], image: i, port: 1, routes: [{host: "
        + host
        + ", path: '"
        + path
        + "'}]}";
  }

  private static String depends(String on) {
    return "{command: [c], image: i, port: 1, path: /p, dependsOn: [" + on + "]}";
  }

  private static ServiceId id(String name) {
    return new ServiceId("shop", name);
  }
}
