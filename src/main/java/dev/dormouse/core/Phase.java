package dev.dormouse.core;

/** The state of a service in one word, for people. Programs read the conditions. */
public enum Phase {
  DORMANT("Dormant"),
  WAKING("Waking"),
  ACTIVE("Active"),
  DOZING("Dozing"),
  DRAINING("Draining"),
  STOPPING("Stopping"),
  FAILED("Failed"),
  DISABLED("Disabled");

  private final String word;

  Phase(String word) {
    this.word = word;
  }

  /** As written in status, logs and metrics. */
  public String word() {
    return word;
  }

  /**
   * True while a workload runs and may serve, or sleeps under open tunnels: an epoch lasts as long,
   * and so do its needs.
   */
  public boolean isAwake() {
    return switch (this) {
      case WAKING, ACTIVE, DOZING, DRAINING -> true;
      case DORMANT, STOPPING, FAILED, DISABLED -> false;
    };
  }
}
