package dev.dormouse.local.process;

import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceSpec.StopSignal;
import java.util.Optional;

/** Exit codes of processes as Java reports them: 128 + n for an end by signal n. */
public final class Exit {
  /** Of a process that is not our child: only that it has ended can be known. */
  public static final int UNKNOWN = -1;

  private Exit() {}

  /** The same of one that Dormouse has sent KILL to. */
  public static String describeKilled(int code) {
    return code == 128 + 9 ? "was ended by Dormouse's KILL" : describe(code);
  }

  /** In words that follow a subject. */
  public static String describe(int code) {
    if (code == UNKNOWN) {
      return "ended";
    }
    return code <= 128 ? "exited with code " + code : "was ended by " + signal(code - 128);
  }

  /** The same of one that was not ready yet. A success is that of a parent that leaves a daemon. */
  public static String describeEarly(int code) {
    String hint = code == 0 ? "; it must stay in the foreground" : "";
    return describe(code) + " before it was ready" + hint;
  }

  /** Whether a process that was told to stop by this signal obeyed: by 0, by it, INT or TERM. */
  public static boolean isObedient(int code, StopSignal told) {
    return code == UNKNOWN
        || code == 0
        || code == 128 + told.number()
        || code == 128 + StopSignal.INT.number()
        || code == 128 + StopSignal.TERM.number();
  }

  /** Why a start failed; setsid(1) says so if it cannot execute, say for want of an interpreter. */
  public static FailureReason reason(Optional<String> lastWords) {
    return lastWords.filter(words -> words.startsWith("setsid: ")).isPresent()
        ? FailureReason.SPAWN_FAILED
        : FailureReason.EXITED;
  }

  private static String signal(int number) {
    return switch (number) {
      case 1 -> "HUP";
      case 2 -> "INT";
      case 3 -> "QUIT";
      case 6 -> "ABRT";
      case 7 -> "BUS";
      case 9 -> "KILL (by hand, or for want of memory)";
      case 11 -> "SEGV";
      case 13 -> "PIPE";
      case 15 -> "TERM";
      default -> "signal " + number;
    };
  }
}
