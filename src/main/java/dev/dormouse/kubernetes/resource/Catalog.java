package dev.dormouse.kubernetes.resource;

import dev.dormouse.api.Declared;
import dev.dormouse.api.Problem;
import dev.dormouse.api.ReaderContext;
import dev.dormouse.api.ResourceReader;
import dev.dormouse.api.RouteClaims;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Route;
import dev.dormouse.kubernetes.resource.Standing.Broken;
import dev.dormouse.kubernetes.resource.Standing.Entry;
import dev.dormouse.kubernetes.resource.Standing.Reason;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
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
  private final RouteClaims claims;
  private final Map<ServiceId, Item> items = new HashMap<>();
  private final Map<ServiceId, Set<ServiceId>> dependents = new HashMap<>();

  /**
   * An empty catalog.
   *
   * @param clusterDomain what the names of Services end with, such as {@code cluster.local}
   */
  public Catalog(Optional<String> region, String clusterDomain) {
    this.reader = new ResourceReader(ReaderContext.kubernetes(region));
    this.clusterDomain = clusterDomain;
    this.claims = new RouteClaims(region);
  }

  /** One object as it was read: its mistakes, and what it was last without. */
  private record Item(String uid, long generation, String mistakes, Optional<Entry> good) {
    boolean isRead(OnDemandService object) {
      return uid.equals(object.getMetadata().getUid()) && generation == Catalog.generation(object);
    }

    List<String> dependencies() {
      return good.map(it -> it.spec().dependsOn()).orElse(List.of());
    }
  }

  /**
   * Takes note of an object as it is now.
   *
   * @return the others whose standing or neighbours may have changed
   */
  public synchronized Set<ServiceId> put(OnDemandService object) {
    ServiceId id = object.id();
    Optional<Item> before = Optional.ofNullable(items.get(id));
    if (before.filter(it -> it.isRead(object)).isPresent()) {
      return Set.of();
    }
    Set<ServiceId> touched = new TreeSet<>(around(id));
    forget(id);
    Item item = read(object, before);
    items.put(id, item);
    item.dependencies()
        .forEach(
            name -> dependents.computeIfAbsent(id.sibling(name), _ -> new TreeSet<>()).add(id));
    item.good().ifPresent(it -> claims.put(id, object.created(), it.spec().routes()));
    touched.addAll(around(id));
    touched.remove(id);
    return touched;
  }

  /**
   * The object is gone.
   *
   * @return the others whose standing or neighbours may have changed
   */
  public synchronized Set<ServiceId> remove(ServiceId id) {
    Set<ServiceId> touched = new TreeSet<>(around(id));
    forget(id);
    items.remove(id);
    touched.remove(id);
    return touched;
  }

  /** What an object comes to at this moment. */
  public synchronized Standing standing(ServiceId id) {
    Item item = items.get(id);
    if (item == null) {
      return new Standing.Missing();
    }
    if (!item.mistakes().isEmpty()) {
      return new Broken(Reason.INVALID_SPEC, item.mistakes(), item.good());
    }
    Entry entry = item.good().orElseThrow();
    Optional<Entry> closed = Optional.of(entry.withoutNeighbours());
    return cycle(entry)
        .map(it -> new Broken(Reason.INVALID_SPEC, it, closed))
        .or(
            () ->
                claims
                    .conflict(id)
                    .map(it -> new Broken(Reason.ROUTE_CONFLICT, it.toString(), closed)))
        .<Standing>map(it -> it)
        .orElseGet(() -> new Standing.Sound(entry));
  }

  /** What is served, in the order of names. */
  public synchronized List<Entry> served() {
    return items.keySet().stream()
        .sorted()
        .flatMap(id -> standing(id).effective().stream())
        .toList();
  }

  /** The services that depend on this one. */
  public synchronized List<ServiceId> dependentsOf(ServiceId id) {
    return List.copyOf(dependents.getOrDefault(id, Set.of()));
  }

  private Item read(OnDemandService object, Optional<Item> before) {
    String uid = object.getMetadata().getUid();
    long generation = generation(object);
    return switch (reader.read(object.manifest())) {
      case ResourceReader.Outcome.Valid(Declared declared) ->
          new Item(uid, generation, "", Optional.of(entry(object, declared)));
      case ResourceReader.Outcome.Invalid(ServiceId _, List<Problem> problems) ->
          new Item(
              uid,
              generation,
              problems.stream()
                  .limit(MAX_PROBLEMS)
                  .map(Problem::text)
                  .collect(Collectors.joining("; ")),
              before.filter(it -> it.uid().equals(uid)).flatMap(Item::good));
    };
  }

  private Entry entry(OnDemandService object, Declared declared) {
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
        .map(host -> new Route(Optional.of(host), route.path(), route.upstreamPath()));
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

  /** Those that share a route, that it depends on and that depend on it, at any distance. */
  private Set<ServiceId> around(ServiceId id) {
    Set<ServiceId> all = new HashSet<>(claims.neighbours(id));
    all.addAll(reachable(id, this::siblings));
    all.addAll(reachable(id, this::dependentsOf));
    return all;
  }

  private Collection<ServiceId> siblings(ServiceId id) {
    return Optional.ofNullable(items.get(id)).map(Item::dependencies).orElse(List.of()).stream()
        .map(id::sibling)
        .toList();
  }

  private Optional<String> cycle(Entry entry) {
    Map<ServiceId, ServiceId> from = new LinkedHashMap<>();
    return reachable(entry.id(), this::siblings, from).contains(entry.id())
        ? Optional.of("dependsOn: must not lead back: " + way(entry.id(), from))
        : Optional.empty();
  }

  private static String way(ServiceId id, Map<ServiceId, ServiceId> from) {
    var way = new StringBuilder(id.name());
    ServiceId at = from.get(id);
    for (int i = 0; at != null && !at.equals(id) && i <= from.size(); i++) {
      way.insert(0, at.name() + " -> ");
      at = from.get(at);
    }
    return way.insert(0, id.name() + " -> ").toString();
  }

  private static long generation(OnDemandService object) {
    Long generation = object.getMetadata().getGeneration();
    return generation == null ? 0 : generation;
  }

  private Set<ServiceId> reachable(ServiceId id, Step step) {
    return reachable(id, step, new HashMap<>());
  }

  private Set<ServiceId> reachable(ServiceId id, Step step, Map<ServiceId, ServiceId> from) {
    Set<ServiceId> found = new HashSet<>();
    Deque<ServiceId> next = new ArrayDeque<>(List.of(id));
    while (!next.isEmpty()) {
      ServiceId here = next.remove();
      for (ServiceId there : List.copyOf(step.from(here))) {
        if (found.add(there)) {
          from.put(there, here);
          next.add(there);
        }
      }
    }
    return found;
  }

  private interface Step {
    Collection<ServiceId> from(ServiceId id);
  }
}
