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
   */
  record Known(int waiting, int open, Instant quietSince) implements Demand {
    /** True if anybody waits or is connected. */
    public boolean any() {
      return waiting > 0 || open > 0;
    }
  }

  /** Nobody can say: forbids an idle stop, never causes a start. */
  record Unknown() implements Demand {}
}
