package dev.dormouse.activator;

import dev.dormouse.gate.Networks;
import java.time.Duration;
import java.util.List;

/**
 * Where to listen, and the bounds that belong to no service.
 *
 * @param port 0 for any free one
 * @param headTimeout how long a client may take to send the head of a request
 * @param idleTimeout how long a connection may stay open between two requests
 * @param linger how long a tunnel stays half-closed; how long a client may take to read an answer
 * @param redial the pause between two dials of an address that refuses
 * @param upstreams where clients of services that another region serves may be sent
 * @param onFly whether Fly's proxy stands in front: then it is believed, and replays requests
 * @param answer how long a service may take to begin its answer to an ordinary request
 * @param proxyProtocol from where connections begin with a header of the PROXY protocol
 */
public record ActivatorSettings(
    String host,
    int port,
    Duration headTimeout,
    Duration idleTimeout,
    Duration linger,
    Duration redial,
    boolean onFly,
    AllowedUpstreams upstreams,
    Duration answer,
    Networks proxyProtocol) {

  /** How long a service may take to begin an answer: longer than usual polls are kept waiting. */
  private static final Duration USUAL_ANSWER = Duration.ofMinutes(5);

  private static final Networks NO_NETWORK = Networks.of(List.of());

  /** Bounds with the usual patience for answers. */
  public ActivatorSettings(
      String host,
      int port,
      Duration headTimeout,
      Duration idleTimeout,
      Duration linger,
      Duration redial,
      boolean onFly,
      AllowedUpstreams upstreams) {
    this(
        host,
        port,
        headTimeout,
        idleTimeout,
        linger,
        redial,
        onFly,
        upstreams,
        USUAL_ANSWER,
        NO_NETWORK);
  }

  /** The default bounds. */
  public static ActivatorSettings of(String host, int port) {
    return new ActivatorSettings(
        host,
        port,
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(10),
        Duration.ofMillis(3),
        false,
        AllowedUpstreams.PUBLIC);
  }

  /** The same behind Fly's proxy, or not. */
  public ActivatorSettings onFly(boolean flag) {
    return new ActivatorSettings(
        host,
        port,
        headTimeout,
        idleTimeout,
        linger,
        redial,
        flag,
        upstreams,
        answer,
        proxyProtocol);
  }

  /** The same where clients may be sent to these hosts, too. */
  public ActivatorSettings allowing(AllowedUpstreams hosts) {
    return new ActivatorSettings(
        host, port, headTimeout, idleTimeout, linger, redial, onFly, hosts, answer, proxyProtocol);
  }

  /** The same behind proxies that speak the PROXY protocol. */
  public ActivatorSettings behind(Networks proxies) {
    return new ActivatorSettings(
        host, port, headTimeout, idleTimeout, linger, redial, onFly, upstreams, answer, proxies);
  }
}
