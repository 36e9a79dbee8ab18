package dev.dormouse.local.driver;

import dev.dormouse.control.LogLine;
import dev.dormouse.core.Failure;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Listener;
import dev.dormouse.core.ServiceSpec.StopSignal;
import dev.dormouse.core.StopReason;
import dev.dormouse.local.driver.State.Ending;
import dev.dormouse.local.process.OwnerMark;
import dev.dormouse.local.process.ProcFs;
import dev.dormouse.local.process.ProcFs.Stat;
import dev.dormouse.local.process.ProcessTree;
import dev.dormouse.local.state.SavedState;
import dev.dormouse.local.state.SavedState.Traces;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds what an earlier Dormouse over the same state directory has left: processes that go on, and
 * failures that are still to be waited for.
 *
 * <p>A process is taken over if the state file names it by pid, start time and boot, it carries the
 * mark, and it is the first of all that do. Whatever else carries the mark of this directory is
 * removed, if it is of our own user. What does not carry it is never touched: its pid was used
 * again.
 */
final class Adoption {
  private static final System.Logger LOG = System.getLogger("dormouse");

  private final MachineResources machine;
  private final Map<ServiceId, ServiceSpec> specs;
  private final String bootId;

  /**
   * What is left of one service.
   *
   * @param revision of what was started last
   * @param ending how what runs shall end; empty if it may go on
   * @param ended what ran once, if nothing of it is left but perhaps its exit code
   * @param knew if it was frozen, what it depends on as it was then
   * @param dozing whether clients were connected to it then, who are gone now
   */
  record Found(
      String revision,
      Optional<Failure> failure,
      Optional<Run> run,
      Optional<Run> ended,
      Optional<Ending> ending,
      Optional<Map<String, String>> knew,
      boolean dozing) {}

  Adoption(MachineResources machine, Map<ServiceId, ServiceSpec> specs) {
    this.machine = machine;
    this.specs = specs;
    this.bootId = machine.proc().bootId();
  }

  /** Reads the state directory and all of /proc. */
  Map<ServiceId, Found> find() {
    Map<ServiceId, SavedState> memories = memories();
    Map<ServiceId, Stat> eldest = eldest();
    Set<ServiceId> ids = new HashSet<>(memories.keySet());
    ids.addAll(eldest.keySet());
    Map<ServiceId, Found> all = new HashMap<>();
    for (ServiceId id : ids) {
      SavedState memory = memories.getOrDefault(id, nothing(id));
      all.put(id, find(memory, Optional.ofNullable(eldest.get(id))));
    }
    return all;
  }

  private Found find(SavedState memory, Optional<Stat> eldest) {
    Optional<ProcessTree> named = memory.traces().flatMap(t -> named(memory.id(), t));
    Optional<Traces> traces = memory.traces().filter(_ -> named.isPresent());
    Optional<ProcessTree> whole = named.filter(f -> eldest.stream().noneMatch(f::isYoungerThan));
    Optional<ProcessTree> family =
        whole.or(
            () ->
                eldest.map(
                    e ->
                        new ProcessTree(
                            machine.proc(), e.pid(), e.startTicks(), mark(memory.id()))));
    Optional<Run> run = family.filter(f -> !f.members().isEmpty()).map(f -> run(memory, traces, f));
    Optional<Run> ended =
        memory
            .traces()
            .filter(_ -> run.isEmpty())
            .map(t -> new ProcessTree(machine.proc(), t.pid(), t.startTicks(), mark(memory.id())))
            .map(f -> run(memory, memory.traces(), f));
    boolean identified = whole.filter(ProcessTree::isLeaderAlive).isPresent();
    return new Found(
        memory.revision(),
        failure(memory),
        run,
        ended,
        identified ? traces.flatMap(t -> ending(memory.id(), t)) : Optional.of(atOnce()),
        traces.flatMap(Traces::knew),
        traces.filter(Traces::dozing).isPresent());
  }

