package dev.dormouse.core;

import dev.dormouse.core.Surroundings.Dependencies;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What the states of other services mean for one. */
public final class Neighbours {
  private Neighbours() {}

  /**
   * The state of what a service depends on.
   *
   * @param phaseOf the phase of a service of the same namespace, empty if there is none
   */
  public static Dependencies dependencies(
      List<String> names, Function<String, Optional<Phase>> phaseOf) {
    Dependencies worst = new Dependencies.AllReady();
    for (String name : names) {
      Optional<Phase> phase = phaseOf.apply(name);
      if (phase.isEmpty() || phase.get() == Phase.FAILED || phase.get() == Phase.DISABLED) {
        return new Dependencies.Unavailable(name);
      }
      if (phase.get() != Phase.ACTIVE && worst instanceof Dependencies.AllReady) {
        worst = new Dependencies.NotReady(name);
      }
    }
    return worst;
  }

  /** True if any dependent has, or is about to have, a workload that runs. */
  public static boolean isAnyAwake(Collection<Phase> dependents) {
    return dependents.stream().anyMatch(phase -> phase.isAwake() || phase == Phase.STOPPING);
  }
}
