package dev.dormouse.kubernetes.resource;

import dev.dormouse.api.RouteIndex;
import dev.dormouse.api.spec.ClaimedRoute;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec.Route;
import dev.dormouse.kubernetes.resource.Validity.Reason;
import dev.dormouse.kubernetes.status.HeldRoute;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which of many services, that come and go one by one, may have the routes that they claim. Of all
 * that are linked by hosts, in this order, each once:
 *
 * <pre>
 * 1. what a service has already, the longest held first, stays its own: declared or not yet given up
 * 2. the names of a service are its own
 * 3. the other services, the oldest first: one that may have all its routes has them, else none but
 *    those that it had
 * </pre>
 *
 * <p>A route cannot be had if its host may not be claimed ({@link HostRules}), if another namespace
 * was first to have the host and this one does not list it, or if another service has a request of
 * it; but of the same namespace one may be an exception to the {@code *} of another. Every route
 * has a host here. A change costs as much as there are services that are linked to it. Not
 * thread-safe.
 */
final class RouteClaims {
  /** So many forms can the paths of a host have: each costs a look whenever one is asked for. */
  static final int MAX_FORMS = 64;

  private static final Comparator<Claimant> BY_AGE =
      Comparator.comparing(Claimant::created).thenComparing(Claimant::id);
  private static final Comparator<Possession> BY_TENURE =
      Comparator.comparing(Possession::since)
          .thenComparing(Possession::by, BY_AGE)
          .thenComparing(it -> it.route().toString());

  private final Optional<String> region;
  private final HostRules rules;
  private final Map<ServiceId, Claim> claims = new HashMap<>();
  private final Map<String, Set<ServiceId>> byHost = new HashMap<>();
  private final Map<ServiceId, Ruling> rulings = new HashMap<>();
  private final Set<String> disturbed = new HashSet<>();
  private final Set<ServiceId> arrived = new HashSet<>();

  /** No claims, of a region that {@code {region}} in a path stands for. */
  RouteClaims(Optional<String> region, HostRules rules) {
    this.region = region;
    this.rules = rules;
  }

  /** Why a service may not have what it claims. */
  record Refusal(Reason reason, String message) {}

  /**
   * What a service claims.
   *
   * @param routes all that it declares
   * @param held what it has, by host and path as one text
   */
  record Claimant(ServiceId id, Instant created, List<Route> routes, Map<String, HeldRoute> held) {}

  /** The same, read once. */
  private record Claim(
      Claimant by, List<ClaimedRoute> names, List<ClaimedRoute> routes, List<Possession> held) {
    static Claim of(Claimant by, Optional<String> region) {
      List<ClaimedRoute> names = new ArrayList<>();
      List<ClaimedRoute> routes = new ArrayList<>();
      for (Route route : by.routes()) {
        ClaimedRoute claimed = ClaimedRoute.of(route, region);
        (HostRules.isOwn(by.id(), claimed.host()) ? names : routes).add(claimed);
      }
      List<Possession> held = new ArrayList<>();
      by.held()
          .values()
          .forEach(
              it -> held.add(new Possession(by, it.since(), ClaimedRoute.of(it.route(), region))));
      return new Claim(by, names, routes, held);
    }

    ServiceId id() {
      return by.id();
    }

    Set<String> hosts() {
      Set<String> hosts = new LinkedHashSet<>();
      names.forEach(it -> hosts.add(it.host()));
      routes.forEach(it -> hosts.add(it.host()));
      held.forEach(it -> hosts.add(it.route().host()));
      return hosts;
    }
  }

  private record Possession(Claimant by, Instant since, ClaimedRoute route) {}

  /** What became of a claim; of what was held, this is lost. */
  private record Ruling(Optional<Refusal> refusal, Set<String> lost) {}

  /** Replaces what a service claims. */
  void put(Claimant claimant) {
    remove(claimant.id());
    Claim claim = Claim.of(claimant, region);
    claims.put(claimant.id(), claim);
    arrived.add(claimant.id());
    for (String host : claim.hosts()) {
      byHost.computeIfAbsent(host, _ -> new LinkedHashSet<>()).add(claimant.id());
      disturbed.add(host);
    }
  }

