package dev.dormouse.local.process;

import dev.dormouse.control.ServiceView.ProcessUsage;
import dev.dormouse.core.ServiceSpec.StopSignal;
import dev.dormouse.local.process.ProcFs.Stat;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/**
 * The processes of one start: its leader and all that descends from it, whatever it did to get
 * away. A process belongs if its parent or the creator of its session or group does, if it carries
 * the mark, or if it belonged when it was last seen. Thread-safe.
 */
public final class ProcessTree {
  private static final long SELF = ProcessHandle.current().pid();

  /** No process, group or session has this number; 0 is the parent of the first. */
  private static final long NOBODY = -1;

  /** Of {@link #extinguish}. */
  private static final int MAX_SWEEPS = 100;

  private final ProcFs proc;

  /** The pid of what was executed. */
  public final long leader;

  private final OwnerMark mark;
  private final long bornTicks;

  /** Start ticks of what belongs, by pid; also of the dead whose sessions and groups live on. */
  private final Map<Long, Long> known = new HashMap<>();

  /** The family of a process that was just started. */
  public ProcessTree(ProcFs proc, long leader, OwnerMark mark) {
    this(proc, leader, proc.stat(leader).map(Stat::startTicks).orElse(0L), mark);
  }

  /** The family of a process that was started then, whether it lives or not. */
  public ProcessTree(ProcFs proc, long leader, long bornTicks, OwnerMark mark) {
    this.proc = proc;
    this.leader = leader;
    this.mark = mark;
    this.bornTicks = bornTicks;
    known.put(leader, bornTicks);
  }

  /** All that carry the mark, whoever started them. */
  public static ProcessTree marked(ProcFs proc, OwnerMark mark) {
    return new ProcessTree(proc, NOBODY, 0, mark);
  }

  /** When the leader was started, in ticks since boot. */
  public long bornTicks() {
    return bornTicks;
  }

  /** Whether the leader's pid is still the leader's. */
  public boolean isLeaderAlive() {
    return proc.stat(leader).filter(stat -> stat.startTicks() == bornTicks).isPresent();
  }

  /** Whether the leader lives and is stopped. */
  public boolean isLeaderStopped() {
    return proc.stat(leader)
        .filter(stat -> stat.startTicks() == bornTicks && stat.stopped())
        .isPresent();
  }

  /** Whether its leader was started later than that process. */
  public boolean isYoungerThan(Stat stat) {
    return stat.startTicks() < bornTicks;
  }

  /** All that are alive now. Reads the whole of /proc: a few milliseconds on a busy machine. */
  public synchronized List<Stat> members() {
    List<Stat> others = new ArrayList<>(proc.processes());
    // Nothing of it is older than its leader; most of the machine is.
    others.removeIf(p -> p.startTicks() < bornTicks || p.pid() == SELF);
    // Another start under a known pid: the number was used again.
    others.forEach(p -> known.computeIfPresent(p.pid(), (_, t) -> t == p.startTicks() ? t : null));
    Map<Long, Boolean> marked = new HashMap<>();
    List<Stat> members = new ArrayList<>();
    boolean grown = true;
    while (grown) {
      grown = others.removeIf(p -> isRelated(p, marked) && admit(p, members));
    }
    Set<Long> needed = new HashSet<>(Set.of(leader));
    members.forEach(p -> LongStream.of(p.pid(), p.session(), p.group()).forEach(needed::add));
    known.keySet().retainAll(needed);
    return members;
  }

  /** What its processes use now: milliseconds. */
  public ProcessUsage usage() {
    List<Stat> members = members();
    long bytes = members.stream().mapToLong(p -> proc.memoryBytes(p.pid())).sum();
    boolean frozen = !members.isEmpty() && members.stream().allMatch(Stat::stopped);
    return new ProcessUsage(leader, members.size(), bytes, frozen);
  }

  /** Takes in a process that was found by other means. */
  public synchronized void adopt(Stat stat) {
    known.put(stat.pid(), stat.startTicks());
  }

  /** Whether a member holds one of these sockets, or might: what cannot be seen into is trusted. */
  public boolean holds(Set<Long> inodes) {
    return isHeld(leader, inodes) || members().stream().anyMatch(p -> isHeld(p.pid(), inodes));
  }

  /**
   * Sends this signal to every member, wherever it is; who is stopped is resumed, so that it can
   * obey.
   */
  public void terminate(StopSignal signal, Signals signals) {
    List<Stat> members = members();
    if (signal == StopSignal.TERM) {
      members.forEach(stat -> signal(stat, false));
    } else {
      new ShellSignals(proc).send(signal.name(), members);
    }
    signals.resume(members.stream().filter(Stat::stopped).toList());
  }

  /** Sends KILL to these members. */
  public void kill(List<Stat> members) {
    members.forEach(stat -> signal(stat, true));
  }

  /**
   * Sends KILL until none is left; gives up after a second. Blocks.
   *
   * @return whether any was left
   */
  public boolean extinguish() {
    List<Stat> left = members();
    boolean any = !left.isEmpty();
    for (int sweep = 0; sweep < MAX_SWEEPS && !left.isEmpty(); sweep++) {
      kill(left);
      ProcessHandle.of(left.getFirst().pid()).ifPresent(ProcessTree::await);
      left = members();
    }
    return any;
  }

  private static void await(ProcessHandle handle) {
    handle.onExit().completeOnTimeout(handle, 10, TimeUnit.MILLISECONDS).join();
  }

  private boolean isRelated(Stat p, Map<Long, Boolean> marked) {
    return known.containsKey(p.pid())
        || known.containsKey(p.parent())
        || known.containsKey(p.session())
        || known.containsKey(p.group())
        || marked.computeIfAbsent(p.pid(), pid -> mark.isOn(proc, pid) && isCredible(pid));
  }

  /** The mark of our own user counts, and of the one that the leader has become. */
  private boolean isCredible(long pid) {
    return proc.isOurs(pid) || (isLeaderAlive() && proc.user(pid).equals(proc.user(leader)));
  }

  private boolean admit(Stat p, List<Stat> members) {
    known.put(p.pid(), p.startTicks());
    return members.add(p);
  }

  private boolean isHeld(long pid, Set<Long> inodes) {
    return proc.sockets(pid).map(own -> !Collections.disjoint(own, inodes)).orElse(true);
  }

  /** The handle itself refuses once its pid is another process's: look again after taking it. */
  private void signal(Stat stat, boolean force) {
    ProcessHandle.of(stat.pid())
        .filter(_ -> proc.stat(stat.pid()).filter(stat::isSame).isPresent())
        .ifPresent(handle -> signal(handle, force));
  }

  private static void signal(ProcessHandle handle, boolean force) {
    boolean _ = force ? handle.destroyForcibly() : handle.destroy();
  }
}
