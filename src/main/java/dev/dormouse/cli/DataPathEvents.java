package dev.dormouse.cli;

import dev.dormouse.activator.ActivatorEvents;
import dev.dormouse.admin.metrics.Metrics;
import dev.dormouse.control.LogLine;
import dev.dormouse.control.LogRateLimiter;
import dev.dormouse.control.NapDecision.Contact;
import dev.dormouse.control.ThrownLine;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Passes on what happens in the data path.
 *
 * @param log bounds what clients can have written
 * @param broken told of a workload that is of no use to its clients
 * @param answered told of one that has answered a handshake, with whatever
 * @param came told of everything that comes in
 */
record DataPathEvents(
    Metrics metrics,
    LogRateLimiter log,
    Doubts broken,
    Consumer<ServiceId> answered,
    Consumer<Contact> came)
    implements ActivatorEvents {
  /** Events of which nobody else hears. */
  DataPathEvents(Metrics metrics, LogRateLimiter log, Doubts broken, Consumer<ServiceId> answered) {
    this(metrics, log, broken, answered, _ -> {});
  }

  @Override
  public void contacted() {
    came.accept(Contact.CLIENT);
  }

  /** Hears of workloads that are of no use to their clients. */
  interface Doubts {
    void foundBroken(ServiceId service, FailureReason reason, String message);
  }

  @Override
  public void refused(Optional<ServiceId> service, String reason, String detail) {
    metrics.refused(service, reason);
    tell(service, "refused a client: " + reason, ": " + detail);
    service.filter(_ -> reason.equals(UPSTREAM_REFUSED)).ifPresent(answered);
  }

  @Override
  public void answered(ServiceId service, Duration held, Duration sinceDialed) {
    metrics.answered(service, held, sinceDialed);
    answered.accept(service);
  }

  @Override
  public void answeredInstead(ServiceId service, String what) {
    metrics.answeredInstead(service, what);
  }

  @Override
  public void opened(ServiceId service, Duration held, Duration sinceAdmitted) {
    metrics.opened(service, held, sinceAdmitted);
    answered.accept(service);
  }

  @Override
  public void cut(ServiceId service, String reason) {
    metrics.cut(service, reason);
    tell(Optional.of(service), "ended a socket: " + reason, "");
  }

  private void tell(Optional<ServiceId> service, String what, String detail) {
    LogLine line = LogLine.of(service, what);
    log.log(Level.INFO, line.toString(), line.and(detail));
  }

  @Override
  public void closed(ServiceId service, Duration lived) {
    metrics.closed(service, lived);
  }

  @Override
  public void foundBroken(ServiceId service, FailureReason reason, String message) {
    broken.foundBroken(service, reason, message);
  }

  @Override
  public void notAllowed(ServiceId service, String where) {
    log.log(
        Level.WARNING,
        "not allowed " + service,
        LogLine.of(service, "is served at " + where + ", where only --allow-upstream lets it be"));
  }

  @Override
  public void broke(Optional<ServiceId> service, Throwable cause) {
    String what = "connection closed by an unexpected error: " + ThrownLine.of(cause);
    log.log(
        Level.WARNING, "broke " + service + cause.getClass().getName(), LogLine.of(service, what));
  }

  @Override
  public void left(ServiceId service, Duration held) {
    metrics.left(service, held);
  }
}
