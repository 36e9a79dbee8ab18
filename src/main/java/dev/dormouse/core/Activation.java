package dev.dormouse.core;

/** When a service may run. */
public enum Activation {
  /** Runs while somebody is connected, and for the idle timeout after. */
  ON_DEMAND,
  /** Supervised: runs always, restarted with back-off. */
  ALWAYS,
  /** Never runs; upgrades get the fallback answer. */
  DISABLED
}
