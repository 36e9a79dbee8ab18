package dev.dormouse.local.freeze;

import dev.dormouse.local.freeze.PageOut.Effect;
import dev.dormouse.local.process.ProcFs.Stat;
import dev.dormouse.local.process.ProcessTree;
import dev.dormouse.local.process.Signals;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * One sleep of the processes of a family, from the first SIGSTOP until they are resumed. Stopping
 * and resuming exclude each other: once they have been resumed none of them is stopped any more.
 * Thread-safe.
 */
public final class Suspension {
  /** A process that forks faster than it can be stopped is left alone after so many looks. */
  private static final int MAX_LOOKS = 100;

  private static final System.Logger LOG = System.getLogger("dormouse");

  private final Supplier<List<Stat>> members;
  private final Signals signals;

  /** By pid. What was stopped before, by others or by itself, is not ours to resume. */
  private final Map<Long, Stat> stopped = new LinkedHashMap<>();

  private boolean over;
  private boolean complete;

  /** Of these processes, which run on. */
  public Suspension(ProcessTree family, Signals signals) {
    this(family::members, signals);
  }

  /**
   * The same.
   *
   * @param members who lives now
   */
  public Suspension(Supplier<List<Stat>> members, Signals signals) {
    this.members = members;
    this.signals = signals;
  }

  /** Who looks, when all are stopped, whether they must not be. */
  interface LastLook {
    /** Whether they may stay so. */
    boolean allows(List<Stat> stopped) throws IOException;
  }

  /** The sleep of a family that was found stopped. */
  public static Suspension found(ProcessTree family, Signals signals) {
    var suspension = new Suspension(family, signals);
    family.members().stream()
        .filter(Stat::stopped)
        .forEach(member -> suspension.stopped.put(member.pid(), member));
    return suspension;
  }

  /** The same of one that this process had frozen before it slept itself. */
  public static Suspension kept(ProcessTree family, Signals signals) {
    var suspension = found(family, signals);
    suspension.complete();
    return suspension;
  }

  /** How a freeze ended. */
  public sealed interface Outcome {
    /** All are stopped and paged out. */
    record Frozen(Effect effect) implements Outcome {}

    /** Somebody needed it before it was complete. */
    record Interrupted() implements Outcome {}

    /** All are stopped, but most of their memory is still resident. */
    record InVain(Effect effect) implements Outcome {}

    /** It cannot be done. */
    record Failed(String why) implements Outcome {}
  }

  /** Stops all, and pages them out. Blocks: tens of milliseconds and more. */
  Outcome freeze(PageOut pageOut) {
    return freeze(pageOut, _ -> true);
  }

  /** The same, unless the last look forbids it. Then they are still stopped. */
  Outcome freeze(PageOut pageOut, LastLook lastLook) {
    try {
      if (!stopAll()) {
        return isOver() ? new Outcome.Interrupted() : new Outcome.Failed("it does not stop");
      }
      List<Stat> all = members.get();
      if (!lastLook.allows(all)) {
        return new Outcome.Interrupted();
      }
      Effect effect = pageOut.pageOut(all, () -> !isOver());
      if (isOver()) {
        return new Outcome.Interrupted();
      }
      complete();
      return effect.isWorthIt() ? new Outcome.Frozen(effect) : new Outcome.InVain(effect);
    } catch (IOException e) {
      return new Outcome.Failed(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "bug while freezing", e);
      return new Outcome.Failed(e.toString());
    }
  }

  /** Ends the sleep: SIGCONT to all that were stopped for it. May be repeated. */
  public synchronized void resume() {
    over = true;
    if (!stopped.isEmpty()) {
      signals.resume(new ArrayList<>(stopped.values()));
    }
  }

  /** What was stopped for it. */
  public synchronized List<Stat> stopped() {
    return List.copyOf(stopped.values());
  }

  /** Nothing is stopped any more; what is stopped stays so. */
  public synchronized void abandon() {
    over = true;
  }

  /** All were stopped, and should be. */
  public synchronized boolean isComplete() {
    return complete && !over;
  }

  private synchronized void complete() {
    complete = true;
  }

  private synchronized boolean isOver() {
    return over;
  }

  /**
   * Looks again until nobody is new. A thread may still fork when its process is already seen as
   * stopped: two looks in a row must find the same.
   */
  private boolean stopAll() {
    List<Stat> before = List.of();
    for (int look = 0; look < MAX_LOOKS; look++) {
      List<Stat> living = members.get();
      List<Stat> running = living.stream().filter(member -> !member.stopped()).toList();
      if (running.isEmpty() && !living.isEmpty() && living.equals(before)) {
        return true;
      }
      if (!stop(running)) {
        return false;
      }
      before = living;
    }
    return false;
  }

  private synchronized boolean stop(List<Stat> running) {
    if (!over && !running.isEmpty()) {
      signals.stop(running);
      running.forEach(member -> stopped.put(member.pid(), member));
    }
    return !over;
  }
}
