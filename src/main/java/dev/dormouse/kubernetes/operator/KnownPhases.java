package dev.dormouse.kubernetes.operator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.resource.OnDemandService;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The phases of all services, as their last passes left them. Thread-safe. */
final class KnownPhases {
  private final Map<ServiceId, Phase> phases = new ConcurrentHashMap<>();

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

  /** A pass has left a service in this phase; true if it was in another. */
  boolean entered(ServiceId id, Phase phase) {
    return phases.put(id, phase) != phase;
  }

  Optional<Phase> of(ServiceId id) {
    return Optional.ofNullable(phases.get(id));
  }
}
