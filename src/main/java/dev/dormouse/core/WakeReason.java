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
  DEPENDENT("Dependent");

  private final String word;

  WakeReason(String word) {
    this.word = word;
  }

  /** As written in status and metrics. */
  public String word() {
    return word;
  }
}
