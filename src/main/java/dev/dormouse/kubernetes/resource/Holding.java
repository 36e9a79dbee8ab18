package dev.dormouse.kubernetes.resource;

import dev.dormouse.core.ServiceSpec.Route;
import dev.dormouse.kubernetes.status.HeldRoute;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The routes with a host that a service has, by host and path as one text.
 *
 * @param recorded those that its status names: they are its own, declared or not, until it does not
 * @param given those that were given to it here, which its status may not name yet
 */
record Holding(Map<String, HeldRoute> recorded, Map<String, HeldRoute> given) {
  static final Holding NOTHING = new Holding(Map.of(), Map.of());

  /** What an object's status says; one that was lost takes nothing with it. */
  static Holding of(OnDemandService object, Holding before) {
    if (!object.hasStatus()) {
      return before;
    }
    Map<String, HeldRoute> recorded = new HashMap<>();
    object.held().forEach(it -> recorded.put(it.toString(), it));
    return new Holding(recorded, before.given());
  }

  Map<String, HeldRoute> all() {
    Map<String, HeldRoute> all = new HashMap<>(given);
    all.putAll(recorded);
    return all;
  }

  /** What is not declared any more is not given any more. */
  Holding declaring(Collection<Route> routes) {
    Map<String, HeldRoute> still = new HashMap<>(given);
    still.keySet().retainAll(routes.stream().map(Holding::text).collect(Collectors.toSet()));
    return new Holding(recorded, still);
  }

  static String text(Route route) {
    return route.host().orElse("") + route.path();
  }
}