  /** Gives up what a service claims. */
  void remove(ServiceId id) {
    Claim old = claims.remove(id);
    for (String host : old == null ? Set.<String>of() : old.hosts()) {
      disturbed.add(host);
      byHost.computeIfPresent(
          host,
          (_, them) -> {
            them.remove(id);
            return them.isEmpty() ? null : them;
          });
    }
  }

  /** What may be claimed of a host, or by a namespace, has changed. */
  void reconsider(String namespace) {
    claims.values().stream()
        .filter(it -> it.id().namespace().equals(namespace))
        .forEach(it -> disturbed.addAll(it.hosts()));
    String name = "." + namespace;
    byHost.keySet().stream().filter(it -> it.endsWith(name)).forEach(disturbed::add);
  }

  /** Settles what has been disturbed; returns the services for which something is different now. */
  Set<ServiceId> settle() {
    if (disturbed.isEmpty() && arrived.isEmpty()) {
      return Set.of();
    }
    Map<ServiceId, Ruling> now = new Settling(linked()).rulings();
    Set<ServiceId> changed = new HashSet<>();
    now.forEach(
        (id, ruling) -> {
          if (!ruling.equals(rulings.put(id, ruling))) {
            changed.add(id);
          }
        });
    rulings.keySet().retainAll(claims.keySet());
    disturbed.clear();
    arrived.clear();
    return changed;
  }

  private Collection<Claim> linked() {
    Map<ServiceId, Claim> linked = new LinkedHashMap<>();
    arrived.stream().filter(claims::containsKey).forEach(it -> linked.put(it, claims.get(it)));
    Set<String> known = new HashSet<>(disturbed);
    Deque<String> next = new ArrayDeque<>(disturbed);
    while (!next.isEmpty()) {
      for (ServiceId id : byHost.getOrDefault(next.remove(), Set.of())) {
        Claim claim = claims.get(id);
        if (claim != null && linked.put(id, claim) == null) {
          claim.hosts().stream().filter(known::add).forEach(next::add);
        }
      }
    }
    return linked.values();
  }

  /** Why a service has no routes. To be asked when all is settled. */
  Optional<Refusal> refusal(ServiceId id) {
    return Optional.ofNullable(rulings.get(id)).flatMap(Ruling::refusal);
  }

  /**
   * What a service has of what it declares; from now on it holds that. To be asked when all is
   * settled.
   *
   * @return by host and path as one text; its own names are not among it
   */
  Map<String, HeldRoute> hold(ServiceId id, Instant now) {
    Claim claim = claims.get(id);
    Ruling ruling = rulings.get(id);
    if (claim == null || ruling == null) {
      return Map.of();
    }
    Instant since = now.truncatedTo(ChronoUnit.MILLIS);
    Map<String, HeldRoute> before = new HashMap<>(claim.by().held());
    before.keySet().removeAll(ruling.lost());
    Map<String, HeldRoute> held = new TreeMap<>();
    for (ClaimedRoute route : claim.routes()) {
      String text = route.toString();
      if (before.containsKey(text)) {
        held.put(text, before.get(text));
      } else if (ruling.refusal().isEmpty()) {
        held.put(text, new HeldRoute(route.host(), route.route().path(), since));
      }
    }
    Map<String, HeldRoute> all = new HashMap<>(claim.by().held());
    all.putAll(held);
    Claimant by = claim.by();
    claims.put(id, Claim.of(new Claimant(id, by.created(), by.routes(), all), region));
    return held;
  }

  /** One settlement of services that have no host in common with others. */
  private final class Settling {
    private final RouteIndex<ServiceId> taken = new RouteIndex<>();
    private final Map<String, String> namespaces = new HashMap<>();
    private final Map<String, RouteIndex<String>> shared = new HashMap<>();
    private final Map<ServiceId, Set<String>> kept = new HashMap<>();
    private final Map<ServiceId, Set<String>> lost = new HashMap<>();
    private final Map<ServiceId, Refusal> refusals = new HashMap<>();
    private final List<Claim> all;

