package dev.dormouse.local;

import dev.dormouse.core.Refusal;
import dev.dormouse.core.StopReason;
import dev.dormouse.gate.Ticket;
import dev.dormouse.gate.TicketListener;
import dev.dormouse.testing.FakeDriver;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** One client as the activator treats it: it dials only what it was told of or found by itself. */
final class SimClient implements TicketListener {
  /** Where it is; {@code DIALLING} means: it holds an address and has not been answered. */
  enum State {
    HELD,
    DIALLING,
    OPEN,
    GONE
  }

  final SimulatedMachine.Entry service;
  final Instant holdUntil;
  private final SimulatedMachine machine;
  private final FakeDriver driver;

  /** When its demand ended. */
  Instant goneAt = Instant.MIN;

  private Optional<Ticket> ticket = Optional.empty();
  State state = State.HELD;
  boolean askedToLeave;
  private boolean knowsOfAnAddress;
  private int process;

  SimClient(SimulatedMachine.Entry service, SimulatedMachine machine, Duration hold) {
    this.service = service;
    this.machine = machine;
    this.driver = machine.driver;
    this.holdUntil = machine.clock.instant().plus(hold);
  }

  @Override
  public void admitted() {
    knowsOfAnAddress = true;
  }

  @Override
  public void refused(Refusal refusal) {
    state = State.GONE;
    goneAt = machine.clock.instant();
  }

  @Override
  public void leave(StopReason reason) {
    askedToLeave = true;
  }

  void arrive() {
    int most = service.spec.startup().maxWaiting();
    ticket = service.gate().flatMap(gate -> gate.enter(most, holdUntil, this));
    knowsOfAnAddress |= ticket.flatMap(Ticket::endpoint).isPresent();
    if (ticket.isEmpty()) {
      state = State.GONE;
    }
  }

  /** Its next step towards a tunnel, if there is one now. */
  void proceed() {
    switch (state) {
      case HELD -> dial();
      case DIALLING -> open();
      case OPEN, GONE -> {}
    }
  }

  private void dial() {
    var address = ticket.orElseThrow().endpoint();
    if (address.isEmpty()) {
      knowsOfAnAddress = false;
    } else if (knowsOfAnAddress && address.get().equals(driver.endpoint(service.id))) {
      process = driver.process(service.id);
      state = State.DIALLING;
    }
  }

  private void open() {
    if (!reachesItsProcess() || !driver.isServing(service.id)) {
      state = State.HELD;
    } else {
      state = ticket.orElseThrow().opened() ? State.OPEN : State.GONE;
    }
  }

  private boolean reachesItsProcess() {
    return driver.isAlive(service.id) && driver.process(service.id) == process;
  }

  void leave() {
    if (isPresent()) {
      state = State.GONE;
      goneAt = machine.clock.instant();
      ticket.ifPresent(Ticket::close);
    }
  }

  /** The process is gone or told to go: what it answered ends, what it did not is tried again. */
  void loseUpstream() {
    if (state == State.OPEN) {
      leave();
    } else if (state == State.DIALLING) {
      state = State.HELD;
    }
  }

  boolean isWaiting() {
    return state == State.HELD || state == State.DIALLING;
  }

  boolean isPresent() {
    return state != State.GONE;
  }

  /** It waits, there is an address, and nobody has told it. */
  boolean wasForgotten() {
    return state == State.HELD && !knowsOfAnAddress && ticket.flatMap(Ticket::endpoint).isPresent();
  }

  boolean seesAnAddress() {
    return ticket.flatMap(Ticket::endpoint).isPresent();
  }

  @Override
  public String toString() {
    return service.id.name() + " client " + state;
  }
}
