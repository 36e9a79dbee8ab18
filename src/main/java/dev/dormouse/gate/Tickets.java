package dev.dormouse.gate;

import dev.dormouse.core.Endpoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The tickets of one gate by where each is in its life. Guarded by its gate's lock. */
final class Tickets {
  final Set<Ticket> waiting = new LinkedHashSet<>();
  final Set<Ticket> open = new LinkedHashSet<>();
  final Set<Ticket> visiting = new LinkedHashSet<>();
  private final Map<String, Integer> byClient = new HashMap<>();

  /** Addresses that nobody is to stay at, though others may be dialled. */
  private Set<Endpoint> left = Set.of();

  /** One that is waiting, or visits. */
  void add(Ticket ticket) {
    (ticket.state == Ticket.State.VISITING ? visiting : waiting).add(ticket);
    byClient.merge(ticket.client, 1, Integer::sum);
  }

  /** One that has waited. */
  void open(Ticket ticket) {
    ticket.state = Ticket.State.OPEN;
    waiting.remove(ticket);
    open.add(ticket);
  }

  void close(Ticket ticket) {
    ticket.state = Ticket.State.CLOSED;
    waiting.remove(ticket);
    open.remove(ticket);
    visiting.remove(ticket);
    byClient.computeIfPresent(ticket.client, (_, count) -> count > 1 ? count - 1 : null);
  }

  int of(String client) {
    return byClient.getOrDefault(client, 0);
  }

  boolean isFull(Gate.Bounds bounds, String client) {
    return waiting.size() + open.size() + visiting.size() >= bounds.waitingAndOpen()
        || (bounds.perClient() > 0 && of(client) >= bounds.perClient());
  }

  /** Whether nobody waits or is connected who is demand. */
  boolean areQuiet() {
    return waiting.isEmpty() && open.isEmpty();
  }

  /** Whether what it dials, or is connected to, is to be left. */
  boolean leaves(Ticket ticket) {
    return ticket.dialled.filter(left::contains).isPresent();
  }

  /** Those who are connected to what is to be left from now on, and was not before. */
  List<Ticket> leave(Set<Endpoint> from) {
    List<Ticket> leaving = new ArrayList<>();
    Stream.concat(open.stream(), visiting.stream().filter(it -> it.joined))
        .filter(it -> !leaves(it) && it.dialled.filter(from::contains).isPresent())
        .forEach(leaving::add);
    left = Set.copyOf(from);
    return leaving;
  }

  /** Without the lock. */
  static void tell(List<Ticket> tickets, Consumer<TicketListener> call) {
    tickets.forEach(ticket -> call.accept(ticket.listener));
  }
}
