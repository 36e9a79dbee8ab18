package dev.dormouse.kubernetes.pass;

import dev.dormouse.kubernetes.status.ActivatorId;
import dev.dormouse.kubernetes.status.Stake;

/**
 * Tells which stakes belong to processes that are gone. The stake of an existing pod never expires
 * by time: its process may be cut off from the API server and serve on.
 */
final class StakeOwners {
  private final Activators activators;
  private final Leases leases;

  StakeOwners(Activators activators, Leases leases) {
    this.activators = activators;
    this.leases = leases;
  }

  /** True if the process that entered this stake is known to be gone. Asks only if in doubt. */
  boolean isGone(String key, Stake stake) {
    ActivatorId claimant = ActivatorId.of(key, stake);
    if (!leases.isSuspect(claimant)) {
      return false;
    }
    var session = activators.leaseSession(claimant.name());
    if (session.isPresent() && !session.get().equals(claimant.session())) {
      return true;
    }
    return switch (activators.pod(claimant.name())) {
      case GONE -> true;
      case EXISTS, UNKNOWN -> false;
      case CANNOT_BE_TOLD -> leases.isExpired(claimant);
    };
  }
}
