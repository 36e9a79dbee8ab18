package dev.dormouse.kubernetes.pass;

import java.util.Optional;

/**
 * What an operator asks about activators. An activator writes its Lease with its session, and with
 * the resource version that it replaces, before its first stake.
 */
public interface Activators {
  /**
   * Whether the pod of this name exists: asked of the API server itself, not of a cache, which may
   * not know a young pod yet. Blocks for seconds at most.
   */
  Existence pod(String activator);

  /**
   * The session that this activator's Lease names: asked of the API server itself. Empty if there
   * is no Lease, or if nobody knows.
   */
  Optional<String> leaseSession(String activator);

  /** Whether something exists. */
  enum Existence {
    EXISTS,
    GONE,
    /** It runs where its existence cannot be told, outside of the cluster for example. */
    CANNOT_BE_TOLD,
    /** The API server did not answer. */
    UNKNOWN
  }
}
