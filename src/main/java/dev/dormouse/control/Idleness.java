package dev.dormouse.control;

import dev.dormouse.core.Activation;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds out whether nothing on this machine has been needed for long enough. What always runs does
 * not count, nor what is awake only because another service depends on it. Not thread-safe.
 */
public final class Idleness {
  private final Duration limit;
  private Instant lastNeeded;

  /** Counts from {@code now}. */
  public Idleness(Duration limit, Instant now) {
    this.limit = limit;
    this.lastNeeded = now;
  }

  /** Counts anew from {@code now}: after a suspend, or one that failed. */
  public void restart(Instant now) {
    lastNeeded = now;
  }

  /**
   * Takes note of what is needed now.
   *
   * @param now of the clock of the views, which does not jump when a suspended machine goes on
   * @return how long nothing will still have to be needed; zero or less if that is over
   */
  public Duration left(Instant now, List<ServiceView> views) {
    List<ServiceView> counting = counting(views);
    if (counting.stream().anyMatch(Idleness::isNeeded)) {
      lastNeeded = now;
    }
    counting.stream()
        .flatMap(it -> it.status().quietSince().stream())
        .filter(lastNeeded::isBefore)
        .forEach(it -> lastNeeded = it);
    return limit.minus(Duration.between(lastNeeded, now));
  }

  /** Those that must be put to sleep before the machine is, dependents first. */
  public static List<ServiceView> awake(List<ServiceView> views) {
    return counting(views).stream().filter(it -> !isAtRest(it)).toList();
  }

  private static List<ServiceView> counting(List<ServiceView> views) {
    Set<ServiceId> carried = new HashSet<>();
    views.stream()
        .filter(it -> !isAtRest(it))
        .flatMap(it -> it.spec().dependsOn().stream().map(it.id()::sibling))
        .forEach(carried::add);
    return views.stream()
        .filter(it -> it.spec().activation() == Activation.ON_DEMAND)
        .filter(it -> !carried.contains(it.id()) || isWanted(it))
        .toList();
  }

  private static boolean isWanted(ServiceView view) {
    return view.status().connections() + view.status().waiting() > 0;
  }

  /**
   * Awake without a time at which it will sleep: somebody keeps it so, by hand or by a window. On
   * its way to sleep, or waking for a client that has left, it is on its way to rest.
   */
  private static boolean isNeeded(ServiceView view) {
    boolean kept = view.status().phase() == Phase.ACTIVE && view.status().nextStopTime().isEmpty();
    return isWanted(view) || kept || view.status().phase() == Phase.WAKING;
  }

  private static boolean isAtRest(ServiceView view) {
    return Stream.of(Phase.DORMANT, Phase.FAILED, Phase.DISABLED)
        .anyMatch(it -> it == view.status().phase());
  }
}
