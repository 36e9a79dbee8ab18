package dev.dormouse.core;

import java.time.Instant;

/** What a pass does with the upgrades that are held. */
public sealed interface Waiters {
  /** Nothing changes for them. */
  record Unchanged() implements Waiters {}

  /** They, and all that arrive later, wait: there is no address to dial. */
  record Hold() implements Waiters {}

  /** They, and all that arrive later, may dial. */
  record Admit(Endpoint endpoint) implements Waiters {}

  /** All of them get the fallback answer now. */
  record Refuse(Refusal refusal) implements Waiters {}

  /** Those whose hold ends before {@code nextChance} get the fallback now, the others wait. */
  record RefuseHopeless(Instant nextChance, Refusal refusal) implements Waiters {}
}
