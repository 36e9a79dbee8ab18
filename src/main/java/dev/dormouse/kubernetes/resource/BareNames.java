package dev.dormouse.kubernetes.resource;

import dev.dormouse.core.ServiceSpec.Route;
import dev.dormouse.kubernetes.resource.Validity.Entry;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The short names of services. In its own namespace {@code ws://cable/} leads to the Service {@code
 * cable}; an activator sees the short name only, not where it was asked for. So it is answered to
 * as long as one service is called so, and nobody has declared that word as a host.
 */
final class BareNames {
  /** What leads here through a forwarded port is said to nobody in particular. */
  private static final String LOCALHOST = "localhost";

  private BareNames() {}

  /** The same services, each with its short name if it can be meant by it. */
  static List<Entry> of(Collection<Entry> all) {
    Set<String> taken =
        all.stream()
            .flatMap(it -> it.spec().routes().stream())
            .flatMap(it -> it.host().stream())
            .collect(Collectors.toCollection(HashSet::new));
    taken.add(LOCALHOST);
    Set<String> once = new HashSet<>();
    Set<String> more = new HashSet<>();
    all.stream()
        .filter(it -> it.spec().routes().stream().anyMatch(route -> isOwn(it, route)))
        .map(it -> it.id().name())
        .filter(it -> !once.add(it))
        .forEach(more::add);
    once.removeAll(more);
    once.removeAll(taken);
    return all.stream().map(it -> once.contains(it.id().name()) ? named(it) : it).toList();
  }

  private static boolean isOwn(Entry entry, Route route) {
    return route.host().filter(ownName(entry)::equals).isPresent();
  }

  private static String ownName(Entry entry) {
    return entry.id().name() + "." + entry.id().namespace();
  }

  private static Entry named(Entry entry) {
    List<Route> routes = entry.spec().routes();
    Stream<Route> more =
        routes.stream().filter(it -> isOwn(entry, it)).map(it -> it.on(entry.id().name()));
    return new Entry(
        entry.id(),
        entry.uid(),
        entry.generation(),
        entry.spec().withRoutes(Stream.concat(routes.stream(), more).toList()),
        entry.effective());
  }
}
