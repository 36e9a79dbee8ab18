package dev.dormouse.activator;

import java.time.Duration;

/**
 * Where to listen, and the bounds that belong to no service.
 *
 * @param port 0 for any free one
 * @param headTimeout how long a client may take to send the head of a request
 * @param idleTimeout how long a connection may stay open between two requests
 * @param linger how long a tunnel stays half-closed; how long a client may take to read an answer
 * @param redial the pause between two dials of an address that refuses
 */
public record ActivatorSettings(
    String host,
    int port,
    Duration headTimeout,
    Duration idleTimeout,
    Duration linger,
    Duration redial) {

  /** The default bounds. */
  public static ActivatorSettings of(String host, int port) {
    return new ActivatorSettings(
        host,
        port,
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(10),
        Duration.ofMillis(3));
  }
}
