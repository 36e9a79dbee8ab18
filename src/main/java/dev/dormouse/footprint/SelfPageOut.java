package dev.dormouse.footprint;

import dev.dormouse.control.PassListener;
import dev.dormouse.core.Decision;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.local.freeze.ProcessMadvise;
import dev.dormouse.local.process.ProcFs;
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

/**
 * Dormouse's own sleep. When nobody has been connected and nothing has been about to happen for a
 * while, it collects its garbage, lets go of what it can read again from files and, where there is
 * swap, pushes the rest out. It wakes by being touched: what is needed comes back by itself. What
 * probes and scrapes bring back of files is let go of again.
 */
public final class SelfPageOut implements PassListener {
  /** How long it must have been calm. */
  static final Duration CALM = Duration.ofSeconds(30);

  /** How often a sleeper looks what was brought back. */
  static final Duration LOOK = Duration.ofSeconds(10);

  private static final System.Logger LOG = System.getLogger("dormouse");

  private final ScheduledExecutorService control;
  private final Sleeper sleeper;

  /** Services that keep it awake. Control thread only. */
  private final Set<ServiceId> restless = new HashSet<>();

  private Future<?> timer = CompletableFuture.completedFuture(null);
  private volatile boolean calm;

  /** What falls asleep. Must not block; is told whether that is still wanted. */
  interface Sleeper {
    void sleep(BooleanSupplier wanted);

    /** Asleep already, it lets go of what was brought back since. */
    void settle(BooleanSupplier wanted);
  }

  /** A Dormouse that is awake, and hears of passes on this thread. */
  public SelfPageOut(ScheduledExecutorService control) {
    this(control, new Body());
  }

  /** The same with another sleeper. */
  SelfPageOut(ScheduledExecutorService control, Sleeper sleeper) {
    this.control = control;
    this.sleeper = sleeper;
  }

  @Override
  public void passed(ServiceId id, ServiceStatus before, Decision decision, ServiceStatus after) {
    boolean _ = isCalm(after) ? restless.remove(id) : restless.add(id);
    calm = restless.isEmpty();
    timer.cancel(false);
    if (calm) {
      timer = control.schedule(this::sleep, CALM.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void sleep() {
    sleeper.sleep(() -> calm);
    timer =
        control.scheduleWithFixedDelay(
            () -> sleeper.settle(() -> calm),
            LOOK.toMillis(),
            LOOK.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** What runs without clients and without an end, as Redis does, needs nobody's attention. */
  private static boolean isCalm(ServiceStatus status) {
    return switch (status.phase()) {
      case WAKING, DOZING, DRAINING, STOPPING -> false;
      case DORMANT, ACTIVE, FAILED, DISABLED ->
          status.connections() + status.waiting() == 0 && status.nextStopTime().isEmpty();
    };
  }

  /** This process. */
  private static final class Body implements Sleeper {
    private static final long PID = ProcessHandle.current().pid();

    private final ProcFs proc = new ProcFs(Path.of("/proc"));
    private final Optional<CleanPages> clean = CleanPages.ofThisProcess();
    private Optional<ProcessMadvise> madvise = Optional.empty();
    private List<CleanPages.Mapping> mappings = List.of();
    private volatile long restingBytes;

    @Override
    public void sleep(BooleanSupplier wanted) {
      begin(() -> fallAsleep(wanted));
    }

    @Override
    public void settle(BooleanSupplier wanted) {
      if (restingBytes > 0 && proc.fileBytes(PID) > restingBytes + restingBytes / 2) {
        begin(() -> letGo(wanted));
      }
    }

    private void begin(Step step) {
      try {
        Thread.ofPlatform().name("dormouse-torpor").daemon().start(() -> take(step));
      } catch (OutOfMemoryError e) {
        LOG.log(Level.DEBUG, "no thread is to be had on which its memory would be pushed out", e);
      }
    }

    private synchronized void take(Step step) {
      try {
        step.take();
      } catch (IOException | RuntimeException e) {
        LOG.log(Level.DEBUG, "cannot push its own memory out", e);
      }
    }

    private void fallAsleep(BooleanSupplier wanted) throws IOException {
      mappings = clean.isPresent() ? clean.get().find() : List.of();
      System.gc();
      if (proc.swapBytes() > 0) {
        // What the first pass needs for its own work comes back while it runs.
        pushOut(wanted);
        pushOut(wanted);
      }
      letGo(wanted);
    }

    private void letGo(BooleanSupplier wanted) throws IOException {
      if (clean.isPresent() && wanted.getAsBoolean()) {
        clean.get().letGo(mappings);
        restingBytes = proc.fileBytes(PID);
      }
    }

    private void pushOut(BooleanSupplier wanted) throws IOException {
      ProcessMadvise means = madvise.orElseGet(() -> new ProcessMadvise(proc));
      madvise = Optional.of(means);
      means.trim();
      var self = proc.stat(PID);
      var effect = means.pageOut(self.stream().toList(), wanted);
      LOG.log(Level.DEBUG, () -> "asleep, " + effect);
    }

    private interface Step {
      void take() throws IOException;
    }
  }
}
