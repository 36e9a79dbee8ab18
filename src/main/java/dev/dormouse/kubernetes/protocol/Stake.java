package dev.dormouse.kubernetes.protocol;

/**
 * One activator's entry in the status of a service: it has demand for it.
 *
 * @param session of the process that wrote it
 * @param seq grows with every write of that process
 * @param connections live tunnels when it was written
 */
public record Stake(String session, long seq, int connections) {}
