package dev.dormouse.local;

import static java.util.stream.Collectors.toSet;

import dev.dormouse.core.Endpoint;
import dev.dormouse.local.ProcFs.Stat;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds out when a started workload is ready: its port accepts, the listener is its own, and it
 * answers as declared. Control thread only.
 */
final class Readiness {
  /** In so many polls a listener must be found in some process: it may have just been forked. */
  private static final int MAX_UNSEEN = 5;

  private final ProcFs proc;
  private final Family family;
  private final Endpoint endpoint;
  private final Probe connect;
  private final Optional<Probe> request;

  /** The listening sockets, once they are known to be of the family. */
  private Set<Long> own = Set.of();

  private int unseen;

  Readiness(ProcFs proc, Family family, Endpoint endpoint, Optional<String> probePath) {
    this.proc = proc;
    this.family = family;
    this.endpoint = endpoint;
    this.connect = new Probe(endpoint, Optional.empty());
    this.request = probePath.map(path -> new Probe(endpoint, Optional.of(path)));
  }

  /** What a poll found. */
  sealed interface Verdict {
    /** Nobody listens yet, or the listener does not answer yet. */
    record NotYet() implements Verdict {}

    /** It listens, with these sockets at least, and answers. */
    record Answers(Set<Long> sockets) implements Verdict {}

    /** Somebody else listens. */
    record Foreign(String message) implements Verdict {}
  }

  Verdict poll(Instant now) {
    if (own.isEmpty()) {
      if (!connect.poll(now)) {
        return new Verdict.NotYet();
      }
      Set<Long> leaders = proc.sockets(family.leader).orElse(Set.of());
      Set<Long> sockets = Ports.listening(proc, endpoint, leaders);
      if (Collections.disjoint(sockets, leaders) && !family.holds(sockets)) {
        return foreign(sockets);
      }
      own = sockets;
    }
    boolean answers = request.map(probe -> probe.poll(now)).orElse(true);
    return answers ? new Verdict.Answers(own) : new Verdict.NotYet();
  }

  /** Why it has not become ready, for people. */
  String explain() {
    if (!own.isEmpty()) {
      return "it listens at " + endpoint + " but does not answer as it should";
    }
    Set<Long> sockets =
        family.members().stream()
            .flatMap(p -> proc.sockets(p.pid()).orElse(Set.of()).stream())
            .collect(toSet());
    List<String> elsewhere =
        proc.listeners().stream()
            .filter(l -> sockets.contains(l.inode()))
            .map(l -> new Endpoint(l.address().getHostAddress(), l.port()).toString())
            .toList();
    return "nothing listens at "
        + endpoint
        + (elsewhere.isEmpty()
            ? ""
            : "; it listens at "
                + String.join(", ", elsewhere)
                + ": its command must take $(HOST) and $(PORT)");
  }

  void close() {
    connect.close();
    request.ifPresent(Probe::close);
  }

  private Verdict foreign(Set<Long> sockets) {
    List<Stat> holders = proc.holders(sockets);
    if ((holders.isEmpty() && ++unseen < MAX_UNSEEN) || !disjoint(holders, family.members())) {
      return new Verdict.NotYet();
    }
    return new Verdict.Foreign(Ports.busy(proc, endpoint, sockets));
  }

  private static boolean disjoint(List<Stat> some, List<Stat> others) {
    return some.stream().noneMatch(s -> others.stream().anyMatch(s::isSame));
  }
}
