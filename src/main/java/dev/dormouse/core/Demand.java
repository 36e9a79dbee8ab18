package dev.dormouse.core;

import java.time.Instant;
import java.util.Optional;

/** Who needs a service now. */
public sealed interface Demand {
  /**
   * Counted demand.
   *
   * @param waiting upgrades that are held
   * @param open live tunnels
   * @param quietSince since when both have been zero; of no meaning while they are not
   * @param abandonedAt when the workload last ended a tunnel that its client had not
   * @param silentSince since when nothing but heartbeats has passed a tunnel, or waited to
   * @param roused why the open tunnels need a workload that dozes under them; empty while they do
   *     not, or it does not doze
   */
  record Known(
      int waiting,
      int open,
      Instant quietSince,
      Instant abandonedAt,
      Instant silentSince,
      Optional<WakeReason> roused)
      implements Demand {
    /** Demand whose tunnels have been silent for as long as there is none. */
    public Known(int waiting, int open, Instant quietSince, Instant abandonedAt) {
      this(waiting, open, quietSince, abandonedAt, quietSince, Optional.empty());
    }

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
