package dev.dormouse.kubernetes.protocol;

import java.util.Optional;

/**
 * One activator's entry in the status of a service: it has demand for it.
 *
 * @param session of the process that wrote it
 * @param seq grows with every write of that process
 * @param connections live tunnels when it was written
 * @param deaf the uid of a pod that has accepted a connection and not answered it in time
 */
public record Stake(String session, long seq, int connections, Optional<String> deaf) {
  /** One that has nothing to complain of. */
  public Stake(String session, long seq, int connections) {
    this(session, seq, connections, Optional.empty());
  }
}
