package dev.dormouse.cli;

import dev.dormouse.activator.ActivatorEvents;
import dev.dormouse.admin.Metrics;
import dev.dormouse.core.ServiceId;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Passes on what happens in the data path.
 *
 * @param deaf told of a workload that has accepted a connection and not answered in time
 * @param answered told of one that has answered a handshake, with whatever
 */
record DataPathEvents(Metrics metrics, Consumer<ServiceId> deaf, Consumer<ServiceId> answered)
    implements ActivatorEvents {
  @Override
  public void refused(Optional<ServiceId> service, String reason) {
    metrics.refused(service, reason);
    service.filter(_ -> reason.equals(UPSTREAM_REFUSED)).ifPresent(answered);
  }

  @Override
  public void opened(ServiceId service, Duration held, Duration sinceAdmitted) {
    metrics.opened(service, held, sinceAdmitted);
    answered.accept(service);
  }

  @Override
  public void cut(ServiceId service, String reason) {
    metrics.cut(service, reason);
  }

  @Override
  public void closed(ServiceId service, Duration lived) {
    metrics.closed(service, lived);
  }

  @Override
  public void deaf(ServiceId service) {
    deaf.accept(service);
  }

  @Override
  public void left(ServiceId service, Duration held) {
    metrics.left(service, held);
  }
}
