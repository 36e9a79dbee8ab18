package dev.dormouse.gate;

import dev.dormouse.core.Demand;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Waiters;
import dev.dormouse.core.WakeReason;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The demand of one service in one activator: the one shared mutable object of Dormouse.
 *
 * <p>Demand is counted in the same atomic step in which a connection learns whether there is an
 * address. So a stop that goes through {@link #withdrawIfQuiet} can never overtake an arrival.
 * Listeners are called after the lock is released. Thread-safe.
 */
public final class Gate implements Admission {
  private final InstantSource clock;
  private final Silence silence;
  private final Runnable demandChanged;

  private final Tickets tickets = new Tickets();
  private final Trust trust = new Trust();
  private Optional<Endpoint> endpoint = Optional.empty();
  private Optional<StopReason> draining = Optional.empty();

  private Instant quietSince;
  private Instant abandonedAt = Instant.MIN;

  /**
   * A gate without an address and without demand.
   *
   * @param demandChanged told when a pass may decide differently; called on the thread of the
   *     change, must not block
   */
  public Gate(InstantSource clock, Runnable demandChanged) {
    this.clock = clock;
    this.demandChanged = demandChanged;
    this.quietSince = clock.instant();
    this.silence = new Silence(clock, demandChanged);
  }

  /** How many may be counted at a time; {@code perClient} is of one client, 0 for no limit. */
  public record Bounds(int waiting, int waitingAndOpen, int perClient) {}

  /**
   * Counts one more upgrade as waiting, for this client.
   *
   * @param client names it, until the ticket is closed
   * @param holdUntil when it gives up or is given up
   * @return empty if it would be one too many; nothing is counted then
   */
  public Optional<Ticket> enter(
      Bounds bounds, String client, Instant holdUntil, TicketListener listener) {
    return enter(bounds, new Ticket(this, client, holdUntil, listener), true);
  }

  /** The same for one of no name, where only so many may wait at a time. */
  public Optional<Ticket> enter(int maxWaiting, Instant holdUntil, TicketListener listener) {
    return enter(new Bounds(maxWaiting, Integer.MAX_VALUE, 0), "", holdUntil, listener);
  }

  /**
   * As {@link #enter(Bounds, String, Instant, TicketListener)}, but only if there is an address: as
   * one atomic step, so that nobody is counted for whom the service would have to wake.
   */
  public Optional<Ticket> enterIfAdmitting(
      Bounds bounds, String client, Instant holdUntil, TicketListener listener) {
    return enter(bounds, new Ticket(this, client, holdUntil, listener), false);
  }

  private Optional<Ticket> enter(Bounds bounds, Ticket ticket, boolean wakes) {
    synchronized (this) {
      if (!(wakes || endpoint.isPresent())
          || tickets.waiting.size() >= bounds.waiting()
          || tickets.isFull(bounds, ticket.client)) {
        return Optional.empty();
      }
      tickets.add(ticket);
    }
    demandChanged.run();
    return Optional.of(ticket);
  }

  /**
   * Lets somebody in who is no demand, while others are let in at once: never waits, and is asked
   * to leave when the address is withdrawn, but for a doze.
   *
   * @return empty if there is no address, or it would be one too many
   */
  public synchronized Optional<Ticket> visit(
      Bounds bounds, String client, TicketListener listener) {
    if (endpoint.isEmpty() || tickets.isFull(bounds, client)) {
      return Optional.empty();
    }
    var ticket = new Ticket(this, client, Instant.MAX, listener);
    ticket.state = Ticket.State.VISITING;
    tickets.add(ticket);
    return Optional.of(ticket);
  }

  /** Those who are connected, the longest first, and at most so many. */
  public List<Client> clients(int most) {
    List<Ticket> connected;
    synchronized (this) {
      connected =
          Stream.concat(tickets.open.stream(), tickets.visiting.stream()).limit(most).toList();
    }
    return connected.stream().flatMap(it -> it.listener.client().stream()).toList();
  }

  /** Whether what is at the address has answered a handshake, with whatever. */
  public synchronized boolean hasAnswered() {
    return trust.hasAnswered();
  }

  synchronized void answered() {
    trust.answered();
  }

  /** Whether what is at the address, having answered nobody, may be doubted: once in this time. */
  public synchronized boolean doubt(Duration oncePer) {
    return trust.doubt(clock.instant(), oncePer);
  }

  /** How many tickets of this client are waiting or open. */
  public synchronized int connections(String client) {
    return tickets.of(client);
  }

  /** Whether who enters now is told an address at once. */
  public synchronized boolean isAdmitting() {
    return endpoint.isPresent();
  }

  synchronized Optional<Endpoint> endpoint(Ticket of) {
    endpoint.ifPresent(of::mayDial);
    return endpoint;
  }

  boolean opened(Ticket ticket, boolean isAnswered) {
    Optional<StopReason> leaving;
    synchronized (this) {
      if (isAnswered) {
        trust.answered();
      }
      if (ticket.state == Ticket.State.VISITING) {
        ticket.joined = true;
        return true;
      }
      if (ticket.state != Ticket.State.WAITING) {
        return false;
      }
      tickets.open(ticket);
      silence.touch();
      leaving = tickets.leaves(ticket) ? Optional.of(StopReason.OUTDATED) : draining;
    }
    leaving.ifPresent(ticket.listener::leave);
    demandChanged.run();
    return true;
  }

  synchronized void abandoned(Ticket ticket) {
    if (ticket.state == Ticket.State.OPEN) {
      abandonedAt = clock.instant();
    }
  }

  synchronized void turnedAway(Ticket ticket) {
    ticket.turnedAway = true;
  }

  void close(Ticket ticket) {
    boolean counted;
    synchronized (this) {
      if (ticket.state == Ticket.State.CLOSED) {
        return;
      }
      counted = ticket.state != Ticket.State.VISITING;
      settle(ticket);
    }
    if (counted) {
      demandChanged.run();
    }
  }

  /** What passes those who are connected. */
  public Silence silence() {
    return silence;
  }

  @Override
  public synchronized Demand.Known demand() {
    int waiting = tickets.waiting.size();
    return new Demand.Known(
        waiting, tickets.open.size(), quietSince, abandonedAt, silence.since(), silence.roused());
  }

  @Override
  public synchronized boolean withdrawIfSilent(Demand decidedOn) {
    silence.beginDoze();
    if (!tickets.waiting.isEmpty() || silence.hasBacklog() || !demand().equals(decidedOn)) {
      silence.endDoze();
      return false;
    }
    endpoint = Optional.empty();
    return true;
  }

  @Override
  public boolean withdrawIfQuiet(Demand decidedOn) {
    synchronized (this) {
      Demand.Known now = demand();
      if (now.any() || !now.equals(decidedOn)) {
        return false;
      }
      endpoint = Optional.empty();
    }
    dismissVisitors(false);
    return true;
  }

  @Override
  public void withdraw() {
    withdraw(false);
  }

  private void withdraw(boolean visitorsStay) {
    synchronized (this) {
      endpoint = Optional.empty();
    }
    dismissVisitors(visitorsStay);
  }

  /**
   * Whoever is not connected yet is refused, the others are asked to leave.
   *
   * @param stay unless they may stay
   */
  private void dismissVisitors(boolean stay) {
    List<Ticket> connected = new ArrayList<>();
    List<Ticket> refused = new ArrayList<>();
    synchronized (this) {
      tickets.visiting.forEach(it -> (it.joined ? connected : refused).add(it));
      refused.forEach(this::settle);
    }
    if (!stay) {
      Tickets.tell(connected, listener -> listener.leave(StopReason.IDLE));
    }
    Tickets.tell(refused, listener -> listener.refused(Refusal.asleep()));
  }

  @Override
  public void drain(StopReason reason) {
    List<Ticket> leaving;
    synchronized (this) {
      endpoint = Optional.empty();
      draining = Optional.of(reason);
      silence.endDoze();
      leaving = List.copyOf(tickets.open);
    }
    leaving.forEach(ticket -> ticket.listener.leave(reason));
    dismissVisitors(false);
  }

  /**
   * Asks those to leave who are connected to one of these addresses, once, and whoever still gets
   * there: what serves them is about to be replaced. Others are not concerned.
   *
   * @param from all that are to be left now; none of them is dialled any more
   */
  public void drain(Set<Endpoint> from) {
    List<Ticket> leaving;
    synchronized (this) {
      leaving = tickets.leave(from);
      endpoint = endpoint.filter(it -> !from.contains(it));
    }
    leaving.forEach(ticket -> ticket.listener.leave(StopReason.OUTDATED));
    if (!isAdmitting()) {
      dismissVisitors(false);
    }
  }

  @Override
  public void apply(Waiters waiters) {
    switch (waiters) {
      case Waiters.Unchanged _ -> {}
      case Waiters.Hold _ -> withdraw(silence.isDozing()); // a doze is no stop
      case Waiters.Admit(Endpoint to) -> admit(to);
      case Waiters.Refuse(Refusal refusal) -> {
        withdraw();
        refuse(refusal, _ -> true);
      }
      case Waiters.RefuseHopeless(Instant nextChance, Refusal refusal) -> {
        withdraw();
        refuse(refusal, ticket -> ticket.holdUntil.isBefore(nextChance));
      }
    }
  }

  /** Without demand so far, counts idleness from then on. */
  public synchronized void quietSince(Instant then) {
    if (tickets.areQuiet()) {
      quietSince = then;
    }
  }

  /** Without demand, counts idleness from now on, as if somebody had just left. */
  public void restartQuiet() {
    quietSince(clock.instant());
    demandChanged.run();
  }

  private void admit(Endpoint to) {
    List<Ticket> admitted;
    synchronized (this) {
      if (endpoint.equals(Optional.of(to))) {
        return;
      }
      endpoint = Optional.of(to);
      silence.endDoze();
      trust.begin();
      draining = Optional.empty();
      admitted = List.copyOf(tickets.waiting);
    }
    Tickets.tell(admitted, TicketListener::admitted);
  }

  private void refuse(Refusal refusal, Predicate<Ticket> which) {
    List<Ticket> refused = new ArrayList<>();
    synchronized (this) {
      tickets.waiting.stream().filter(which).forEach(refused::add);
      refused.forEach(this::settle);
    }
    Tickets.tell(refused, listener -> listener.refused(refusal));
    if (!refused.isEmpty()) {
      demandChanged.run();
    }
  }

  /** Idleness is counted from when the last one left whom the workload had not turned away. */
  private void settle(Ticket ticket) {
    boolean counts = ticket.state != Ticket.State.VISITING && !ticket.turnedAway;
    boolean _ =
        ticket.state != Ticket.State.VISITING
            && silence.touch()
            && ticket.state == Ticket.State.OPEN
            && silence.rouse(WakeReason.CLOSE);
    tickets.close(ticket);
    if (counts) {
      quietSince = clock.instant();
    }
  }
}
