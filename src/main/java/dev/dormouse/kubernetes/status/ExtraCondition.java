package dev.dormouse.kubernetes.status;

import dev.dormouse.core.Condition;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A condition besides Ready and Active: that a service's own names lead to it, or a trouble, which
 * is there as long as it lasts.
 *
 * @param reason one word, a documented constant
 * @param message for people
 */
public record ExtraCondition(Type type, Condition.Status status, String reason, String message) {
  /** The types of such conditions, as they stand in the status. */
  public enum Type {
    /** Its own names lead to it. */
    ROUTED("Routed"),
    /** A Service of its name exists and is not its own. */
    SERVICE_CONFLICT("ServiceConflict"),
    /** The API server refuses its Service or EndpointSlice. */
    NOT_ROUTED("NotRouted"),
    /** The API server refuses its Deployment, or to mark its scale target. */
    NOT_APPLIED("NotApplied"),
    /** Its scale target does not exist. */
    NO_SCALE_TARGET("NoScaleTarget"),
    /** Another service scales its scale target. */
    TARGET_CONFLICT("TargetConflict"),
    /** Somebody else writes the replicas, or has made more than one. */
    REPLICAS_CONTESTED("ReplicasContested"),
    /** A container of its pod, not the one that serves, does not run. */
    CONTAINER_TROUBLE("ContainerTrouble"),
    /** An annotation asks for something that cannot be read. */
    INVALID_ANNOTATION("InvalidAnnotation");

    private static final Set<String> WORDS =
        Stream.of(values()).map(Type::word).collect(Collectors.toUnmodifiableSet());

    private final String word;

    Type(String word) {
      this.word = word;
    }

    /** As it stands in the status. */
    public String word() {
      return word;
    }

    static boolean isOurs(String word) {
      return WORDS.contains(word);
    }
  }

  /** A trouble that there is. */
  public static ExtraCondition trouble(Type type, String reason, String message) {
    return new ExtraCondition(type, Condition.Status.TRUE, reason, message);
  }
}
