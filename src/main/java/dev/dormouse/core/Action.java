package dev.dormouse.core;

import java.util.Optional;

/** What a pass does to the workload. */
public sealed interface Action {
  /** Nothing. */
  record Keep() implements Action {}

  /** Start it. */
  record Start() implements Action {}

  /** Close its clients politely, then stop it. */
  record Drain(StopReason reason) implements Action {}

  /** Stop it. For {@link StopReason#IDLE} only if demand is still zero: a compare-and-set. */
  record Stop(StopReason reason) implements Action {}

  /** Suspend it in memory, only if demand is still zero. */
  record Freeze() implements Action {}

  /** Find out whether it computes: {@link Workload.Calm} says so then. */
  record Sound() implements Action {}

  /**
   * Suspend it in memory under its open tunnels, only if nothing but heartbeats has passed them
   * since this was decided, and have what it waits for watched.
   */
  record Doze() implements Action {}

  /**
   * Resume it.
   *
   * @param from why it is not to doze any longer; empty if nobody was connected to it
   */
  record Thaw(Optional<WakeReason> from) implements Action {
    /** Of one to which nobody was connected. */
    public Thaw() {
      this(Optional.empty());
    }
  }

  /** See who is connected to it past the gate, before it is put to sleep. */
  record Look() implements Action {}

  /** Drop the memory of its last failure. */
  record Forget() implements Action {}
}
