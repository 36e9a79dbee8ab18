package dev.dormouse.control;

import dev.dormouse.core.Action;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.Workload;

/**
 * The port through which workloads are observed, started and stopped. Called by one pass at a time
 * per service.
 */
public interface WorkloadDriver {
  /** What runs now, from memory: does no I/O that could block for long. */
  Workload observe(ServiceId id);

  /**
   * Begins an action and returns before it is complete; its progress is seen by {@link #observe}.
   * Idempotent: an action that is under way already is not begun again. What goes wrong becomes the
   * workload's state, not an exception.
   */
  void apply(ServiceId id, ServiceSpec spec, Action action);
}
