package dev.dormouse.kubernetes.resource;

import dev.dormouse.api.DependencyCycles;
import dev.dormouse.api.ResourceReader;
import dev.dormouse.api.schema.Problem;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.api.spec.ValidService;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Route;
import dev.dormouse.kubernetes.resource.RouteClaims.Claimant;
import dev.dormouse.kubernetes.resource.Validity.Broken;
import dev.dormouse.kubernetes.resource.Validity.Entry;
import dev.dormouse.kubernetes.resource.Validity.Reason;
import dev.dormouse.kubernetes.status.HeldRoute;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All services that are known, read and compared with each other. One with a mistake hurts nobody
 * else. Every object is read once a generation. Thread-safe.
 */
public final class Catalog {
  private static final int MAX_PROBLEMS = 10;

  private final ResourceReader reader;
  private final String clusterDomain;
  private final HostRules rules;
  private final RouteClaims claims;
  private final Map<ServiceId, Item> items = new HashMap<>();
  private final Map<ServiceId, Set<ServiceId>> dependents = new HashMap<>();
  private final DependencyCycles cycles = new DependencyCycles();
  private final Set<ServiceId> touched = new TreeSet<>();

  private Catalog(ReaderContext context, String clusterDomain, HostRules rules) {
    this.reader = new ResourceReader(context);
    this.clusterDomain = clusterDomain;
    this.rules = rules;
    this.claims = new RouteClaims(context.region(), rules);
  }

  /**
   * An empty catalog, in which namespaces may claim any host unless something is said of them.
   *
   * @param clusterDomain what the names of Services end with, such as {@code cluster.local}
   */
  public Catalog(Optional<String> region, String clusterDomain) {
    this(ReaderContext.kubernetes(region), clusterDomain, HostRules.unbounded());
  }

  /** One in which namespaces of which nothing is known may claim no host that they have not. */
  public static Catalog byNamespace(ReaderContext context, String clusterDomain) {
    return new Catalog(context, clusterDomain, HostRules.byNamespace());
  }

  /** One object as it was read: its mistakes, and what it was last without. */
  private record Item(Read read, Holding holding) {
    String uid() {
      return read.uid();
    }

    String mistakes() {
      return read.mistakes();
    }

    Optional<Entry> good() {
      return read.good();
    }

    boolean isOf(OnDemandService object) {
      return uid().equals(object.getMetadata().getUid());
    }

    boolean isRead(OnDemandService object) {
      return isOf(object) && read.generation() == Catalog.generation(object);
    }

    List<String> dependencies() {
      return good().map(it -> it.spec().dependsOn()).orElse(List.of());
    }
  }

  private record Read(String uid, long generation, String mistakes, Optional<Entry> good) {}

  /**
   * Takes note of an object as it is now.
   *
   * @return the others whose standing or neighbours may have changed
   */
  public synchronized Set<ServiceId> put(OnDemandService object) {
    note(object);
    return others(object.id());
  }

  /** The same, when nobody needs to know of the others: of thousands one after another. */
  public synchronized void note(OnDemandService object) {
    ServiceId id = object.id();
    Item before = items.get(id);
    Holding holding =
        Holding.of(
            object, before == null || !before.isOf(object) ? Holding.NOTHING : before.holding());
    if (before != null && before.isRead(object)) {
      if (!before.holding().equals(holding)) {
        claim(object, new Item(before.read(), holding));
      }
      return;
    }
    touched.addAll(around(id));
    forget(id);
    Read read = read(object, Optional.ofNullable(before));
    List<Route> routes = read.good().map(it -> it.spec().routes()).orElse(List.of());
    Item item = new Item(read, read.mistakes().isEmpty() ? holding.declaring(routes) : holding);
    claim(object, item);
    cycles.put(id, siblings(id));
    item.dependencies()
        .forEach(
            name -> dependents.computeIfAbsent(id.sibling(name), _ -> new TreeSet<>()).add(id));
    touched.addAll(around(id));
  }

  private void claim(OnDemandService object, Item item) {
    items.put(object.id(), item);
    List<Route> claimed = claimed(object.id(), item);
    claims.put(new Claimant(object.id(), object.created(), claimed, item.holding().all()));
  }

  /** With a mistake a service claims nothing that it has not. */
  private static List<Route> claimed(ServiceId id, Item item) {
    Map<String, HeldRoute> held = item.holding().all();
    return item.good().stream()
        .flatMap(it -> it.spec().routes().stream())
        .filter(
            it ->
                item.mistakes().isEmpty()
                    || HostRules.isOwn(id, it.host().orElse(""))
                    || held.containsKey(Holding.text(it)))
        .toList();
  }

  /**
   * The object is gone.
   *
   * @return the others whose standing or neighbours may have changed
   */
  public synchronized Set<ServiceId> remove(ServiceId id) {
    touched.addAll(around(id));
    forget(id);
    cycles.remove(id);
    items.remove(id);
    return others(id);
  }

  /**
   * There is a namespace.
   *
   * @param hostClaims its annotation {@code dormouse.dev/host-claims}, if it has it
   * @return the services whose standing may have changed
   */
  public synchronized Set<ServiceId> namespace(String name, Optional<String> hostClaims) {
    rules.put(name, hostClaims);
    claims.reconsider(name);
    return changed();
  }

  /**
   * A namespace is gone.
   *
   * @return the services whose standing may have changed
   */
  public synchronized Set<ServiceId> namespaceGone(String name) {
    rules.remove(name);
    claims.reconsider(name);
    return changed();
  }

