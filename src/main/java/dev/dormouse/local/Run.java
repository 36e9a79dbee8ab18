package dev.dormouse.local;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.dormouse.core.Endpoint;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.local.Readiness.Verdict;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One start of a service, until nothing of it is left. Its identity tells the events of one start
 * from those of the next. Control thread only.
 */
final class Run {
  private final ProcFs proc;
  final ServiceSpec spec;
  final Instant since;
  final Optional<Endpoint> endpoint;
  final Family family;
  private final Optional<Readiness> readiness;
  private final String executed;
  private Set<Long> sockets = Set.of();
  private boolean reaped;

  /** A run whose leader was executed with these arguments. */
  Run(
      Machine machine,
      ServiceSpec spec,
      Optional<Endpoint> endpoint,
      Family family,
      List<String> executed) {
    this.proc = machine.proc();
    this.since = machine.now();
    this.spec = spec;
    this.endpoint = endpoint;
    this.family = family;
    this.readiness = endpoint.map(e -> new Readiness(proc, family, e, spec.startup().probePath()));
    // As ProcFs reads it.
    this.executed = new String((String.join("\0", executed) + "\0").getBytes(UTF_8), ISO_8859_1);
  }

  /** The leader has been reaped. */
  void exited() {
    reaped = true;
  }

  boolean isReaped() {
    return reaped;
  }

  Verdict poll(Instant now) {
    Verdict verdict = readiness.map(r -> r.poll(now)).orElseGet(this::pollExecution);
    if (verdict instanceof Verdict.Answers(Set<Long> found)) {
      sockets = found;
      close();
    }
    return verdict;
  }

  /** Why it is not ready, for people. */
  String explain() {
    return readiness.map(Readiness::explain).orElse("it was not executed");
  }

  void close() {
    readiness.ifPresent(Readiness::close);
  }

  /**
   * True if its port is free of it. A process that got away from the family and holds its socket is
   * taken back in, for the next sweep.
   */
  boolean hasLeftPort() {
    Optional<Endpoint> taken = endpoint.filter(Probe::isAccepting);
    if (taken.isEmpty() || Collections.disjoint(Ports.listening(proc, taken.get()), sockets)) {
      return true;
    }
    proc.holders(sockets).forEach(family::adopt);
    return false;
  }

  /** Without a port it is ready once setsid has become the command. */
  private Verdict pollExecution() {
    String arguments = proc.arguments(family.leader);
    return arguments.isEmpty() || arguments.equals(executed)
        ? new Verdict.NotYet()
        : new Verdict.Answers(Set.of());
  }
}
