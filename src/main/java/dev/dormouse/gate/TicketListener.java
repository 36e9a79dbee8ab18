package dev.dormouse.gate;

import dev.dormouse.core.Refusal;
import dev.dormouse.core.StopReason;
import java.util.Optional;

/** What a connection hears from its gate. Called on any thread, never under the gate's lock. */
public interface TicketListener {
  /** There is an address to dial: see {@link Ticket#endpoint()}. May come more than once. */
  void admitted();

  /** The wait is over without success. The ticket is closed already. */
  void refused(Refusal refusal);

  /** The tunnel should be closed politely. */
  void leave(StopReason reason);

  /** Who it is, once it is connected. */
  default Optional<Client> client() {
    return Optional.empty();
  }
}
