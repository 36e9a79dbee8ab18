package dev.dormouse.kubernetes.simulation;

import dev.dormouse.core.Endpoint;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.StopReason;
import dev.dormouse.gate.Ticket;
import dev.dormouse.gate.TicketListener;
import dev.dormouse.kubernetes.simulation.SimCluster.SimPod;
import java.time.Instant;
import java.util.Optional;

/** One client as the data path treats it: it dials only what it was told of or found by itself. */
public final class ClusterSimClient implements TicketListener {
  /** Where it is; {@code DIALLING} means: it holds an address and has not been answered. */
  public enum State {
    HELD,
    DIALLING,
    OPEN,
    GONE
  }

  private static final int MAX_WAITING = 4;

  final SimActivator activator;
  final Instant holdUntil;
  public State state = State.HELD;

  /** Why it was asked to leave. */
  public Optional<StopReason> asked = Optional.empty();

  private final SimCluster cluster;
  private Optional<Ticket> ticket = Optional.empty();
  private boolean knowsOfAnAddress;
  private Optional<SimPod> pod = Optional.empty();
  private int restarts;

  ClusterSimClient(SimActivator activator, SimCluster cluster, Instant holdUntil) {
    this.activator = activator;
    this.cluster = cluster;
    this.holdUntil = holdUntil;
  }

  @Override
  public void admitted() {
    knowsOfAnAddress = true;
  }

  @Override
  public void refused(Refusal refusal) {
    state = State.GONE;
  }

  @Override
  public void leave(StopReason reason) {
    asked = Optional.of(reason);
    if (state == State.OPEN) {
      leave();
    }
  }

  void arrive() {
    ticket = activator.gate().enter(MAX_WAITING, holdUntil, this);
    knowsOfAnAddress |= endpoint().isPresent();
    if (ticket.isEmpty()) {
      state = State.GONE;
    }
  }

  private Optional<Endpoint> endpoint() {
    return ticket.flatMap(Ticket::endpoint);
  }

  /** Its next step towards a tunnel, if there is one now. */
  public void proceed() {
    switch (state) {
      case HELD -> dial();
      case DIALLING -> open();
      case OPEN, GONE -> {}
    }
  }

  private void dial() {
    var address = endpoint();
    if (address.isEmpty()) {
      knowsOfAnAddress = false;
    } else if (knowsOfAnAddress) {
      pod = cluster.podAt(address.get().host()).filter(SimPod::isServing);
      if (pod.isPresent()) {
        restarts = pod.get().restarts;
        state = State.DIALLING;
      }
    }
  }

  private void open() {
    if (!reachesItsContainer()) {
      state = State.HELD;
    } else if (pod.orElseThrow().deaf) {
      leave();
      activator.broken(FailureReason.DEAF);
    } else {
      state = ticket.orElseThrow().opened() ? State.OPEN : State.GONE;
    }
  }

  private boolean reachesItsContainer() {
    return pod.filter(it -> it.isServing() && it.restarts == restarts).isPresent();
  }

  public void leave() {
    if (isPresent()) {
      state = State.GONE;
      ticket.ifPresent(Ticket::close);
    }
  }

  /** Its activator is gone: nothing is told to anybody. */
  void vanish() {
    state = State.GONE;
  }

  /** What its container answered ends, what it did not answer is tried again. */
  void loseUpstreamIfGone() {
    if (state == State.OPEN && !reachesItsContainer()) {
      leave();
    }
  }

  public boolean isWaiting() {
    return state == State.HELD || state == State.DIALLING;
  }

  public boolean isPresent() {
    return state != State.GONE;
  }

  /** It waits, there is an address, and nobody has told it. */
  boolean wasForgotten() {
    return state == State.HELD && !knowsOfAnAddress && endpoint().isPresent();
  }

  @Override
  public String toString() {
    return "client of " + activator + " " + state;
  }
}
