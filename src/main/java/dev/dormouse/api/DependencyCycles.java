package dev.dormouse.api;

import dev.dormouse.core.ServiceId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which services lead back to themselves along what they depend on: the strongly connected
 * components of the graph (Tarjan, 1972), without recursion. Settling costs as much as there are
 * services and dependencies, and only after a change of these. Not thread-safe.
 */
public final class DependencyCycles {
  /** A way is told with so many names; of a longer one, the first and the last. */
  private static final int TOLD = 8;

  /** So many services are looked at for the shortest way; it may be longer then. */
  private static final int LOOKED_AT = 1_000;

  private final Map<ServiceId, List<ServiceId>> dependencies = new HashMap<>();
  private Map<ServiceId, Integer> cycles = Map.of();
  private boolean changed;

  /** Replaces what a service depends on. */
  public void put(ServiceId id, Collection<ServiceId> on) {
    List<ServiceId> now = List.copyOf(on);
    List<ServiceId> before = now.isEmpty() ? dependencies.remove(id) : dependencies.put(id, now);
    changed |= !now.equals(before == null ? List.of() : before);
  }

  /** Forgets a service. */
  public void remove(ServiceId id) {
    put(id, List.of());
  }

  /** Finds all cycles; returns the services that are in one now and were not, or the reverse. */
  public Set<ServiceId> settle() {
    if (!changed) {
      return Set.of();
    }
    changed = false;
    Set<ServiceId> before = cycles.keySet();
    cycles = new Search().cycles();
    Set<ServiceId> different = new HashSet<>(before);
    different.removeAll(cycles.keySet());
    cycles.keySet().stream().filter(it -> !before.contains(it)).forEach(different::add);
    return different;
  }

  /** A way from a service back to itself, by name, if there is one. After {@link #settle}. */
  public Optional<String> way(ServiceId id) {
    return of(id).stream().flatMap(it -> way(id, it).stream()).findFirst();
  }

  /** The same that begins with this dependency. */
  public Optional<String> way(ServiceId id, ServiceId dependency) {
    Integer cycle = cycles.get(id);
    boolean back = cycle != null && cycle.equals(cycles.get(dependency));
    return back ? Optional.of(text(id, back(dependency, id))) : Optional.empty();
  }

  /** From one service of a cycle to another; empty if that takes too long to find. */
  private List<ServiceId> back(ServiceId from, ServiceId to) {
    Map<ServiceId, ServiceId> before = new HashMap<>(Map.of(from, from));
    Deque<ServiceId> next = new ArrayDeque<>(List.of(from));
    while (!next.isEmpty() && before.size() < LOOKED_AT && !before.containsKey(to)) {
      ServiceId here = next.remove();
      for (ServiceId there : of(here)) {
        if (before.putIfAbsent(there, here) == null) {
          next.add(there);
        }
      }
    }
    Deque<ServiceId> way = new ArrayDeque<>();
    ServiceId at = before.containsKey(to) ? to : from;
    while (at != null && !at.equals(from)) {
      way.addFirst(at);
      at = before.get(at);
    }
    way.addFirst(from);
    return List.copyOf(way);
  }

  private static String text(ServiceId id, List<ServiceId> way) {
    List<String> names = new ArrayList<>(way.stream().map(ServiceId::name).toList());
    boolean whole = way.getLast().equals(id);
    if (names.size() > TOLD) {
      names.subList(TOLD / 2, names.size() - TOLD / 2).clear();
      names.add(TOLD / 2, "...");
    } else if (!whole) {
      names.add("...");
      names.add(id.name());
    }
    return names.stream().collect(Collectors.joining(" -> ", id.name() + " -> ", ""));
  }

  private List<ServiceId> of(ServiceId id) {
    return dependencies.getOrDefault(id, List.of());
  }

  /** One search through all. */
  private final class Search {
    private final Map<ServiceId, Integer> cycles = new HashMap<>();
    private final Map<ServiceId, Visit> visits = new HashMap<>();
    private final Deque<Visit> path = new ArrayDeque<>();
    private final Deque<Visit> open = new ArrayDeque<>();
    private int found;

    /** Services in a cycle, with a number that those of one cycle have in common. */
    Map<ServiceId, Integer> cycles() {
      for (ServiceId id : dependencies.keySet()) {
        if (!visits.containsKey(id)) {
          visit(id);
          while (!path.isEmpty()) {
            step(path.getLast());
          }
        }
      }
      return cycles;
    }

    private void visit(ServiceId id) {
      var visit = new Visit(id, visits.size(), of(id).iterator());
      visits.put(id, visit);
      path.addLast(visit);
      open.addLast(visit);
    }

    private void step(Visit here) {
      if (here.next.hasNext()) {
        ServiceId there = here.next.next();
        Visit known = visits.get(there);
        if (known == null) {
          visit(there);
        } else if (known.isOpen) {
          here.lowest = Math.min(here.lowest, known.number);
        }
        return;
      }
      path.removeLast();
      if (!path.isEmpty()) {
        path.getLast().lowest = Math.min(path.getLast().lowest, here.lowest);
      }
      if (here.lowest == here.number) {
        close(here);
      }
    }

    private void close(Visit first) {
      found++;
      boolean alone = open.getLast() == first && !of(first.id).contains(first.id);
      Visit last;
      do {
        last = open.removeLast();
        last.isOpen = false;
        if (!alone) {
          cycles.put(last.id, found);
        }
      } while (last != first);
    }
  }

  private static final class Visit {
    final ServiceId id;
    final int number;
    final Iterator<ServiceId> next;
    int lowest;
    boolean isOpen = true;

    Visit(ServiceId id, int number, Iterator<ServiceId> next) {
      this.id = id;
      this.number = number;
      this.next = next;
      this.lowest = number;
    }
  }
}
