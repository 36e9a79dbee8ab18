package dev.dormouse.control;

import dev.dormouse.core.Keeper;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.Surroundings;
import dev.dormouse.gate.Client;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One service as people and scrapers see it at one moment.
 *
 * @param process what runs for it on this machine, if anything does
 * @param awakeBytes the memory it used when it was last measured awake: what its sleep saves
 * @param wakes the last wakes, newest first, at most {@link #MAX_WAKES}
 * @param sleepObstacle why {@code sleep: Freeze} or {@code Doze} is done as Stop; empty if it is
 *     not, or not asked for
 * @param output the last lines of its output, oldest first; kept for the failure report
 * @param why why it is awake, for people; empty if it is not
 * @param clients those who are connected here, the longest first, at most {@link #MAX_CLIENTS}
 */
public record ServiceView(
    ServiceId id,
    ServiceSpec spec,
    ServiceStatus status,
    Optional<ProcessUsage> process,
    OptionalLong awakeBytes,
    List<ServiceStatus.Wake> wakes,
    Optional<String> sleepObstacle,
    List<String> output,
    Optional<String> why,
    List<Client> clients) {
  /** How many clients are told one by one. */
  public static final int MAX_CLIENTS = 100;

  /** One of which is not known why it is awake, and for whom. */
  public ServiceView(
      ServiceId id,
      ServiceSpec spec,
      ServiceStatus status,
      Optional<ProcessUsage> process,
      OptionalLong awakeBytes,
      List<ServiceStatus.Wake> wakes,
      Optional<String> sleepObstacle,
      List<String> output) {
    this(
        id,
        spec,
        status,
        process,
        awakeBytes,
        wakes,
        sleepObstacle,
        output,
        Optional.empty(),
        List.of());
  }

  /** How many wakes are remembered. */
  public static final int MAX_WAKES = 10;

  /** One whose workload runs elsewhere: its last wake is all that is remembered. */
  public static ServiceView remote(
      ServiceId id, ServiceSpec spec, ServiceStatus status, List<Client> clients) {
    return new ServiceView(
        id,
        spec,
        status,
        Optional.empty(),
        OptionalLong.empty(),
        status.lastWake().stream().toList(),
        Optional.empty(),
        List.of(),
        Keeper.sentence(status, always(spec)),
        clients);
  }

  private static Optional<String> always(ServiceSpec spec) {
    return Keeper.of(spec, Surroundings.plain(Instant.EPOCH));
  }

  /**
   * The processes of a workload.
   *
   * @param pid the first of them
   * @param memoryBytes proportional set size of all of them
   * @param frozen whether all of them are stopped
   */
  public record ProcessUsage(long pid, int processes, long memoryBytes, boolean frozen) {}

  /** Where the views of all services come from. Thread-safe. */
  public interface Source {
    /**
     * All services, by name. Measures memory, so it is not free: milliseconds a running service.
     */
    List<ServiceView> views();
  }
}
