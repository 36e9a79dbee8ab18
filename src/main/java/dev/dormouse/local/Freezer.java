package dev.dormouse.local;

import dev.dormouse.local.ProcFs.Stat;
import dev.dormouse.local.Suspension.Outcome;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Whether services can be frozen on this machine, and the thread on which that is done. Nothing is
 * loaded before a service asks for it. Thread-safe.
 */
final class Freezer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("dormouse");

  private final Means means;
  private final ThreadPoolExecutor thread = thread("dormouse-freezer");

  /** A thaw does not wait for the freeze of another service. */
  private final ThreadPoolExecutor fetcher = thread("dormouse-fetcher");

  private volatile Optional<String> obstacle = Optional.empty();
  private volatile Optional<Signals> signals = Optional.empty();

  private volatile Optional<PageOut> pageOut = Optional.empty();

  Freezer(Means means) {
    this.means = means;
  }

  /** Where the means to page out come from. */
  interface Means {
    /**
     * Finds them, and tries them.
     *
     * @throws IOException saying what is missing
     */
    PageOut find() throws IOException;
  }

  static Freezer ofThisMachine(ProcFs proc) {
    return new Freezer(
        () -> {
          if (proc.swapBytes() == 0) {
            throw new IOException(
                "this machine has no swap; swapon(8) adds some, on Fly swap_size_mb");
          }
          PageOut found = new Madvise(proc);
          tryOnAChild(found, proc);
          return found;
        });
  }

  /** These, until it is known that the means to freeze offer faster ones. */
  Signals signals(Signals until) {
    return new Signals() {
      @Override
      public void stop(List<Stat> processes) {
        signals.orElse(until).stop(processes);
      }

      @Override
      public void resume(List<Stat> processes) {
        signals.orElse(until).resume(processes);
      }
    };
  }

  /** Finds out in the background whether it can be done, unless that is known to be so. */
  void prepare() {
    thread.execute(this::look);
  }

  /** Why it cannot be done, as far as is known. */
  Optional<String> obstacle() {
    return obstacle;
  }

  CompletableFuture<Outcome> freeze(Suspension suspension) {
    return CompletableFuture.supplyAsync(
        () -> {
          look();
          return pageOut
              .map(suspension::freeze)
              .orElseGet(() -> new Outcome.Failed(obstacle.orElse("it is not possible here")));
        },
        thread);
  }

  /** Fetches back what these have in swap, in the background. */
  void fetch(List<Stat> processes) {
    pageOut.ifPresent(means -> fetcher.execute(() -> means.fetch(processes)));
  }

  @Override
  public void close() {
    thread.shutdownNow();
    fetcher.shutdownNow();
  }

  /** Ends when it has nothing to do; one entry a service at the most. */
  private static ThreadPoolExecutor thread(String name) {
    return new ThreadPoolExecutor(
        0,
        1,
        1,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        task -> Thread.ofPlatform().name(name).daemon().unstarted(task));
  }

  private void look() {
    if (pageOut.isPresent()) {
      return;
    }
    Optional<String> before = obstacle;
    try {
      PageOut found = means.find();
      pageOut = Optional.of(found);
      signals = found.signals();
      obstacle = Optional.empty();
    } catch (IOException e) {
      obstacle = Optional.of(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.log(Level.DEBUG, "cannot freeze", e);
      obstacle = Optional.of(e.toString());
    }
    obstacle
        .filter(it -> !before.equals(Optional.of(it)))
        .ifPresent(
            it ->
                LOG.log(
                    Level.WARNING,
                    "sleep: Freeze is done as Stop, as it is not possible here: " + it));
  }

  /** Rights, or their lack, show only when they are used. */
  private static void tryOnAChild(PageOut pageOut, ProcFs proc) throws IOException {
    Process child = new ProcessBuilder("sleep", "60").start();
    try {
      List<Stat> stat = proc.stat(child.pid()).stream().toList();
      pageOut.pageOut(stat, () -> true);
    } finally {
      child.destroyForcibly();
    }
  }
}