    Settling(Collection<Claim> all) {
      this.all = all.stream().sorted(Comparator.comparing(Claim::by, BY_AGE)).toList();
    }

    Map<ServiceId, Ruling> rulings() {
      List<Possession> held = new ArrayList<>();
      all.forEach(it -> held.addAll(it.held()));
      held.sort(BY_TENURE);
      held.forEach(this::keep);
      all.forEach(this::keepNames);
      Map<ServiceId, Ruling> rulings = new HashMap<>();
      for (Claim it : all) {
        Set<String> has = kept.getOrDefault(it.id(), Set.of());
        List<ClaimedRoute> wanted =
            it.routes().stream().filter(route -> !has.contains(route.toString())).toList();
        Optional<Refusal> refusal =
            Optional.ofNullable(refusals.get(it.id())).or(() -> refuse(it.id(), wanted));
        if (refusal.isEmpty()) {
          wanted.forEach(route -> take(it.id(), route));
        }
        rulings.put(it.id(), new Ruling(refusal, lost.getOrDefault(it.id(), Set.of())));
      }
      return rulings;
    }

    private void keep(Possession possession) {
      ServiceId by = possession.by().id();
      ClaimedRoute route = possession.route();
      boolean keeps =
          rules.objection(by, route.host(), true).isEmpty() && conflict(by, route).isEmpty();
      if (keeps) {
        take(by, route);
      }
      (keeps ? kept : lost).computeIfAbsent(by, _ -> new HashSet<>()).add(route.toString());
    }

    private void keepNames(Claim claim) {
      for (ClaimedRoute route : claim.names()) {
        conflict(claim.id(), route)
            .ifPresentOrElse(
                it -> refusals.putIfAbsent(claim.id(), it), () -> take(claim.id(), route));
      }
    }

    private Optional<Refusal> refuse(ServiceId by, List<ClaimedRoute> wanted) {
      for (ClaimedRoute route : wanted) {
        Optional<Refusal> refusal =
            rules
                .objection(by, route.host(), false)
                .map(it -> new Refusal(Reason.HOST_NOT_ALLOWED, it))
                .or(() -> conflict(by, route));
        if (refusal.isPresent()) {
          return refusal;
        }
      }
      return Optional.empty();
    }

    private void take(ServiceId by, ClaimedRoute route) {
      namespaces.putIfAbsent(route.host(), by.namespace());
      taken.add(route, by);
      Optional.ofNullable(shared.get(route.host())).ifPresent(it -> it.add(route, by.namespace()));
    }

    /** The routes of a host that several namespaces have, by namespace. */
    private RouteIndex<String> shared(String host) {
      var index = new RouteIndex<String>();
      taken.at(host).forEach(it -> index.add(it.route(), it.by().namespace()));
      return index;
    }

    private Optional<Refusal> conflict(ServiceId by, ClaimedRoute route) {
      String host = route.host();
      String first = namespaces.getOrDefault(host, by.namespace());
      if (!first.equals(by.namespace()) && !rules.shares(by.namespace(), host)) {
        return conflict(host + " belongs to the namespace " + first + ", which claimed it first");
      }
      if (!first.equals(by.namespace())) {
        shared.computeIfAbsent(host, this::shared);
      }
      var rival = taken.rival(route, by);
      if (rival.isPresent()) {
        String theirs = rival.get().route() + " belongs to " + rival.get().by();
        return conflict(theirs + ", which claimed it first");
      }
      var foreign =
          Optional.ofNullable(shared.get(host)).flatMap(it -> it.overlap(route, by.namespace()));
      if (foreign.isPresent()) {
        String theirs = foreign.get().route() + " belongs to the namespace " + foreign.get().by();
        return conflict(theirs + ", which claimed it first");
      }
      return taken.forms(route) > MAX_FORMS
          ? conflict(host + " has paths of more than " + MAX_FORMS + " forms")
          : Optional.empty();
    }

    private static Optional<Refusal> conflict(String message) {
      return Optional.of(new Refusal(Reason.ROUTE_CONFLICT, message));
    }
  }
}
