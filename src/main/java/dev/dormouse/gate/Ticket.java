package dev.dormouse.gate;

import dev.dormouse.core.Endpoint;
import java.time.Instant;
import java.util.Optional;

/**
 * One connection's share of a service's demand: first waiting, then open, at last closed. Closing
 * it twice is harmless. Thread-safe.
 */
public final class Ticket implements AutoCloseable {
  /** Where a ticket is in its life; guarded by the gate's lock. */
  enum State {
    WAITING,
    OPEN,
    /** No demand: it may dial, and is connected once it is {@code joined}. */
    VISITING,
    CLOSED
  }

  final String client;
  final Instant holdUntil;
  final TicketListener listener;
  private final Gate gate;
  State state = State.WAITING;

  /** Where it was told to dial last; guarded as its state is. */
  Optional<Endpoint> dialled = Optional.empty();

  /** Whether one that is visiting is connected. */
  boolean joined;

  /** Whether the workload has refused it. */
  boolean turnedAway;

  Ticket(Gate gate, String client, Instant holdUntil, TicketListener listener) {
    this.gate = gate;
    this.client = client;
    this.holdUntil = holdUntil;
    this.listener = listener;
  }

  /** It is told an address, under the gate's lock. */
  void mayDial(Endpoint to) {
    if (state == State.WAITING || state == State.VISITING) {
      dialled = Optional.of(to);
    }
  }

  /** Where to dial now; empty while there is nothing to dial. */
  public Optional<Endpoint> endpoint() {
    return gate.endpoint(this);
  }

  /**
   * The tunnel is established.
   *
   * @return false if the ticket was closed before: the tunnel has no right to exist
   */
  public boolean opened() {
    return gate.opened(this, true);
  }

  /**
   * The workload has taken the request, and has not answered yet.
   *
   * @return false if the ticket was closed before: the request has no right to be sent
   */
  public boolean sent() {
    return gate.opened(this, false);
  }

  /** The workload has ended the tunnel, and the client had not. */
  public void abandoned() {
    gate.abandoned(this);
  }

  /** The workload has answered its handshake, with whatever; an open one says so, too. */
  public void answered() {
    gate.answered();
  }

  /** The workload has refused it: once it is closed, it counts as if it had never come. */
  public void turnedAway() {
    gate.turnedAway(this);
  }

  /** Gives the share of the demand back. */
  @Override
  public void close() {
    gate.close(this);
  }
}
