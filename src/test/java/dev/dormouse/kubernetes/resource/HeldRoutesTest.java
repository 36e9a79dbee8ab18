package dev.dormouse.kubernetes.resource;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.core.RoutePattern;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec.Route;
import dev.dormouse.kubernetes.resource.Validity.Entry;
import dev.dormouse.kubernetes.status.HeldRoute;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Operator and activators over objects that tenants change as they like, in every order of changes,
 * passes, writes that are late, statuses that are lost, and operators that begin anew.
 */
class HeldRoutesTest {
  private static final Optional<String> REGION = Optional.of("iad");
  private static final Instant START = Instant.parse("2026-05-01T12:00:00Z");
  private static final List<String> HOSTS =
      List.of("h.example", "h.example", "i.example", "a1.shop", "a1.shop.svc", "b1.evil.svc");
  private static final List<String> PATHS =
      List.of("/cable", "/{x}", "/*", "/a/{x}", "/a/b", "/c*");

  private final Map<ServiceId, OnDemandService> objects = new TreeMap<>();
  private final Map<String, Set<String>> live = new HashMap<>();
  private Optional<String> evil = Optional.empty();
  private Catalog operator = catalog();
  private int versions;
  private int uids;

  @Test
  void anOlderObjectThatIsEditedDoesNotTakeWhatAnotherHas() {
    edit(id("shop", "a1"), 5, "h.example/cable");
    pass(id("shop", "a1"));
    edit(id("shop", "b1"), 1, "i.example/cable");
    pass(id("shop", "b1"));
    edit(id("shop", "b1"), 1, "h.example/cable");
    pass(id("shop", "b1"));
    restart();
    assertThat(standing("a1")).isInstanceOf(Validity.Sound.class);
    assertThat(standing("b1"))
        .isInstanceOfSatisfying(
            Validity.Broken.class,
            it ->
                assertThat(it.message())
                    .isEqualTo("h.example/cable belongs to shop/a1, which claimed it first"));
  }

  @Test
  void whoIsDeletedGivesItsRouteToWhoWaits() {
    edit(id("shop", "a1"), 1, "h.example/cable");
    pass(id("shop", "a1"));
    edit(id("shop", "b1"), 2, "h.example/cable");
    pass(id("shop", "b1"));
    delete(id("shop", "a1"));
    pass(id("shop", "b1"));
    edit(id("shop", "a1"), 1, "h.example/cable");
    pass(id("shop", "a1"));
    assertThat(standing("b1")).isInstanceOf(Validity.Sound.class);
    assertThat(standing("a1")).isInstanceOf(Validity.Broken.class);
  }

  @Test
  void aRouteThatGoesAndComesBackIsNobodysOnceTheWriteHasLanded() {
    edit(id("shop", "b1"), 1, "h.example/cable");
    pass(id("shop", "b1"));
    edit(id("shop", "a1"), 2, "h.example/cable");
    edit(id("shop", "b1"), 1, "i.example/cable");
    pass(id("shop", "a1"));
    assertThat(standing("a1")).as("b1's status names it").isInstanceOf(Validity.Broken.class);
    pass(id("shop", "b1"));
    pass(id("shop", "a1"));
    assertThat(standing("a1")).isInstanceOf(Validity.Sound.class);
    edit(id("shop", "b1"), 1, "h.example/cable");
    restart();
    pass(id("shop", "b1"));
    assertThat(standing("a1")).isInstanceOf(Validity.Sound.class);
    assertThat(standing("b1")).isInstanceOf(Validity.Broken.class);
  }

  @Test
  void aLostStatusLosesNothingAsLongAsSomebodyRemembers() {
    edit(id("shop", "a1"), 5, "h.example/cable");
    pass(id("shop", "a1"));
    edit(id("shop", "b1"), 1, "h.example/cable");
    status(id("shop", "a1"), null);
    pass(id("shop", "b1"));
    pass(id("shop", "a1"));
    assertThat(standing("a1")).isInstanceOf(Validity.Sound.class);
    assertThat(object(id("shop", "a1")).held()).hasSize(1);
  }

  @Test
  void aSpecWithAMistakeGivesNothingUp() {
    edit(id("shop", "a1"), 5, "h.example/cable");
    pass(id("shop", "a1"));
    OnDemandService broken = copy(object(id("shop", "a1")));
    broken.setSpec(Objects.yaml("{port: x}"));
    broken.getMetadata().setGeneration(broken.getMetadata().getGeneration() + 1);
    store(broken);
    restart();
    edit(id("shop", "b1"), 1, "h.example/cable");
    assertThat(standing("b1")).isInstanceOf(Validity.Broken.class);
    assertThat(operator.hold(id("shop", "a1"), START)).hasSize(1);
  }

