package dev.dormouse.control;

import dev.dormouse.core.Neighbours;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.Surroundings;
import dev.dormouse.core.Surroundings.Presence;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Which services need which, and what the phases of all mean for one. It keeps nothing: both
 * runtimes know their services and phases. As thread-safe as what it asks.
 */
public final class DependencyGraph {
  private final Function<ServiceId, Collection<ServiceId>> dependents;
  private final Function<ServiceId, Optional<Phase>> phases;

  /**
   * A graph of the services that a runtime knows.
   *
   * @param dependents the services that depend on one
   * @param phases the phase of a service, empty if there is none of this name
   */
  public DependencyGraph(
      Function<ServiceId, Collection<ServiceId>> dependents,
      Function<ServiceId, Optional<Phase>> phases) {
    this.dependents = dependents;
    this.phases = phases;
  }

  /** The services to which a change of this one's phase may matter. */
  public List<ServiceId> neighbours(ServiceId id, ServiceSpec spec) {
    List<ServiceId> all = new ArrayList<>(dependents.apply(id));
    spec.dependsOn().forEach(name -> all.add(id.sibling(name)));
    return all;
  }

  /**
   * All that a pass has to know beside spec, demand and workload.
   *
   * @param leaving why this copy of Dormouse gives the service up, if it does. What others depend
   *     on goes last: it stays until no dependent is awake
   * @param warm the windows of this service
   */
  public Surroundings around(
      ServiceId id,
      ServiceSpec spec,
      Optional<Presence> leaving,
      WarmWindows.Outlook warm,
      Instant now) {
    boolean dependentAwake =
        Neighbours.isAnyAwake(
            dependents.apply(id).stream().flatMap(it -> phases.apply(it).stream()).toList());
    Presence own = spec.servedBy().isPresent() ? Presence.ELSEWHERE : Presence.HERE;
    return new Surroundings(
        now,
        dependentAwake ? Presence.HERE : leaving.orElse(own),
        Neighbours.dependencies(spec.dependsOn(), name -> phases.apply(id.sibling(name))),
        dependentAwake,
        warm.until(),
        warm.next());
  }
}