  /** Nothing if the leader's pid has become a process without the mark, or is one of that kind. */
  private Optional<ProcessTree> named(ServiceId id, Traces traces) {
    ProcFs proc = machine.proc();
    var family = new ProcessTree(proc, traces.pid(), traces.startTicks(), mark(id));
    if (family.isLeaderAlive() && !mark(id).isOn(proc, traces.pid())) {
      LogLine.of(id, "left alone: " + proc.describe(traces.pid()) + " lacks the mark")
          .log(LOG, Level.WARNING);
      return Optional.empty();
    }
    return Optional.of(family);
  }

  private Run run(SavedState memory, Optional<Traces> traces, ProcessTree family) {
    Optional<ServiceSpec> spec = Optional.ofNullable(specs.get(memory.id()));
    var terms =
        new Run.Terms(
            memory.revision(),
            traces.flatMap(Traces::endpoint),
            spec.map(s -> s.startup().timeout()).orElse(Duration.ZERO),
            spec.map(s -> s.startup().listener()).orElse(Listener.OWN),
            spec.flatMap(s -> s.startup().probePath()),
            spec.map(ServiceSpec::retry),
            traces.map(Traces::signal).orElse(StopSignal.TERM),
            traces.map(Traces::grace).orElse(Duration.ZERO));
    return Run.adopted(machine, terms, family);
  }

  private Optional<Ending> ending(ServiceId id, Traces traces) {
    boolean removed = !specs.containsKey(id);
    if (!removed && !traces.stopping()) {
      return Optional.empty();
    }
    Instant now = machine.now();
    StopReason reason = removed ? StopReason.REMOVED : StopReason.SHUTDOWN;
    return Optional.of(new Ending(now, reason, now.plus(traces.grace()), Optional.empty()));
  }

  private Ending atOnce() {
    return new Ending(machine.now(), StopReason.STALE, machine.now(), Optional.empty());
  }

  /** A failure of the same definition; its times are never further away than it declares. */
  private Optional<Failure> failure(SavedState memory) {
    return Optional.ofNullable(specs.get(memory.id()))
        .filter(spec -> spec.revision().equals(memory.revision()))
        .flatMap(spec -> memory.failure().map(f -> within(spec.retry(), f)));
  }

  private Failure within(ServiceSpec.Retry retry, Failure f) {
    Instant now = machine.now();
    Duration longest =
        retry.max().compareTo(retry.breakerWindow()) > 0 ? retry.max() : retry.breakerWindow();
    return new Failure(
        f.reason(),
        f.message(),
        f.count(),
        earlier(f.at(), now),
        earlier(f.nextRetry(), now.plus(longest)));
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  private OwnerMark mark(ServiceId id) {
    return machine.files().mark(id);
  }

  private SavedState nothing(ServiceId id) {
    return new SavedState(id, bootId, "", Optional.empty(), Optional.empty());
  }

  /** The first process of each service that carries its mark. */
  private Map<ServiceId, Stat> eldest() {
    Map<ServiceId, Stat> eldest = new HashMap<>();
    for (Stat stat : machine.proc().processes()) {
      serviceOf(stat.pid())
          .ifPresent(
              id -> eldest.merge(id, stat, (a, b) -> a.startTicks() <= b.startTicks() ? a : b));
    }
    return eldest;
  }

  private Optional<ServiceId> serviceOf(long pid) {
    return pid == ProcessHandle.current().pid()
        ? Optional.empty()
        : machine.files().ofProcess(machine.proc(), pid);
  }

  private Map<ServiceId, SavedState> memories() {
    Map<ServiceId, SavedState> all = new HashMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(machine.files().dir(), "*.json")) {
      for (Path file : files) {
        read(file).ifPresent(memory -> all.put(memory.id(), memory));
      }
    } catch (NoSuchFileException e) {
      return all;
    } catch (IOException e) {
      LOG.log(Level.WARNING, "state directory cannot be read: " + e);
    }
    return all;
  }

  /** What cannot be read, is misplaced or is of another boot says nothing. */
  private Optional<SavedState> read(Path file) {
    try {
      SavedState memory = SavedState.parse(Files.readString(file));
      return Optional.of(memory)
          .filter(m -> m.bootId().equals(bootId))
          .filter(m -> machine.files().memory(m.id()).equals(file));
    } catch (IOException e) {
      LOG.log(Level.WARNING, "state file " + file + " is ignored: " + e.getMessage());
      return Optional.empty();
    }
  }
}