  @Test
  void aMistakeBringsNothingThatWasRefusedBefore() {
    edit(id("shop", "b1"), 5, "h.example/cable");
    pass(id("shop", "b1"));
    edit(id("shop", "a1"), 1, "h.example/cable");
    pass(id("shop", "a1"));
    edit(id("shop", "a1"), 1, "h.example/cable", "h.example/{any}");
    pass(id("shop", "a1"));
    assertThat(operator.standing(id("shop", "a1")).effective().orElseThrow().spec().routes())
        .isEmpty();
    assertThat(operator.served()).extracting(Entry::id).contains(id("shop", "b1"));
  }

  @Test
  void whatChangesNothingIsNotWritten() {
    edit(id("shop", "a1"), 1, "h.example/cable");
    edit(id("shop", "b1"), 1, "h.example/cable");
    pass(id("shop", "a1"));
    pass(id("shop", "b1"));
    int before = versions;
    for (int i = 0; i < 5; i++) {
      pass(id("shop", "a1"));
      pass(id("shop", "b1"));
      restart();
    }
    assertThat(versions).isEqualTo(before);
  }

  @Test
  void aNamespaceThatMayNotClaimAHostLosesItAndAnotherGetsIt() {
    edit(id("shop", "a1"), 1, "h.example/cable");
    pass(id("shop", "a1"));
    edit(id("evil", "b1"), 2, "h.example/cable");
    pass(id("evil", "b1"));
    assertThat(operator.namespace("shop", Optional.of("i.example")))
        .contains(id("shop", "a1"), id("evil", "b1"));
    assertThat(((Validity.Broken) standing("a1")).reason())
        .isEqualTo(Validity.Reason.HOST_NOT_ALLOWED);
    pass(id("shop", "a1"));
    assertThat(object(id("shop", "a1")).held()).isEmpty();
    assertThat(operator.standing(id("evil", "b1"))).isInstanceOf(Validity.Sound.class);
    assertThat(operator.namespaceGone("shop")).contains(id("shop", "a1"));
  }

  /**
   * Whatever others do to their own objects: what is held and declared is served by nobody else.
   */
  @Test
  void noSequenceOfEditsTakesWhatAnotherHolds() {
    for (int seed = 0; seed < Integer.getInteger("dormouse.fuzz.cases", 40); seed++) {
      boolean even = seed % 2 == 0;
      objects.clear();
      live.clear();
      evil = Optional.of("*.example").filter(_ -> even);
      operator = catalog();
      var random = new Random(seed);
      List<String> trace = new ArrayList<>();
      for (int step = 0; step < 60; step++) {
        trace.add(step(random));
        assertThat(thefts(operator)).as("seed %d: %s", seed, trace).isEmpty();
        if (step % 8 == 0) {
          Catalog activator = catalog();
          objects.values().forEach(activator::note);
          assertThat(thefts(activator)).as("seed %d: %s", seed, trace).isEmpty();
        }
      }
      objects.keySet().forEach(this::pass);
      objects.keySet().forEach(this::pass);
      Catalog activator = catalog();
      objects.values().forEach(activator::note);
      List<Entry> here = new ArrayList<>(operator.served()); // it remembers what was valid once
      here.removeIf(it -> activator.standing(it.id()).effective().isEmpty());
      assertThat(activator.served()).as("seed %d", seed).isEqualTo(here);
    }
  }

  private String step(Random random) {
    ServiceId id =
        id(
            random.nextInt(3) == 0 ? "evil" : "shop",
            (random.nextBoolean() ? "a" : "b") + random.nextInt(3));
    int what = random.nextInt(20);
    if (what < 8) {
      String route =
          HOSTS.get(random.nextInt(HOSTS.size())) + PATHS.get(random.nextInt(PATHS.size()));
      String more = HOSTS.get(random.nextInt(HOSTS.size())) + "/more" + random.nextInt(2);
      boolean both = random.nextBoolean();
      edit(id, 1 + random.nextInt(8), both ? new String[] {route, more} : new String[] {route});
      return id + " claims " + route + (both ? " " + more : "");
    }
    if (what < 9) {
      delete(id);
      return id + " is deleted";
    }
    if (what < 10 && objects.containsKey(id)) {
      status(id, null);
      pass(id);
      return "status of " + id + " was lost";
    }
    if (what < 11) {
      restart();
      return "operator restarts";
    }
    pass(id);
    return "pass " + id;
  }

  /** Routes that are served by others than those who hold and declare them. */
  private List<String> thefts(Catalog catalog) {
    List<String> thefts = new ArrayList<>();
    for (Entry entry : catalog.served()) {
      for (Route route : entry.spec().routes()) {
        live.forEach(
            (owner, routes) -> {
              for (String held : routes) {
                if (!owner.equals(entry.uid()) && takes(entry, route, owner, held)) {
                  thefts.add(entry.id() + " serves " + route + ", " + owner + " has " + held);
                }
              }
            });
      }
    }
    return thefts;
  }

