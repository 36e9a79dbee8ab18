package dev.dormouse.local.driver;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.dormouse.core.Endpoint;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Listener;
import dev.dormouse.core.ServiceSpec.Retry;
import dev.dormouse.core.ServiceSpec.StopSignal;
import dev.dormouse.local.driver.Readiness.Verdict;
import dev.dormouse.local.process.Ports;
import dev.dormouse.local.process.Probe;
import dev.dormouse.local.process.ProcFs;
import dev.dormouse.local.process.ProcFs.Stat;
import dev.dormouse.local.process.ProcessTree;
import dev.dormouse.local.state.SavedState.Traces;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One start of a service, until nothing of it is left. Its identity tells the events of one start
 * from those of the next. Control thread only.
 */
final class Run {
  /** Who has waited for it is served by then. */
  private static final Duration CALM = Duration.ofMillis(100);

  private final ProcFs proc;
  final Terms terms;
  final Instant since;
  final ProcessTree family;
  final CompanyWatch watch;
  private final Optional<Readiness> readiness;

  /** The arguments with which it is not the command yet; none if it was adopted. */
  private final Set<String> preliminaries;

  /** That listen at its port: one of them when it gets ready, all of them soon after. */
  private Set<Long> sockets = Set.of();

  private boolean knowsSockets;
  private boolean reaped;
  private boolean awaited;
  private boolean killed;

  /**
   * What of its definition a run goes by until its end.
   *
   * @param startupTimeout how long it may take to get ready
   * @param retry empty if the service is not declared any more: its failures do not count
   * @param signal asks it to end
   * @param grace from that to KILL, should the definition be gone when it has to end
   */
  record Terms(
      String revision,
      Optional<Endpoint> endpoint,
      Duration startupTimeout,
      Listener listener,
      Optional<String> probePath,
      Optional<Retry> retry,
      StopSignal signal,
      Duration grace) {
    static Terms of(ServiceSpec spec, Optional<Endpoint> endpoint) {
      return new Terms(
          spec.revision(),
          endpoint,
          spec.startup().timeout(),
          spec.startup().listener(),
          spec.startup().probePath(),
          Optional.of(spec.retry()),
          spec.shutdown().signal(),
          spec.shutdown().gracePeriod());
    }

    /** In a log line, behind what it is about. */
    String where() {
      return endpoint.map(e -> " endpoint=" + e).orElse("");
    }
  }

  private Run(
      MachineResources machine, Terms terms, ProcessTree family, Set<String> preliminaries) {
    this.proc = machine.proc();
    this.since = machine.now();
    this.terms = terms;
    this.family = family;
    this.watch = new CompanyWatch(machine);
    this.readiness = terms.endpoint().map(e -> new Readiness(proc, family, e, terms));
    this.preliminaries = preliminaries;
  }

  /** A run of our own child, which was executed with the first of these arguments. */
  static Run started(
      MachineResources machine, Terms terms, ProcessTree family, List<List<String>> preliminaries) {
    Set<String> arguments = new HashSet<>();
    for (List<String> words : preliminaries) {
      // As ProcFs reads it.
      arguments.add(new String((String.join("\0", words) + "\0").getBytes(UTF_8), ISO_8859_1));
    }
    return new Run(machine, terms, family, arguments);
  }

  /** A run that an earlier Dormouse has started: nobody tells us when its leader ends. */
  static Run adopted(MachineResources machine, Terms terms, ProcessTree family) {
    return new Run(machine, terms, family, Set.of());
  }

  /** What its state file says of it. */
  Traces traces(State state) {
    return new Traces(
        family.leader,
        family.bornTicks(),
        endpoint(),
        terms.signal(),
        terms.grace(),
        state instanceof State.Stopping,
        state instanceof State.Frozen frozen ? Optional.of(frozen.knew()) : Optional.empty(),
        state instanceof State.Frozen frozen && frozen.watch().isPresent());
  }

  /** Where it listens, or is to listen: it may have chosen another address than it was told. */
  Optional<Endpoint> endpoint() {
    return readiness.map(Readiness::endpoint);
  }

  /** Names this run among all runs of its service. */
  String identity() {
    return family.leader + "@" + family.bornTicks();
  }

  /** True if its leader has ended, but nobody would tell. */
  boolean hasEndedUnseen() {
    return preliminaries.isEmpty() && !awaited && !reaped && !family.isLeaderAlive();
  }

  /** Somebody will tell when its leader ends. */
  void awaited() {
    awaited = true;
  }

  /** The leader has been reaped. */
  void exited() {
    reaped = true;
  }

  boolean isReaped() {
    return reaped;
  }

  /** Whether it was sent KILL. */
  boolean isKilled() {
    return killed;
  }

  Verdict poll(Instant now) {
    Verdict verdict = readiness.map(r -> r.poll(now)).orElseGet(this::pollExecution);
    if (verdict instanceof Verdict.Answers(Set<Long> found)) {
      sockets = found;
      close();
    }
    return verdict;
  }

  /** Once it has been ready for this long: finds out, once, what else listens at its port. */
  void settle(Duration ready) {
    if (!knowsSockets && ready.compareTo(CALM) >= 0) {
      knowsSockets = true;
      endpoint().ifPresent(e -> sockets = Ports.listening(proc, e));
    }
  }

  /** Why it is not ready, for people. */
  String explain(Instant now) {
    return ("not ready after " + Duration.between(since, now).toSeconds() + " s: ")
        + readiness.map(Readiness::explain).orElse("it was not executed");
  }

  void close() {
    readiness.ifPresent(Readiness::close);
  }

  /**
   * Ends what is left once the leader has ended or its time is over.
   *
   * @return whether nothing of it is left
   */
  boolean sweep(boolean over) {
    if (!over && !reaped) {
      return false;
    }
    List<Stat> left = family.members();
    if (over && !left.isEmpty()) {
      killed = true;
      family.kill(left);
    }
    return left.isEmpty() && reaped && (hasLeftPort() || (over && mayBeAnybodys()));
  }

  /**
   * True if its port is free of it. A process that got away from the family and holds its socket is
   * taken back in, for the next sweep.
   */
  private boolean hasLeftPort() {
    Optional<Endpoint> taken = endpoint().filter(Probe::isAccepting);
    if (taken.isEmpty() || Collections.disjoint(Ports.listening(proc, taken.get()), sockets)) {
      return true;
    }
    if (!mayBeAnybodys()) {
      proc.holders(sockets).forEach(family::adopt);
    }
    return false;
  }

  /** Then its holder is not to be killed: it was only asked for. */
  private boolean mayBeAnybodys() {
    return terms.listener() == Listener.ANY;
  }

  /** Without a port it is ready once setsid has become the command. */
  private Verdict pollExecution() {
    String arguments = proc.arguments(family.leader);
    return arguments.isEmpty() || preliminaries.contains(arguments)
        ? new Verdict.NotYet()
        : new Verdict.Answers(Set.of());
  }
}
