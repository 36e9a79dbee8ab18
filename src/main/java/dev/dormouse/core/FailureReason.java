package dev.dormouse.core;

/** What went wrong with a workload. */
public enum FailureReason {
  /** The command could not be executed at all. */
  SPAWN_FAILED,
  /** It ended before it was ready. */
  EXITED,
  /** It was not ready within the startup timeout. */
  TIMED_OUT,
  /** Its port is held by a process that is not its own. */
  PORT_BUSY,
  /** It ended while it served. */
  CRASHED,
  /** It accepts connections but does not answer. */
  DEAF,
  /** Nobody accepts connections at its address any more. */
  UNREACHABLE
}