  /** In its own namespace another may be an exception to a star. */
  private static boolean takes(Entry entry, Route route, String owner, String held) {
    int slash = held.indexOf('/');
    Optional<String> host = Optional.of(held.substring(0, slash));
    var theirs = RoutePattern.of(new Route(host, held.substring(slash), Optional.empty()), REGION);
    var mine = RoutePattern.of(route, REGION);
    return owner.startsWith("uid-" + entry.id().namespace() + "/")
        ? mine.conflictsWith(theirs)
        : mine.overlaps(theirs);
  }

  private void edit(ServiceId id, int day, String... routes) {
    OnDemandService known = objects.get(id);
    OnDemandService next = known == null ? made(id, day) : copy(known);
    next.setSpec(spec(routes));
    next.getMetadata().setGeneration(next.getMetadata().getGeneration() + 1);
    live.computeIfPresent(
        next.getMetadata().getUid(),
        (_, held) -> {
          held.retainAll(Set.of(routes));
          return held;
        });
    store(next);
  }

  private OnDemandService made(ServiceId id, int day) {
    OnDemandService made = Objects.service(id.name(), day, "{}");
    made.getMetadata().setNamespace(id.namespace());
    made.getMetadata().setUid("uid-" + id + "-" + uids++);
    return made;
  }

  private static ObjectNode spec(String... routes) {
    ObjectNode spec = Objects.yaml("{command: [c], image: i, port: 1}");
    ArrayNode list = spec.putArray("routes");
    for (String route : routes) {
      int slash = route.indexOf('/');
      list.addObject().put("host", route.substring(0, slash)).put("path", route.substring(slash));
    }
    return spec;
  }

  private void delete(ServiceId id) {
    OnDemandService gone = objects.remove(id);
    if (gone != null) {
      live.remove(gone.getMetadata().getUid());
      var _ = operator.remove(id);
    }
  }

  private void store(OnDemandService object) {
    object.getMetadata().setResourceVersion(String.valueOf(++versions));
    objects.put(object.id(), object);
  }

  private OnDemandService object(ServiceId id) {
    return requireNonNull(objects.get(id), id::toString);
  }

  private void status(ServiceId id, @Nullable ObjectNode status) {
    OnDemandService next = copy(object(id));
    next.setStatus(status);
    store(next);
  }

  /** What the operator does: reads, decides, writes what has changed. */
  private void pass(ServiceId id) {
    OnDemandService object = objects.get(id);
    if (object == null) {
      return;
    }
    var _ = operator.put(object);
    List<HeldRoute> held = operator.hold(id, START.plusSeconds(versions));
    if (!held.equals(object.held()) || !object.hasStatus()) {
      ObjectNode status = Objects.yaml("{stakes: {}, epoch: 1}");
      ArrayNode claims = status.putArray("claims");
      held.forEach(
          it ->
              claims
                  .addObject()
                  .put("host", it.host())
                  .put("path", it.path())
                  .put("since", it.since().toString()));
      status(id, status);
      Set<String> declared = new HashSet<>();
      for (JsonNode route : object.getSpec().path("routes")) {
        declared.add(route.path("host").asText() + route.path("path").asText());
      }
      Set<String> mine = live.computeIfAbsent(object.getMetadata().getUid(), _ -> new HashSet<>());
      held.stream().map(HeldRoute::toString).filter(declared::contains).forEach(mine::add);
    }
    var _ = operator.put(object(id));
  }

  private void restart() {
    operator = catalog();
    objects.values().forEach(operator::note);
  }

  private Catalog catalog() {
    Catalog catalog = Catalog.byNamespace(ReaderContext.kubernetes(REGION), "cluster.local");
    var _ = catalog.namespace("shop", Optional.empty());
    var _ = catalog.namespace("evil", evil);
    return catalog;
  }

  private Validity standing(String name) {
    objects.values().forEach(operator::note);
    return operator.standing(id("shop", name));
  }

  private static OnDemandService copy(OnDemandService object) {
    OnDemandService copy = Objects.service(object.id().name(), 1, "{}");
    copy.getMetadata().setNamespace(object.id().namespace());
    copy.getMetadata().setUid(object.getMetadata().getUid());
    copy.getMetadata().setCreationTimestamp(object.getMetadata().getCreationTimestamp());
    copy.getMetadata().setGeneration(object.getMetadata().getGeneration());
    copy.setSpec(object.getSpec());
    copy.setStatus(object.getStatus());
    return copy;
  }

  private static ServiceId id(String namespace, String name) {
    return new ServiceId(namespace, name);
  }
}
