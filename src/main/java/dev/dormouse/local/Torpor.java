package dev.dormouse.local;

import dev.dormouse.control.PassListener;
import dev.dormouse.core.Decision;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.local.ProcFs.Range;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Dormouse's own sleep. When nobody has been connected and nothing has been about to happen for a
 * while, it collects its garbage, lets go of what it can read again from files and, where there is
 * swap, pushes the rest out. It wakes by being touched: what is needed comes back by itself.
 */
public final class Torpor implements PassListener {
  /** How long it must have been calm. */
  static final Duration CALM = Duration.ofSeconds(30);

  private static final System.Logger LOG = System.getLogger("dormouse");

  private final ScheduledExecutorService control;
  private final Consumer<BooleanSupplier> sleep;

  /** Services that keep it awake. Control thread only. */
  private final Set<ServiceId> restless = new HashSet<>();

  private Future<?> timer = CompletableFuture.completedFuture(null);
  private volatile boolean calm;

  /** A Dormouse that is awake, and hears of passes on this thread. */
  public Torpor(ScheduledExecutorService control) {
    this(control, new Body()::sleep);
  }

  /**
   * The same, with another sleep.
   *
   * @param sleep told whether it is still wanted; must not block
   */
  Torpor(ScheduledExecutorService control, Consumer<BooleanSupplier> sleep) {
    this.control = control;
    this.sleep = sleep;
  }

  @Override
  public void passed(ServiceId id, ServiceStatus before, Decision decision, ServiceStatus after) {
    boolean _ = isCalm(after) ? restless.remove(id) : restless.add(id);
    calm = restless.isEmpty();
    timer.cancel(false);
    if (calm) {
      timer =
          control.schedule(() -> sleep.accept(() -> calm), CALM.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** What runs without clients and without an end, as Redis does, needs nobody's attention. */
  private static boolean isCalm(ServiceStatus status) {
    return switch (status.phase()) {
      case WAKING, DRAINING, STOPPING -> false;
      case DORMANT, ACTIVE, FAILED, DISABLED ->
          status.connections() + status.waiting() == 0 && status.nextStopTime().isEmpty();
    };
  }

  /** This process. */
  private static final class Body {
    private final ProcFs proc = new ProcFs(Path.of("/proc"));
    private final Optional<CleanPages> clean = CleanPages.ofThisProcess();
    private Optional<Madvise> madvise = Optional.empty();

    void sleep(BooleanSupplier wanted) {
      Thread.ofPlatform().name("dormouse-torpor").daemon().start(() -> sleepNow(wanted));
    }

    private synchronized void sleepNow(BooleanSupplier wanted) {
      try {
        List<Range> ranges = clean.isPresent() ? clean.get().find() : List.of();
        System.gc();
        if (proc.swapBytes() > 0) {
          // What the first pass needs for its own work comes back while it runs.
          pushOut(wanted);
          pushOut(wanted);
        }
        if (wanted.getAsBoolean()) {
          clean.ifPresent(it -> it.letGo(ranges));
        }
      } catch (IOException | RuntimeException e) {
        LOG.log(Level.DEBUG, "cannot push its own memory out", e);
      }
    }

    private void pushOut(BooleanSupplier wanted) throws IOException {
      Madvise means = madvise.orElseGet(() -> new Madvise(proc));
      madvise = Optional.of(means);
      means.trim();
      var self = proc.stat(ProcessHandle.current().pid());
      var effect = means.pageOut(self.stream().toList(), wanted);
      LOG.log(Level.DEBUG, () -> "asleep, " + effect);
    }
  }
}
