package dev.dormouse.core;

import java.time.Instant;

/** Who needs a service now. */
public sealed interface Demand {
  /**
   * Counted demand.
   *
   * @param waiting upgrades that are held
   * @param open live tunnels
   * @param quietSince since when both have been zero; of no meaning while they are not
   * @param abandonedAt when the workload last ended a tunnel that its client had not
   */
  record Known(int waiting, int open, Instant quietSince, Instant abandonedAt) implements Demand {
    /** Demand of which no tunnel was ever ended by the workload. */
    public Known(int waiting, int open, Instant quietSince) {
      this(waiting, open, quietSince, Instant.MIN);
    }

    /** True if anybody waits or is connected. */
    public boolean any() {
      return waiting > 0 || open > 0;
    }
  }

  /** Nobody can say: forbids an idle stop, never causes a start. */
  record Unknown() implements Demand {}
}
