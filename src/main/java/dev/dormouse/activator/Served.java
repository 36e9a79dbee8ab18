package dev.dormouse.activator;

import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.gate.Gate;
import java.util.function.Supplier;

/**
 * One service as the activator knows it. The gate stays the same when the spec changes.
 *
 * @param status what is known of it at the moment; called on event loops, must not block
 */
public record Served(ServiceId id, ServiceSpec spec, Gate gate, Supplier<ServiceStatus> status) {
  /** A service of which nothing is known but its gate. */
  public Served(ServiceId id, ServiceSpec spec, Gate gate) {
    this(id, spec, gate, ServiceStatus::initial);
  }
}
