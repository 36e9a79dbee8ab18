package dev.dormouse.core;

/**
 * One condition of a service's status.
 *
 * <p>{@code Ready}: a new connection would be served; True at zero. {@code Active}: True when the
 * workload serves, Unknown while it is waking, False otherwise.
 */
public record Condition(Status status, Reason reason, String message) {
  /** Its message can be shown. */
  public Condition {
    message = Text.printable(message);
  }

  /** Kubernetes' three values of a condition. */
  public enum Status {
    TRUE("True"),
    FALSE("False"),
    UNKNOWN("Unknown");

    private final String word;

    Status(String word) {
      this.word = word;
    }

    /** As Kubernetes writes it. */
    public String word() {
      return word;
    }
  }

  /** Every reason that a condition can have. */
  public enum Reason {
    /** The workload cannot be observed. */
    UNOBSERVABLE("Unobservable"),
    /** The workload has been told to stop. */
    STOPPING("Stopping"),
    /** The workload's clients are being closed politely. */
    DRAINING("Draining"),
    /** {@code activation: Disabled}. */
    DISABLED("Disabled"),
    /** Another region serves it. */
    SERVED_ELSEWHERE("ServedElsewhere"),
    /** Its resource is gone, or Dormouse is stopping. */
    REMOVED("Removed"),
    /** The workload is starting. */
    ACTIVATING("Activating"),
    /** Nobody needs it. */
    NO_TRAFFIC("NoTraffic"),
    /** Somebody is connected. */
    SERVING("Serving"),
    /** Somebody is connected, silently, and the workload sleeps meanwhile. */
    DOZING("Dozing"),
    /** It runs and nobody is connected. */
    IDLE("Idle"),
    /** The last start failed. */
    START_FAILED("StartFailed"),
    /** It runs, but does not serve new connections. */
    BROKEN("Broken"),
    /** Something that it depends on is not ready. */
    WAITING_FOR_DEPENDENCY("WaitingForDependency"),
    /** The resource has a mistake. */
    INVALID_SPEC("InvalidSpec"),
    /** Another service was first to claim one of its routes. */
    ROUTE_CONFLICT("RouteConflict"),
    /** It declares a host that it may not claim. */
    HOST_NOT_ALLOWED("HostNotAllowed"),
    /** A Service of its name is not its own: its names lead elsewhere. */
    SERVICE_CONFLICT("ServiceConflict"),
    /** What leads to it is refused by the cluster. */
    NOT_ROUTED("NotRouted"),
    /** What runs it is refused by the cluster. */
    NOT_APPLIED("NotApplied"),
    /** What is to be scaled for it does not exist. */
    NO_SCALE_TARGET("NoScaleTarget"),
    /** What is to be scaled for it is scaled for another service. */
    TARGET_CONFLICT("TargetConflict"),
    /** It can serve a new connection, at once or after a wake. */
    AVAILABLE("Available");

    private final String word;

    Reason(String word) {
      this.word = word;
    }

    /** The constant as it stands in the status. */
    public String word() {
      return word;
    }
  }
}
