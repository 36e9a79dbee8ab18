package dev.dormouse.kubernetes.status;

/**
 * One run of an activator: what its stakes are named by.
 *
 * @param name of its pod and of its Lease
 * @param session a UUID per process start
 */
public record ActivatorId(String name, String session) {
  private static final int SESSION_DIGITS = 8;

  /**
   * The key of its stakes: different for each process, so that a late write of a dead process
   * cannot replace the stake of its successor in the same pod.
   */
  public String key() {
    return name + "." + session.substring(0, Math.min(SESSION_DIGITS, session.length()));
  }

  /** Whose stake this is. */
  public static ActivatorId of(String key, Stake stake) {
    int dot = key.lastIndexOf('.');
    return new ActivatorId(dot < 0 ? key : key.substring(0, dot), stake.session());
  }
}
