package dev.dormouse.core;

import java.time.Instant;
import java.util.Optional;

/**
 * Why a client cannot have the service, as told in the fallback answer.
 *
 * @param detail a sentence for a person; never output of the workload
 * @param retryAt when another try may succeed, if that is known
 */
public record Refusal(Reason reason, String detail, Optional<Instant> retryAt) {
  /** Its detail can be shown. */
  public Refusal {
    detail = Text.printable(detail);
  }

  /** A refusal without a known time for the next try. */
  public static Refusal of(Reason reason, String detail) {
    return new Refusal(reason, detail, Optional.empty());
  }

  /** What whoever must not wake it hears. */
  public static Refusal asleep() {
    return of(
        Reason.ASLEEP, "It is asleep here, and access.monitors says that you do not wake it.");
  }

  /** What those hear whose hold ends before the next start is tried. */
  public static Refusal after(Failure failure) {
    Reason reason =
        switch (failure.reason()) {
          case SPAWN_FAILED, EXITED, CRASHED, DEAF, UNREACHABLE -> Reason.START_FAILED;
          case TIMED_OUT -> Reason.TIMED_OUT;
          case PORT_BUSY -> Reason.PORT_BUSY;
        };
    return new Refusal(reason, "the last start failed", Optional.of(failure.nextRetry()));
  }

  /** The kinds of refusal; the code stands in the answer, the log and the metrics. */
  public enum Reason {
    /** The start failed or the workload died. */
    START_FAILED("start-failed"),
    /** The workload was not ready within its startup timeout. */
    TIMED_OUT("timed-out"),
    /** The workload's port is held by a foreign process. */
    PORT_BUSY("port-busy"),
    /** This client's hold ended before the workload was ready. */
    HELD_TOO_LONG("held-too-long"),
    /** It sleeps, and whoever comes is declared not to wake it. */
    ASLEEP("asleep"),
    /** As many clients as allowed are waiting or connected. */
    FULL("full"),
    /** The service is disabled, removed, or Dormouse is stopping. */
    DISABLED("disabled"),
    /** Something that it depends on failed or is disabled. */
    DEPENDENCY_FAILED("dependency-failed"),
    /** Another region serves it. */
    SERVED_ELSEWHERE("served-elsewhere"),
    /** The workload's previous run does not end. */
    STOPPING("stopping"),
    /** The cluster's API server, which has to be asked first, does not answer. */
    CONTROL_PLANE_UNAVAILABLE("control-plane-unavailable");

    private final String code;

    Reason(String code) {
      this.code = code;
    }

    /** The kind as it is written in answers, logs and metric labels. */
    public String code() {
      return code;
    }
  }
}
