package dev.dormouse.activator.route;

import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.gate.Gate;
import dev.dormouse.gate.Networks;
import java.util.function.Supplier;

/**
 * One service as the activator knows it. The gate stays the same when the spec changes.
 *
 * @param status what is known of it at the moment; called on event loops, must not block
 * @param trustedProxies those of the spec
 * @param monitors those of the spec
 */
public record GatedService(
    ServiceId id,
    ServiceSpec spec,
    Gate gate,
    Supplier<ServiceStatus> status,
    Networks trustedProxies,
    Monitors monitors) {
  /** A service with the proxies that its spec trusts. */
  public GatedService(ServiceId id, ServiceSpec spec, Gate gate, Supplier<ServiceStatus> status) {
    this(
        id,
        spec,
        gate,
        status,
        Networks.of(spec.access().trustedProxies()),
        Monitors.of(spec.access().monitors()));
  }

  /** A service of which nothing is known but its gate. */
  public GatedService(ServiceId id, ServiceSpec spec, Gate gate) {
    this(id, spec, gate, ServiceStatus::initial);
  }

  /** Whether it takes clients now, as far as is known here. */
  public boolean isAwake() {
    return gate.isAdmitting()
        || status.get().phase() == Phase.ACTIVE
        || status.get().phase() == Phase.DOZING;
  }

  /** The same service at another gate, of which nothing else is known. */
  public GatedService at(Gate other) {
    return new GatedService(id, spec, other, ServiceStatus::initial, trustedProxies, monitors);
  }
}
