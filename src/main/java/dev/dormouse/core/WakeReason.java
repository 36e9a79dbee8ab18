package dev.dormouse.core;

/** Why a workload was started. */
public enum WakeReason {
  /** A WebSocket upgrade arrived. */
  UPGRADE("Upgrade"),
  /** The same, of the client that ended a nap of Dormouse itself: it has waited for that, too. */
  NAP("Nap"),
  /** {@code activation: Always}. */
  ALWAYS("Always"),
  /** A warm window began, or somebody asked for it. */
  WARM("Warm"),
  /** A service that depends on it is waking. */
  DEPENDENT("Dependent"),
  /**
   * It dozed, and something other than a heartbeat came from a client, or was on its way to one.
   */
  MESSAGE("Message"),
  /** It dozed, and a client left. */
  CLOSE("Close"),
  /** It dozed, and something else that it listens to has spoken, or has hung up. */
  BROADCAST("Broadcast"),
  /** It dozed, and one of the files changed that {@code doze.wakeOn.files} names. */
  FILE("File"),
  /** It dozed for {@code doze.wakeEvery}. */
  TIMER("Timer"),
  /** It dozed, and must not do so any more: its definition says otherwise. */
  DEFINITION("Definition");

  private final String word;

  WakeReason(String word) {
    this.word = word;
  }

  /** As written in status and metrics. */
  public String word() {
    return word;
  }
}
