package dev.dormouse.kubernetes.operator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.core.Neighbours;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.Surroundings;
import dev.dormouse.core.Surroundings.Presence;
import dev.dormouse.kubernetes.resource.Catalog;
import dev.dormouse.kubernetes.resource.OnDemandService;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The phases of all services, and what they mean for each other. Thread-safe. */
final class Neighbourhood {
  private final Catalog catalog;
  private final Map<ServiceId, Phase> phases = new ConcurrentHashMap<>();

  Neighbourhood(Catalog catalog) {
    this.catalog = catalog;
  }

  /** What the object says of itself, unless more is known already. */
  void seen(OnDemandService object) {
    JsonNode status = object.getStatus();
    String word = status == null ? "" : status.path("phase").asText();
    phases.putIfAbsent(
        object.id(),
        Stream.of(Phase.values())
            .filter(it -> it.word().equals(word))
            .findFirst()
            .orElse(Phase.DORMANT));
  }

  void gone(ServiceId id) {
    phases.remove(id);
  }

  /**
   * A pass has left a service in this phase.
   *
   * @return the services that this may matter to
   */
  List<ServiceId> entered(ServiceId id, ServiceSpec spec, Phase phase) {
    if (phases.put(id, phase) == phase) {
      return List.of();
    }
    List<ServiceId> around = new ArrayList<>(catalog.dependentsOf(id));
    spec.dependsOn().forEach(name -> around.add(id.sibling(name)));
    return around;
  }

  Surroundings surroundings(ServiceId id, ServiceSpec spec, Tended tended, Instant now) {
    boolean dependentAwake =
        Neighbours.isAnyAwake(
            catalog.dependentsOf(id).stream().flatMap(it -> phase(it).stream()).toList());
    var warm = tended.warm.at(now, spec.warm());
    boolean elsewhere = spec.servedBy().isPresent() && !dependentAwake;
    return new Surroundings(
        now,
        elsewhere ? Presence.ELSEWHERE : Presence.HERE,
        Neighbours.dependencies(spec.dependsOn(), name -> phase(id.sibling(name))),
        dependentAwake,
        warm.until(),
        warm.next());
  }

  private Optional<Phase> phase(ServiceId id) {
    return Optional.ofNullable(phases.get(id));
  }
}
