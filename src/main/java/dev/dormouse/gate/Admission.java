package dev.dormouse.gate;

import dev.dormouse.core.Demand;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Waiters;

/**
 * The control side of the demand for one service: what a pass reads, and where it grants or
 * withdraws admission. Thread-safe.
 */
public interface Admission {
  /** Who needs the service now. */
  Demand demand();

  /**
   * Closes admission only if nobody waits, nobody is connected, and nobody was since this demand
   * was read, as one atomic step: an arrival either comes before it, and wins, or after it, and
   * waits.
   *
   * @param decidedOn the demand on which the stop was decided
   * @return false if somebody is or was there; then nothing has changed
   */
  boolean withdrawIfQuiet(Demand decidedOn);

  /**
   * Closes admission under open tunnels only if nobody waits, and nothing but heartbeats has passed
   * any of them, come to one or left one since this demand was read, as one atomic step. From then
   * on, until the next admission, whatever does asks for a pass, whose demand says so.
   *
   * @param decidedOn the demand on which the doze was decided
   * @return false if something has happened; then nothing has changed
   */
  boolean withdrawIfSilent(Demand decidedOn);

  /** Closes admission. Arrivals wait from now on; live tunnels are not touched. */
  void withdraw();

  /** Does with held upgrades what a pass decided. */
  void apply(Waiters waiters);

  /** Closes admission and asks every live tunnel, now and until the next admission, to leave. */
  void drain(StopReason reason);
}
