package dev.dormouse.core;

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

  /** Resume it. */
  record Thaw() implements Action {}

  /** See who is connected to it past the gate, before it is put to sleep. */
  record Look() implements Action {}

  /** Drop the memory of its last failure. */
  record Forget() implements Action {}
}
