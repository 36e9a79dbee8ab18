package dev.dormouse.kubernetes.resource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.api.spec.ClaimedRoute;
import dev.dormouse.control.SteadyClock;
import dev.dormouse.core.RoutePattern;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec.Route;
import dev.dormouse.kubernetes.resource.RouteClaims.Claimant;
import dev.dormouse.kubernetes.resource.RouteClaims.Refusal;
import dev.dormouse.kubernetes.resource.Validity.Reason;
import dev.dormouse.kubernetes.status.HeldRoute;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RouteClaimsTest {
  private static final Instant START = Instant.parse("2026-05-01T12:00:00Z");
  private static final Optional<String> REGION = Optional.of("iad");

  private final HostRules rules = HostRules.unbounded();
  private final RouteClaims claims = new RouteClaims(REGION, rules);
  private final Set<String> known = new TreeSet<>();

  /** Each claims what the one before it claims, too: it took as long as there are ways back. */
  @Test
  void aChainIsSettledInOneStepEach() {
    int length = 5_000;
    for (int i = 0; i < length; i++) {
      put(claimant("s" + i, i, "h.example/p" + i, "h.example/p" + (i + 1)));
    }
    var _ = claims.settle();
    for (int i = 0; i < length; i++) {
      assertThat(claims.refusal(id("s" + i)).isPresent()).as("s%d", i).isEqualTo(i % 2 == 1);
    }
  }

  @Test
  void oneThatAllOthersAreInTheWayOfLosesOnce() {
    put(claimant("first", 0, "h.example/p"));
    for (int i = 1; i < 30; i++) {
      put(claimant("s" + i, i, "h.example/q" + i % 2, "h.example/p"));
    }
    var _ = claims.settle();
    assertThat(refused()).hasSize(29).doesNotContain("first");
    claims.remove(id("first"));
    assertThat(claims.settle()).contains(id("s1"));
    assertThat(refused()).hasSize(28).doesNotContain("s1");
  }

  @Test
  void ofDuplicatesTheFirstByNameWinsIfTheyAreAsOld() {
    put(claimant("b", 0, "h.example/p"));
    put(claimant("a", 0, "h.example/p"));
    var _ = claims.settle();
    assertThat(refused()).containsExactly("b");
    assertThat(claims.refusal(id("b")).orElseThrow())
        .isEqualTo(
            new Refusal(
                Reason.ROUTE_CONFLICT, "h.example/p belongs to shop/a, which claimed it first"));
  }

  @Test
  void whatIsHeldIsKeptWhoeverIsOlder() {
    put(holder("young", 9, Map.of("h.example/p", 5), "h.example/p"));
    put(claimant("old", 0, "h.example/{any}"));
    var _ = claims.settle();
    assertThat(refused()).containsExactly("old");
  }

  /** Should two say that they have it, as after a partition, time decides. */
  @Test
  void ofTwoThatHoldOneRouteTheFirstHolderKeepsIt() {
    put(holder("old", 0, Map.of("h.example/p", 8), "h.example/p"));
    put(holder("young", 9, Map.of("h.example/p", 5), "h.example/p"));
    var _ = claims.settle();
    assertThat(refused()).containsExactly("old");
    assertThat(claims.hold(id("old"), START)).isEmpty();
    assertThat(claims.hold(id("young"), START)).containsOnlyKeys("h.example/p");
  }

  @Test
  void whoClaimsOneTooManyKeepsWhatItHadAndGetsNothingNew() {
    put(holder("other", 5, Map.of("h.example/q", 1), "h.example/q"));
    put(holder("greedy", 0, Map.of("h.example/p", 2), "h.example/p", "h.example/q", "h.example/r"));
    put(claimant("p", 0, "h.example/p"));
    put(claimant("r", 9, "h.example/r"));
    var _ = claims.settle();
    assertThat(refused()).containsExactlyInAnyOrder("greedy", "p");
    assertThat(claims.hold(id("greedy"), START)).containsOnlyKeys("h.example/p");
  }

  /** Somebody who takes a route away and brings it back must not find two that hold it. */
  @Test
  void whatIsNotDeclaredAnyMoreIsFreeOnceTheStatusDoesNotSayItAnyMore() {
    put(holder("before", 0, Map.of("h.example/p", 1)));
    put(claimant("after", 1, "h.example/p"));
    var _ = claims.settle();
    assertThat(refused()).containsExactly("after");
    assertThat(claims.hold(id("before"), START)).isEmpty();
    put(claimant("before", 0));
    assertThat(claims.settle()).contains(id("after"));
    assertThat(refused()).isEmpty();
  }

  @Test
  void aHostBelongsToTheNamespaceThatClaimedItFirstUnlessAnotherListsIt() {
    put(claimant("a", 0, "h.example/a"));
    put(claimant("b", 1, "h.example/b"));
    put(in("evil", claimant("c", 2, "h.example/c")));
    var _ = claims.settle();
    assertThat(claims.refusal(id("b"))).isEmpty();
    assertThat(claims.refusal(new ServiceId("evil", "c")).orElseThrow().message())
        .isEqualTo("h.example belongs to the namespace shop, which claimed it first");

    rules.put("evil", Optional.of("*.example"));
    claims.reconsider("evil");
    assertThat(claims.settle()).containsExactly(new ServiceId("evil", "c"));
    assertThat(claims.refusal(new ServiceId("evil", "c"))).isEmpty();
  }

  @Test
  void theFormsOfPathsOfAHostAreBounded() {
    for (int i = 0; i <= RouteClaims.MAX_FORMS; i++) {
      put(claimant("s" + i, i, "h.example/a" + "/{x}".repeat(i).replace("x}", "x" + i + "}")));
    }
    var _ = claims.settle();
    assertThat(refused()).containsExactly("s" + RouteClaims.MAX_FORMS);
    put(claimant("elsewhere", 99, "i.example/a/b"));
    var _ = claims.settle();
    assertThat(claims.refusal(id("elsewhere"))).isEmpty();
  }

  /** Whatever comes and goes in whatever order: as if all had been settled at once, by hand. */
  @Test
  void settlingStepByStepIsSettlingAllAtOnce() {
    for (int seed = 0; seed < 150; seed++) {
      var random = new Random(seed);
      HostRules here = HostRules.unbounded();
      var stepwise = new RouteClaims(REGION, here);
      Map<ServiceId, Claimant> all = new HashMap<>();
      for (int step = 0; step < 60; step++) {
        ServiceId id =
            new ServiceId(random.nextInt(4) == 0 ? "evil" : "shop", "s" + random.nextInt(12));
        if (random.nextInt(5) == 0) {
          stepwise.remove(id);
          all.remove(id);
        } else {
          Claimant next = random(id, random);
          stepwise.put(next);
          all.put(id, next);
        }
        if (random.nextInt(10) == 0) {
          here.put("evil", Optional.of("*.example,x.other").filter(_ -> random.nextBoolean()));
          stepwise.reconsider("evil");
          if (random.nextInt(3) == 0) {
            here.put("shop", Optional.empty());
            stepwise.reconsider("shop");
          }
        }
        if (random.nextInt(3) == 0) {
          var _ = stepwise.settle();
          Map<ServiceId, Reason> expected = new Plain(all.values(), here).refusals();
          Map<ServiceId, Reason> found = new HashMap<>();
          all.keySet()
              .forEach(it -> stepwise.refusal(it).ifPresent(r -> found.put(it, r.reason())));
          assertThat(found).as("seed %d, step %d: %s", seed, step, all).isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void tenThousandServicesOfThreeRoutes() {
    int many = 10_000;
    InstantSource clock = new SteadyClock();
    for (boolean oneHost : List.of(false, true, false, true)) {
      var large = new RouteClaims(REGION, rules);
      for (int i = 0; i < many; i++) {
        String host = oneHost ? "h.example" : "h" + i / 2 + ".example";
        large.put(
            claimant("s" + i, i, host + "/a" + i / 2, host + "/b" + i + "/{x}", host + "/c" + i));
      }
      Instant begin = clock.instant();
      assertThat(large.settle()).hasSize(many);
      Instant settled = clock.instant();
      large.put(claimant("s1", 1, "h.example/new"));
      assertThat(large.settle()).contains(id("s1"));
      Instant changed = clock.instant();
      assertThat(
              IntStream.range(0, many).filter(i -> large.refusal(id("s" + i)).isPresent()).count())
          .isEqualTo(many / 2 - 1);
      System.getLogger("dormouse")
          .log(
              System.Logger.Level.INFO,
              "{0} services, {1}: {2} ms, a change {3} ms",
              many,
              oneHost ? "one host" : "a host for two",
              Duration.between(begin, settled).toMillis(),
              Duration.between(settled, changed).toMillis());
    }
  }

  private void put(Claimant claimant) {
    known.add(claimant.id().name());
    claims.put(claimant);
  }

  private List<String> refused() {
    return known.stream().filter(it -> claims.refusal(id(it)).isPresent()).toList();
  }

  private static Claimant random(ServiceId id, Random random) {
    List<String> hosts =
        List.of("h.example", "i.example", "x.other", "s1.shop", "s1.shop.svc", id.name() + ".shop");
    List<String> paths = List.of("/a", "/b", "/{x}", "/a/{x}", "/*", "/a/b", "/{region}", "/iad");
    List<String> routes = new ArrayList<>();
    Map<String, Integer> held = new HashMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      String route = pick(hosts, random) + pick(paths, random);
      routes.add(route);
      if (random.nextInt(3) == 0) {
        held.put(random.nextInt(4) == 0 ? "h.example/a" : route, random.nextInt(20));
      }
    }
    Claimant made = holder(id.name(), random.nextInt(10), held, routes.toArray(String[]::new));
    return in(id.namespace(), made);
  }

  private static String pick(List<String> of, Random random) {
    return of.get(random.nextInt(of.size()));
  }

  private static Claimant in(String namespace, Claimant claimant) {
    return new Claimant(
        new ServiceId(namespace, claimant.id().name()),
        claimant.created(),
        claimant.routes(),
        claimant.held());
  }

  private static Claimant claimant(String name, int second, String... routes) {
    return holder(name, second, Map.of(), routes);
  }

  private static Claimant holder(
      String name, int second, Map<String, Integer> held, String... routes) {
    Map<String, HeldRoute> holding = new TreeMap<>();
    held.forEach(
        (text, since) -> {
          Route route = route(text);
          holding.put(
              text,
              new HeldRoute(route.host().orElseThrow(), route.path(), START.plusSeconds(since)));
        });
    return new Claimant(
        id(name),
        START.plusSeconds(second),
        List.of(routes).stream().map(RouteClaimsTest::route).toList(),
        holding);
  }

  private static String text(Route route) {
    return ClaimedRoute.of(route, REGION).toString();
  }

  private static Route route(String text) {
    int slash = text.indexOf('/');
    return new Route(
        Optional.of(text.substring(0, slash)), text.substring(slash), Optional.empty());
  }

  private static ServiceId id(String name) {
    return new ServiceId("shop", name);
  }

  /** The table above {@link RouteClaims}, route by route against all that is taken. */
  private record Plain(List<Claimant> all, HostRules rules, List<Taken> taken) {
    private record Taken(ServiceId by, Route route) {}

    private record Had(Claimant by, HeldRoute held) {}

    Plain(Collection<Claimant> all, HostRules rules) {
      this(
          all.stream()
              .sorted(Comparator.comparing(Claimant::created).thenComparing(Claimant::id))
              .toList(),
          rules,
          new ArrayList<>());
    }

    Map<ServiceId, Reason> refusals() {
      Map<ServiceId, Set<String>> kept = kept();
      Map<ServiceId, Reason> refusals = new HashMap<>();
      for (Claimant by : all) {
        for (Route route : by.routes()) {
          if (HostRules.isOwn(by.id(), route.host().orElseThrow())) {
            if (free(by, route)) {
              taken.add(new Taken(by.id(), route));
            } else {
              refusals.put(by.id(), Reason.ROUTE_CONFLICT);
            }
          }
        }
      }
      for (Claimant by : all) {
        Set<String> mine = kept.getOrDefault(by.id(), Set.of());
        for (Route route : by.routes()) {
          String host = route.host().orElseThrow();
          if (!mine.contains(text(route)) && !HostRules.isOwn(by.id(), host)) {
            if (rules.objection(by.id(), host, false).isPresent()) {
              refusals.putIfAbsent(by.id(), Reason.HOST_NOT_ALLOWED);
            } else if (!free(by, route)) {
              refusals.putIfAbsent(by.id(), Reason.ROUTE_CONFLICT);
            }
          }
        }
        if (!refusals.containsKey(by.id())) {
          by.routes().forEach(it -> taken.add(new Taken(by.id(), it)));
        }
      }
      return refusals;
    }

    /** What is kept of what was held, by service. */
    private Map<ServiceId, Set<String>> kept() {
      List<Had> had = new ArrayList<>();
      all.forEach(by -> by.held().values().forEach(it -> had.add(new Had(by, it))));
      had.sort(
          Comparator.<Had, Instant>comparing(it -> it.held().since())
              .thenComparingInt(it -> all.indexOf(it.by()))
              .thenComparing(it -> it.held().toString()));
      Map<ServiceId, Set<String>> kept = new HashMap<>();
      for (Had it : had) {
        Route route = it.held().route();
        if (rules.objection(it.by().id(), it.held().host(), true).isEmpty()
            && free(it.by(), route)) {
          taken.add(new Taken(it.by().id(), route));
          kept.computeIfAbsent(it.by().id(), _ -> new HashSet<>()).add(text(route));
        }
      }
      return kept;
    }

    private boolean free(Claimant by, Route route) {
      String host = route.host().orElseThrow();
      String namespace = by.id().namespace();
      boolean foreign =
          taken.stream()
              .filter(it -> it.route().host().orElseThrow().equals(host))
              .findFirst()
              .filter(it -> !it.by().namespace().equals(namespace))
              .isPresent();
      return !(foreign && !rules.shares(namespace, host))
          && taken.stream().noneMatch(it -> isInTheWay(it, by.id(), route));
    }

    /** Of another namespace even an exception takes clients away. */
    private static boolean isInTheWay(Taken other, ServiceId by, Route route) {
      var mine = RoutePattern.of(route, REGION);
      var theirs = RoutePattern.of(other.route(), REGION);
      return other.by().namespace().equals(by.namespace())
          ? !other.by().equals(by) && mine.conflictsWith(theirs)
          : mine.overlaps(theirs);
    }
  }
}
