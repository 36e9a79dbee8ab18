package dev.dormouse.kubernetes.apply;

import dev.dormouse.core.Condition;
import dev.dormouse.kubernetes.status.ExtraCondition;
import java.util.Optional;

/** What is wrong with the objects of a service, for people: an event, a log line, a condition. */
public record Trouble(ExtraCondition.Type type, String message) {
  /** How the API server answers for a namespace that is being removed, whatever is asked. */
  private static final String ENDING = "because it is being terminated";

  /** The word that an event has. */
  public String reason() {
    return type.word();
  }

  /** The condition that says so as long as it lasts. */
  public ExtraCondition mark() {
    return ExtraCondition.trouble(type, word(type), message);
  }

  private static String word(ExtraCondition.Type of) {
    return switch (of) {
      case SERVICE_CONFLICT -> "NotOurs";
      case NOT_ROUTED, NOT_APPLIED -> "Refused";
      case NO_SCALE_TARGET -> "NotFound";
      case TARGET_CONFLICT -> "Taken";
      case REPLICAS_CONTESTED -> "OtherWriter";
      case CONTAINER_TROUBLE -> "NotRunning";
      case INVALID_ANNOTATION -> "NotUnderstood";
      case ROUTED -> "Routed";
    };
  }

  /** Why clients cannot come, if they cannot. */
  public Optional<Condition> unready() {
    return reasonOf(type).map(it -> new Condition(Condition.Status.FALSE, it, message));
  }

  private static Optional<Condition.Reason> reasonOf(ExtraCondition.Type of) {
    return switch (of) {
      case SERVICE_CONFLICT -> Optional.of(Condition.Reason.SERVICE_CONFLICT);
      case NOT_ROUTED -> Optional.of(Condition.Reason.NOT_ROUTED);
      case NOT_APPLIED -> Optional.of(Condition.Reason.NOT_APPLIED);
      case NO_SCALE_TARGET -> Optional.of(Condition.Reason.NO_SCALE_TARGET);
      case TARGET_CONFLICT -> Optional.of(Condition.Reason.TARGET_CONFLICT);
      case REPLICAS_CONTESTED, CONTAINER_TROUBLE, INVALID_ANNOTATION, ROUTED -> Optional.empty();
    };
  }

  /** True if its own names do not lead to it. */
  public boolean misleads() {
    return type == ExtraCondition.Type.SERVICE_CONFLICT || type == ExtraCondition.Type.NOT_ROUTED;
  }

  /** True of what an API server says to all that is made in a namespace that ends. */
  static boolean isOfTheEnd(String why) {
    return why.contains(ENDING);
  }
}
