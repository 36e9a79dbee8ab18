package dev.dormouse.control;

import dev.dormouse.core.Decision;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceStatus;

/** Hears of every pass that changed something or acted. Called on the thread of the pass. */
public interface PassListener {
  /** A pass over {@code id} led from one status to another. */
  void passed(ServiceId id, ServiceStatus before, Decision decision, ServiceStatus after);
}
