package dev.dormouse.local.driver;

import static java.util.stream.Collectors.toSet;

import dev.dormouse.core.Endpoint;
import dev.dormouse.core.ServiceSpec.Listener;
import dev.dormouse.local.process.Ports;
import dev.dormouse.local.process.Probe;
import dev.dormouse.local.process.ProcFs;
import dev.dormouse.local.process.ProcFs.Stat;
import dev.dormouse.local.process.ProcessTree;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
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

  /** How soon, and how often, to look for it at another address. */
  private static final Duration SEEK = Duration.ofMillis(200);

  private final ProcFs proc;
  private final ProcessTree family;
  private final Run.Terms terms;
  private Endpoint endpoint;
  private Probe connect;
  private Optional<Probe> request;

  /** When to look whether it listens at another address. */
  private Instant lookElsewhere = Instant.MIN;

  /** The listening sockets, once they are known to be of the family. */
  private Set<Long> own = Set.of();

  private int unseen;

  Readiness(ProcFs proc, ProcessTree family, Endpoint endpoint, Run.Terms terms) {
    this.proc = proc;
    this.family = family;
    this.terms = terms;
    this.endpoint = endpoint;
    this.connect = new Probe(endpoint, Optional.empty());
    this.request = terms.probePath().map(path -> new Probe(endpoint, Optional.of(path)));
  }

  /** Where it listens, as far as that is known. */
  Endpoint endpoint() {
    return endpoint;
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
        seek(now);
        return new Verdict.NotYet();
      }
      if (terms.listener() == Listener.ANY) {
        return answers(Ports.listening(proc, endpoint), now);
      }
      Set<Long> leaders = proc.sockets(family.leader).orElse(Set.of());
      Set<Long> sockets = Ports.listening(proc, endpoint, leaders);
      if (Collections.disjoint(sockets, leaders) && !family.holds(sockets)) {
        return foreign(sockets);
      }
      own = sockets;
    }
    return answers(own, now);
  }

  private Verdict answers(Set<Long> sockets, Instant now) {
    boolean answers = request.map(probe -> probe.poll(now)).orElse(true);
    return answers ? new Verdict.Answers(sockets) : new Verdict.NotYet();
  }

  /**
   * Some servers listen where a name leads, or at {@code ::1} only: at its port, but not where it
   * was told to. Not asked at each poll, since the kernel walks its whole table of sockets.
   */
  private void seek(Instant now) {
    if (endpoint.isSocket()) {
      return;
    }
    if (lookElsewhere.equals(Instant.MIN)) {
      lookElsewhere = now.plus(SEEK);
    } else if (!now.isBefore(lookElsewhere)) {
      lookElsewhere = now.plus(SEEK);
      proc.listeners().stream()
          .filter(it -> it.port() == endpoint.port() && isElsewhere(it.address()))
          .filter(it -> isSeenAtOurs(it.inode()))
          .findFirst()
          .ifPresent(it -> move(new Endpoint(dialable(it.address()), endpoint.port())));
    }
  }

  private boolean isSeenAtOurs(long inode) {
    return family.members().stream()
        .anyMatch(it -> proc.sockets(it.pid()).orElse(Set.of()).contains(inode));
  }

  private static boolean isElsewhere(InetAddress address) {
    return !(address instanceof Inet4Address && address.isAnyLocalAddress())
        && !address.isLinkLocalAddress();
  }

  private static String dialable(InetAddress address) {
    return address.isAnyLocalAddress() ? "::1" : address.getHostAddress();
  }

  private void move(Endpoint to) {
    close();
    endpoint = to;
    connect = new Probe(to, Optional.empty());
    request = terms.probePath().map(path -> new Probe(to, Optional.of(path)));
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
