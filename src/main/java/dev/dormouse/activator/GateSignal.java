package dev.dormouse.activator;

import dev.dormouse.core.Refusal;
import dev.dormouse.core.StopReason;

/** What a gate says to one connection, as an event in the pipeline of its client. */
sealed interface GateSignal {
  /** There is an address to dial. */
  record Admitted() implements GateSignal {}

  /** The wait is over without success; the ticket is closed. */
  record Refused(Refusal refusal) implements GateSignal {}

  /** The tunnel should be closed politely. */
  record Leave(StopReason reason) implements GateSignal {}
}
