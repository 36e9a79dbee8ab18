package dev.dormouse.local;

import dev.dormouse.control.ServiceView.ProcessUsage;
import dev.dormouse.control.WorkloadDriver;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A driver that can also tell people what runs, and take over what runs already. {@link #usage} and
 * {@link #tail} are thread-safe.
 */
public interface MachineDriver extends WorkloadDriver {
  /** What runs for a service, measured now: milliseconds. */
  Optional<ProcessUsage> usage(ServiceId id);

  /** The last lines of a service's output, oldest first. */
  List<String> tail(ServiceId id);

  /** Why {@code sleep: Freeze} of this service is done as Stop, if it is. Thread-safe. */
  Optional<String> freezeObstacle(ServiceId id);

  /** These are the services from now on: what some of them need can be got ready. */
  void declare(Map<ServiceId, ServiceSpec> specs);

  /** What was thawed has given a client its first answer. Thread-safe. */
  void answered(ServiceId id);

  /** Takes over what an earlier Dormouse left running, and removes what nobody declares. */
  void adopt(Map<ServiceId, ServiceSpec> specs);

  /** Ends what runs as failed. */
  void fail(ServiceId id, FailureReason reason, String message);

  /** True if nothing runs, declared or not. */
  boolean isAtRest();
}
