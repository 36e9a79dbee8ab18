package dev.dormouse.core;

/** The rows of the decision table above {@link Decider}, in its order. */
public enum Rule {
  UNOBSERVABLE,
  STOPPING,
  DRAINING,
  NEVER_AT_REST,
  DRAIN_UNWANTED,
  STOP_UNWANTED,
  STALE_FREEZE,
  FROZEN,
  DOZING,
  STARTING,
  BROKEN,
  SERVING,
  SILENT,
  ACCOMPANIED,
  QUIET,
  BACKING_OFF,
  BLOCKED,
  START,
  AT_REST
}