  /** Namespaces cannot be read: what is held stays, and nothing with a host is given to anybody. */
  public synchronized void namespacesAreUnreadable() {
    rules.unreadable();
  }

  /** False while it is still to be known which hosts a namespace may claim. */
  public synchronized boolean isDecided(String namespace) {
    return rules.isDecided(namespace);
  }

  /** The services whose standing or neighbours may have changed since this was asked last. */
  public synchronized Set<ServiceId> changed() {
    settle();
    Set<ServiceId> changed = new TreeSet<>(touched);
    touched.clear();
    return changed;
  }

  private Set<ServiceId> others(ServiceId id) {
    Set<ServiceId> others = changed();
    others.remove(id);
    return others;
  }

  private void settle() {
    touched.addAll(claims.settle());
    touched.addAll(cycles.settle());
  }

  /**
   * The routes with a host that a service has, for its status to keep; from now on they stay its
   * own as long as it declares them. For the one who decides and writes, not for those who follow.
   */
  public synchronized List<HeldRoute> hold(ServiceId id, Instant now) {
    settle();
    Item item = items.get(id);
    if (item == null) {
      return List.of();
    }
    Map<String, HeldRoute> held =
        item.mistakes().isEmpty() ? claims.hold(id, now) : item.holding().all();
    items.put(id, new Item(item.read(), new Holding(item.holding().recorded(), held)));
    return held.values().stream().sorted((a, b) -> a.toString().compareTo(b.toString())).toList();
  }

  /** What an object comes to at this moment. */
  public synchronized Validity standing(ServiceId id) {
    settle();
    Item item = items.get(id);
    if (item == null) {
      return new Validity.Missing();
    }
    if (!item.mistakes().isEmpty()) {
      return new Broken(Reason.INVALID_SPEC, item.mistakes(), before(id, item));
    }
    Entry entry = item.good().orElseThrow();
    Optional<Entry> closed = Optional.of(entry.withoutNeighbours());
    return cycles
        .way(id)
        .map(it -> "dependsOn: must not lead back: " + it)
        .map(it -> new Broken(Reason.INVALID_SPEC, it, closed))
        .or(() -> claims.refusal(id).map(it -> new Broken(it.reason(), it.message(), closed)))
        .<Validity>map(it -> it)
        .orElseGet(() -> new Validity.Sound(entry));
  }

  /** As it was before its mistake, with its routes if it has them all. */
  private Optional<Entry> before(ServiceId id, Item item) {
    int claimed = claimed(id, item).size();
    boolean refused = claims.refusal(id).isPresent();
    return item.good()
        .map(it -> refused || claimed < it.spec().routes().size() ? it.withoutNeighbours() : it);
  }

  /** What is served, in the order of names, each by its short name, too, if that is its alone. */
  public synchronized List<Entry> served() {
    return BareNames.of(
        items.keySet().stream().sorted().flatMap(id -> standing(id).effective().stream()).toList());
  }

  /** The services that depend on this one. */
  public synchronized List<ServiceId> dependentsOf(ServiceId id) {
    return List.copyOf(dependents.getOrDefault(id, Set.of()));
  }

  private Read read(OnDemandService object, Optional<Item> before) {
    String uid = object.getMetadata().getUid();
    long generation = generation(object);
    return switch (reader.read(object.manifest())) {
      case ResourceReader.Outcome.Valid(ValidService declared) ->
          new Read(uid, generation, "", Optional.of(entry(object, declared)));
      case ResourceReader.Outcome.Invalid(ServiceId _, List<Problem> problems) ->
          new Read(
              uid,
              generation,
              problems.stream()
                  .limit(MAX_PROBLEMS)
                  .map(Problem::text)
                  .collect(Collectors.joining("; ")),
              before.filter(it -> it.uid().equals(uid)).flatMap(Item::good));
    };
  }

  private Entry entry(OnDemandService object, ValidService declared) {
    ServiceSpec spec = declared.spec();
    ServiceId id = object.id();
    return new Entry(
        id,
        object.getMetadata().getUid(),
        generation(object),
        spec.withRoutes(spec.routes().stream().flatMap(it -> hosted(it, id)).toList()),
        declared.effective());
  }

  /** Without a host, a route is that of the service's own names in the cluster. */
  private Stream<Route> hosted(Route route, ServiceId id) {
    if (route.host().isPresent()) {
      return Stream.of(route);
    }
    String name = id.name() + "." + id.namespace();
    return Stream.of(name, name + ".svc", name + ".svc." + clusterDomain)
        .map(host -> route.on(host));
  }

  private void forget(ServiceId id) {
    Optional.ofNullable(items.get(id)).map(Item::dependencies).orElse(List.of()).stream()
        .map(id::sibling)
        .forEach(on -> dependents.computeIfPresent(on, (_, them) -> without(them, id)));
    claims.remove(id);
  }

  private static @Nullable Set<ServiceId> without(Set<ServiceId> them, ServiceId id) {
    them.remove(id);
    return them.isEmpty() ? null : them;
  }

  /** Those that it depends on, and those that depend on it. */
  private Set<ServiceId> around(ServiceId id) {
    Set<ServiceId> all = new HashSet<>(siblings(id));
    all.addAll(dependents.getOrDefault(id, Set.of()));
    return all;
  }

  private Collection<ServiceId> siblings(ServiceId id) {
    return Optional.ofNullable(items.get(id)).map(Item::dependencies).orElse(List.of()).stream()
        .map(id::sibling)
        .toList();
  }

  private static long generation(OnDemandService object) {
    Long generation = object.getMetadata().getGeneration();
    return generation == null ? 0 : generation;
  }
}
