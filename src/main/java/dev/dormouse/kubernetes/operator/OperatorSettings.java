package dev.dormouse.kubernetes.operator;

import io.fabric8.kubernetes.client.Config;
import java.time.Duration;
import java.util.Optional;

/**
 * Where an operator runs and what it looks after.
 *
 * @param cluster how the API server is reached
 * @param watched the one namespace that it looks after; empty for all
 * @param namespace its own: of its leadership, and of the activators
 * @param identity of this process among operators
 * @param activators the label selector of the activators' pods
 * @param activatorPort where they listen
 */
public record OperatorSettings(
    Config cluster,
    Optional<String> watched,
    String namespace,
    String identity,
    Optional<String> region,
    String clusterDomain,
    String activators,
    int activatorPort,
    Election election,
    Duration activatorLease) {

  /** How leadership is kept: the defaults of client-go. */
  public record Election(Duration lease, Duration renewDeadline, Duration retry) {
    /** Fifteen seconds, ten, and two. */
    public static Election usual() {
      return new Election(Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2));
    }
  }
}
