package dev.dormouse.core;

/** Why a workload is drained or stopped. */
public enum StopReason {
  /** Nobody was connected for the idle timeout. */
  IDLE,
  /** It was not ready within the startup timeout; ends in {@link Workload.Failed}. */
  TIMED_OUT,
  /** {@code activation: Disabled}. */
  DISABLED,
  /** It ran and was of no use; ends in {@link Workload.Failed}. */
  BROKEN,
  /** It ended by itself, successfully and unneeded; what is left of it goes, too. */
  ENDED,
  /** Another region serves it. */
  SERVED_ELSEWHERE,
  /** Its resource is gone. */
  REMOVED,
  /** Its definition changed; it starts again from the new one when needed. */
  OUTDATED,
  /** While it was frozen what it depends on was restarted, or it did not come back from it. */
  STALE,
  /** Somebody asked for it. */
  REQUESTED,
  /** Dormouse itself is stopping. */
  SHUTDOWN
}
