package dev.dormouse.local.freeze;

import dev.dormouse.core.ServiceSpec.Sleep;
import dev.dormouse.local.freeze.Suspension.Outcome;
import dev.dormouse.local.process.ProcFs;
import dev.dormouse.local.process.ProcFs.Stat;
import dev.dormouse.local.process.Signals;
import dev.dormouse.local.process.Warden;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Whether services can be frozen on this machine, and the thread on which that is done. Nothing is
 * loaded before a service asks for it. Thread-safe.
 */
public final class Freezer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("dormouse");

  private final Means means;
  private final ProcFs proc = new ProcFs(Path.of("/proc"));
  private final ThreadPoolExecutor thread = thread("dormouse-freezer");

  /** A thaw does not wait for the freeze of another service. */
  private final ThreadPoolExecutor fetcher = thread("dormouse-fetcher");

  private volatile Optional<String> obstacle = Optional.empty();
  private volatile Optional<Signals> signals = Optional.empty();

  private volatile Optional<PageOut> pageOut = Optional.empty();

  /** Why what is frozen cannot be watched. */
  private volatile Optional<String> vigilObstacle = Optional.empty();

  private volatile Optional<Warden> vigil = Optional.empty();

  /** By these means, which are looked for when they are needed first. */
  public Freezer(Means means) {
    this.means = means;
  }

  /** Where the means to page out come from. */
  public interface Means {
    /**
     * Finds them, and tries them.
     *
     * @throws IOException saying what is missing
     */
    PageOut find() throws IOException;

    /**
     * Finds and tries what watches sleepers.
     *
     * @throws IOException saying what is missing
     */
    default Warden watch() throws IOException {
      throw new IOException("nothing can be watched");
    }
  }

  /**
   * What processes were seen to do at one moment.
   *
   * @param cpuTicks what they have computed so far, in hundredths of a second
   * @param ready which of the descriptors that were asked about have something to be read
   */
  public record Sample(long cpuTicks, Set<String> ready) {}

  /** By what this kernel has. */
  public static Freezer ofThisMachine(ProcFs proc) {
    return new Freezer(new OwnMeans(proc));
  }

  /** These, until it is known that the means to freeze offer faster ones. */
  public Signals signals(Signals until) {
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
  public void prepare(Sleep sleep) {
    thread.execute(() -> look(sleep));
  }

  /** Why it cannot be done, as far as is known. */
  public Optional<String> obstacle(Sleep sleep) {
    return sleep == Sleep.DOZE ? obstacle.or(() -> vigilObstacle) : obstacle;
  }

  /** Puts to sleep what clients are connected to. */
  public CompletableFuture<Outcome> doze(Suspension suspension, DozeWatch watch, List<Path> files) {
    return CompletableFuture.supplyAsync(
        () -> {
          look(Sleep.DOZE);
          if (pageOut.isEmpty() || vigil.isEmpty()) {
            return new Outcome.Failed(obstacle(Sleep.DOZE).orElse("it is not possible here"));
          }
          try {
            watch.begin(news -> vigil.get().begin(files, news));
          } catch (IOException e) {
            return new Outcome.Failed(String.valueOf(e.getMessage()));
          }
          return suspension.freeze(pageOut.get(), watch::watch);
        },
        thread);
  }

  /** Looks what these do now, and whether something has come for these of their descriptors. */
  public CompletableFuture<Sample> sample(Supplier<List<Stat>> members, Set<String> names) {
    return CompletableFuture.supplyAsync(() -> sampleNow(members.get(), names), thread);
  }

  private Sample sampleNow(List<Stat> members, Set<String> names) {
    long ticks = members.stream().mapToLong(it -> proc.cpuTicks(it.pid())).sum();
    if (names.isEmpty() || vigil.isEmpty()) {
      return new Sample(ticks, Set.of());
    }
    try (Warden.Post post = vigil.get().begin(List.of(), _ -> {})) {
      Set<String> ready = new HashSet<>(post.watch(members));
      ready.retainAll(names);
      return new Sample(ticks, ready);
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "cannot look", e);
      return new Sample(ticks, Set.of());
    }
  }

  /** Ends a watch, in the background. */
  public void release(DozeWatch watch) {
    fetcher.execute(watch::close);
  }

  /** Stops the processes and pushes them out, on a thread of its own. */
  public CompletableFuture<Outcome> freeze(Suspension suspension) {
    return CompletableFuture.supplyAsync(
        () -> {
          look(Sleep.FREEZE);
          return pageOut
              .map(suspension::freeze)
              .orElseGet(() -> new Outcome.Failed(obstacle.orElse("it is not possible here")));
        },
        thread);
  }

  /** Fetches back what these have in swap, in the background. */
  public void fetch(List<Stat> processes) {
    pageOut.ifPresent(means -> fetcher.execute(() -> means.fetch(processes)));
  }

  @Override
  public void close() {
    thread.shutdownNow();
    fetcher.shutdownNow();
    vigil.ifPresent(Warden::close);
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

  private void look(Sleep sleep) {
    Optional<String> before = obstacle(sleep);
    if (pageOut.isEmpty()) {
      lookForPageOut();
    }
    if (sleep == Sleep.DOZE && pageOut.isPresent() && vigil.isEmpty()) {
      vigilObstacle = attempt(() -> vigil = Optional.of(means.watch()));
    }
    obstacle(sleep)
        .filter(it -> !before.equals(Optional.of(it)))
        .ifPresent(
            it ->
                LOG.log(
                    Level.WARNING,
                    (sleep == Sleep.DOZE ? "sleep: Doze" : "sleep: Freeze")
                        + " is done as Stop, as it is not possible here: "
                        + it));
  }

  private void lookForPageOut() {
    obstacle =
        attempt(
            () -> {
              PageOut found = means.find();
              pageOut = Optional.of(found);
              signals = found.signals();
            });
  }

  /** Looks for something, or says why it is not to be had. */
  private static Optional<String> attempt(Search search) {
    try {
      search.run();
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.log(Level.DEBUG, "cannot freeze", e);
      return Optional.of(e.toString());
    }
  }

  private interface Search {
    void run() throws IOException;
  }
}
