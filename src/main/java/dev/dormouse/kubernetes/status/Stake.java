package dev.dormouse.kubernetes.status;

import dev.dormouse.core.FailureReason;
import java.time.Duration;
import java.util.Optional;

/**
 * One activator's entry in the status of a service: it has demand for it.
 *
 * @param session of the process that wrote it
 * @param seq grows with every write of that process
 * @param connections live tunnels when it was written
 * @param complaint about the pod whose address it may dial
 */
public record Stake(String session, long seq, int connections, Optional<Complaint> complaint) {
  /** The least time between a write of a stake and its refresh, but for the last close. */
  public static final Duration REFRESH = Duration.ofSeconds(3);

  /** One that has nothing to complain of. */
  public Stake(String session, long seq, int connections) {
    this(session, seq, connections, Optional.empty());
  }

  /**
   * A pod is of no use to its writer.
   *
   * @param reason {@code DEAF}: it has accepted a connection and not answered it in time; {@code
   *     UNREACHABLE}: it refuses connections
   * @param pod its uid
   */
  public record Complaint(FailureReason reason, String pod) {}
}
