package dev.dormouse.activator;

import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import java.time.Duration;
import java.util.Optional;

/** What the activator tells to metrics. Called on event loops: must not block. */
public interface ActivatorEvents {
  /** The reason of a refusal that is the workload's own answer. */
  String UPSTREAM_REFUSED = "upstream-refused";

  /** Somebody connected, or sent a request on an open connection. */
  default void contacted() {}

  /**
   * A request got another answer than a tunnel.
   *
   * @param service empty if no declared route matched
   * @param reasonCode one of a small fixed set, fit for a metric label
   * @param detail why, for people; of what a client sent, at most a few printable characters
   */
  void refused(Optional<ServiceId> service, String reasonCode, String detail);

  /**
   * A service began its answer to an ordinary request.
   *
   * @param held from the arrival of the request to its last dial
   * @param sinceDialed from there to the head of the answer
   */
  default void answered(ServiceId service, Duration held, Duration sinceDialed) {}

  /**
   * An ordinary request got an answer of our own that is no refusal.
   *
   * @param what one of a small fixed set, fit for a metric label
   */
  default void answeredInstead(ServiceId service, String what) {}

  /**
   * A tunnel was opened.
   *
   * @param held from the arrival of the upgrade to its 101
   * @param sinceAdmitted from the first known address of the workload to the 101
   */
  void opened(ServiceId service, Duration held, Duration sinceAdmitted);

  /**
   * A tunnel is ended because of its client. {@link #closed} follows.
   *
   * @param reasonCode one of a small fixed set, fit for a metric label
   */
  void cut(ServiceId service, String reasonCode);

  /** Both sides of a tunnel are closed. */
  void closed(ServiceId service, Duration lived);

  /** A workload was found to be of no use to its clients. */
  void foundBroken(ServiceId service, FailureReason reason, String message);

  /**
   * A connection was closed because of a bug, which its client may have brought about.
   *
   * @param service empty if its route was not known yet
   */
  void broke(Optional<ServiceId> service, Throwable cause);

  /**
   * Clients of a service are not sent to where its region is declared to be.
   *
   * @param where host, port and address, of the manifest and of the DNS
   */
  void notAllowed(ServiceId service, String where);

  /** A client hung up while it was held. */
  void left(ServiceId service, Duration held);
}
