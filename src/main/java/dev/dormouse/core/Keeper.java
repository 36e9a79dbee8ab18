package dev.dormouse.core;

import java.util.Optional;

/** What keeps a service awake, in words: behind "it is awake because". */
public final class Keeper {
  private Keeper() {}

  /** What does beside clients, if anything does. */
  public static Optional<String> of(ServiceSpec spec, Surroundings around) {
    if (spec.activation() == Activation.ALWAYS) {
      return Optional.of("its activation is Always");
    }
    if (around.dependentAwake()) {
      return Optional.of("a service that depends on it is awake");
    }
    return around
        .warmUntil()
        .filter(around.now()::isBefore)
        .map(_ -> "a warm window or a manual wake lasts");
  }

  /**
   * Why it is awake, if it is.
   *
   * @param other what keeps it awake beside clients
   */
  public static Optional<String> sentence(ServiceStatus status, Optional<String> other) {
    return switch (status.phase()) {
      case WAKING -> Optional.of(waking(status, other));
      case ACTIVE -> Optional.of(active(status, other));
      case DRAINING, STOPPING -> Optional.of("it is falling asleep");
      case DOZING -> Optional.empty();
      case DORMANT, FAILED, DISABLED -> Optional.empty();
    };
  }

  private static String waking(ServiceStatus status, Optional<String> other) {
    String who = status.waiting() > 0 ? clients(status.waiting()) + " for it" : other.orElse("");
    String why = who.isEmpty() ? "it was asked for" : who;
    String message = status.active().message();
    return message.isEmpty() ? why : why + "; it is " + message;
  }

  private static String active(ServiceStatus status, Optional<String> other) {
    if (status.connections() > 0) {
      return status.connections()
          + (status.connections() == 1 ? " client is" : " clients are")
          + " connected";
    }
    if (status.waiting() > 0) {
      return clients(status.waiting()) + " for its answer";
    }
    String message = status.active().message();
    return message.isEmpty()
        ? other.orElse("nobody is connected, but it has not been idle for long enough")
        : message;
  }

  private static String clients(int waiting) {
    return waiting + (waiting == 1 ? " client waits" : " clients wait");
  }
}
