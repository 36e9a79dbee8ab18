package dev.dormouse.local;

import dev.dormouse.control.ServiceView.ProcessUsage;
import dev.dormouse.control.WorkloadDriver;
import dev.dormouse.core.Company;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Sleep;
import dev.dormouse.core.Workload;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A driver that can also tell people what runs, and take over what runs already. {@link #usage} and
 * {@link #tail} are thread-safe.
 */
public interface MachineDriver extends WorkloadDriver {
  /** What runs for a service, measured now: milliseconds. */
  Optional<ProcessUsage> usage(ServiceId id);

  /** The last lines of a service's output, oldest first. */
  List<String> tail(ServiceId id);

  /** Why this service is stopped instead of sleeping so, if it is. Thread-safe. */
  Optional<String> obstacle(ServiceId id, Sleep sleep);

  /** These are the services from now on: what some of them need can be got ready. */
  void declare(Map<ServiceId, ServiceSpec> specs);

  /** A client has got an answer from the workload. Thread-safe. */
  void answered(ServiceId id);

  /**
   * Takes over what an earlier Dormouse left running, and removes what nobody declares.
   *
   * @param resumed it was this process, which has only slept: what ended meanwhile ended for us
   */
  void adopt(Map<ServiceId, ServiceSpec> specs, boolean resumed);

  /** Whether nothing of a service is under way, and its state is written. */
  boolean isSettled(ServiceId id);

  /** The same of all services, declared or not. */
  boolean isSettled();

  /** The first process of what runs, if it is a child of this process. */
  Optional<Long> child(ServiceId id);

  /** The file to which it writes. */
  Optional<Path> output(ServiceId id);

  /** What runs was found to be of no use by others: seen as {@link Workload.Broken} from now on. */
  void broken(ServiceId id, FailureReason reason, String message);

  /**
   * Looks who is connected to what runs past Dormouse, its monitors apart.
   *
   * @return completed on the control thread
   */
  CompletableFuture<Company> look(ServiceId id, ServiceSpec spec);

  /** Writes down anew what is to outlive Dormouse. */
  void save();

  /** True if nothing runs, declared or not. */
  boolean isAtRest();
}
