package dev.dormouse.api;

import dev.dormouse.api.schema.Field;
import dev.dormouse.api.schema.Formats;
import dev.dormouse.api.schema.Syntax;
import dev.dormouse.api.spec.ClaimedRoute;
import dev.dormouse.api.spec.DocumentReader.Draft;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.api.spec.ReaderContext.Platform;
import dev.dormouse.core.Activation;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec.Sleep;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What services that were read one by one are to each other: names, dependencies, and on one
 * machine ports and routes. Of two that claim the same, the one that was declared first keeps it.
 */
final class Claims {
  private final ReaderContext context;
  private final List<Draft> drafts;
  private final Map<ServiceId, Draft> byId = new LinkedHashMap<>();
  private final Set<ServiceId> dependencies = new HashSet<>();
  private final DependencyCycles cycles = new DependencyCycles();
  private final Map<Integer, Draft> ports = new HashMap<>();
  private final RouteIndex<String> routes = new RouteIndex<>();

  Claims(ReaderContext context, List<Draft> drafts) {
    this.context = context;
    this.drafts = drafts;
  }

  /** Reports the mistakes between the services, and returns those without any. */
  List<Draft> settle() {
    drafts.forEach(this::claimName);
    drafts.forEach(draft -> dependencies.addAll(dependencies(draft)));
    byId.forEach((id, draft) -> cycles.put(id, dependencies(draft)));
    cycles.settle();
    drafts.forEach(this::checkDependencies);
    drafts.forEach(this::checkReachable);
    Map<ServiceId, Draft> accepted = new LinkedHashMap<>();
    for (Draft draft : drafts) {
      if (context.platform() == Platform.MACHINE) {
        claimPort(draft);
        claimRoutes(draft);
      }
      if (draft.valid()) {
        accepted.put(draft.id(), draft);
        draft.spec().port().ifPresent(port -> ports.putIfAbsent(port, draft));
        claimed(draft).forEach(route -> routes.add(route, draft.toString()));
      }
    }
    for (Draft draft : accepted.values()) {
      if (!accepted.keySet().containsAll(dependencies(draft))) {
        draft.at("dependsOn").warning("depends on a service that is refused and will not start");
      }
      if (draft.spec().sleep() != Sleep.STOP) {
        dependencies(draft).stream()
            .flatMap(id -> Optional.ofNullable(accepted.get(id)).stream())
            .filter(it -> it.spec().activation() == Activation.ON_DEMAND)
            .filter(it -> it.spec().sleep() == Sleep.STOP)
            .forEach(
                it -> draft.at("sleep").warning(shortSleep(draft.spec().sleep(), it.id().name())));
      }
    }
    return List.copyOf(accepted.values());
  }

  private static String shortSleep(Sleep sleep, String dependency) {
    return Formats.camel(sleep)
        + " lasts only until "
        + dependency
        + " is stopped, which this one depends on: declare Freeze or activation: Always there, too";
  }

  private static List<ServiceId> dependencies(Draft draft) {
    return draft.spec().dependsOn().stream().map(draft.id()::sibling).toList();
  }

  private void claimName(Draft draft) {
    Optional<Draft> first = Optional.ofNullable(byId.putIfAbsent(draft.id(), draft));
    Field name = draft.source().field().at("metadata").at("name");
    first.filter(_ -> name.present()).ifPresent(it -> name.problem("there already is " + it));
  }

  private void checkDependencies(Draft draft) {
    for (Field item : draft.at("dependsOn").items()) {
      String name = item.node().asText();
      ServiceId id = draft.id().sibling(name);
      Optional<String> way = cycles.way(draft.id(), id);
      if (way.isPresent()) {
        item.problem("must not lead back: " + way.get());
      } else if (Syntax.NAME.matches(name) && !byId.containsKey(id)) {
        item.problem("names no service, was " + item.shown() + Formats.didYouMean(name, names(id)));
      }
    }
  }

  private List<String> names(ServiceId sibling) {
    return byId.keySet().stream()
        .filter(it -> it.namespace().equals(sibling.namespace()))
        .map(ServiceId::name)
        .toList();
  }

  private void checkReachable(Draft draft) {
    boolean routed = draft.at("path").present() || draft.at("routes").present();
    boolean alone = draft.spec().activation() == Activation.ALWAYS;
    if (!routed && !alone && !dependencies.contains(draft.id())) {
      draft.at("path").problem(context.because(draft.id().name()) + "is required");
    }
  }

  private void claimPort(Draft draft) {
    int port = draft.spec().port().orElse(0);
    Draft older = port == 0 ? null : ports.get(port);
    if (older != null) {
      draft.at("port").problem(draft.id() + " cannot have " + port + ", the port of " + older);
    }
  }

  private void claimRoutes(Draft draft) {
    List<ClaimedRoute> claimed = claimed(draft);
    for (int i = 0; i < claimed.size(); i++) {
      Field path = draft.at("path");
      Field field = path.present() ? path : draft.at("routes").items().get(i);
      String claim = draft.id() + " cannot claim " + claimed.get(i);
      routes
          .rival(claimed.get(i), draft.toString())
          .ifPresent(it -> field.problem(claim + ", " + it.by() + " has " + it.route()));
    }
  }

  private List<ClaimedRoute> claimed(Draft draft) {
    return draft.spec().routes().stream().map(it -> ClaimedRoute.of(it, context.region())).toList();
  }
}
