package dev.dormouse.local;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.control.FreezeListener;
import dev.dormouse.control.SteadyClock;
import dev.dormouse.core.Action;
import dev.dormouse.core.Failure;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Workload;
import dev.dormouse.local.driver.LocalDriver;
import dev.dormouse.local.freeze.Freezer;
import dev.dormouse.local.freeze.PageOut;
import dev.dormouse.local.process.ProcFs;
import dev.dormouse.local.process.Warden;
import dev.dormouse.local.state.LocalSettings;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;

/** A driver with real processes on its control thread, and one service of it. */
public final class ProcessRig implements AutoCloseable {
  public static final ServiceId CABLE = new ServiceId("default", "cable");

  public final SteadyClock clock = new SteadyClock();
  public final ProcFs proc = new ProcFs(Path.of("/proc"));
  public final Queue<Workload> seen = new ConcurrentLinkedQueue<>();
  public final LocalDriver driver;
  final Path dir;
  final FakePageOut pageOut = new FakePageOut();

  /** How freezes and thaws ended, in words. */
  final Queue<String> sleeps = new ConcurrentLinkedQueue<>();

  /** Whether what is broken is stopped, as the decider would have it. */
  public volatile boolean stopsBroken = true;

  private ServiceSpec spec = Specs.onDemand().build();
  private final ScheduledExecutorService control = Executors.newSingleThreadScheduledExecutor();

  public ProcessRig(Path dir, Map<String, String> env) {
    this.dir = dir;
    Map<String, String> inherited = new HashMap<>(System.getenv());
    inherited.putAll(env);
    var settings = new LocalSettings(dir, "iad", "127.0.0.1", inherited);
    this.driver =
        new LocalDriver(
            settings, clock, control, this::changed, new Slept(), new Freezer(new Means()));
  }

  private final class Means implements Freezer.Means {
    @Override
    public PageOut find() {
      return pageOut;
    }

    @Override
    public Warden watch() {
      return new QuietWarden();
    }
  }

  private final class Slept implements FreezeListener {
    @Override
    public void froze(ServiceId id, Outcome outcome) {
      sleeps.add(outcome.name());
    }

    @Override
    public void thawed(ServiceId id, Optional<Duration> took) {
      sleeps.add(took.isPresent() ? "ANSWERED" : "LOST");
    }
  }

  /** Does what the decider would do to what is broken. */
  private void changed(ServiceId id) {
    Workload workload = driver.observe(id);
    seen.add(workload);
    if (stopsBroken && workload instanceof Workload.Broken) {
      driver.apply(id, spec, new Action.Stop(StopReason.BROKEN));
    }
  }

  public <T> T onControl(Callable<T> call) {
    try {
      return control.submit(call).get(5, SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  public void apply(Specs specs, Action action) {
    onControl(
        () -> {
          spec = specs.build();
          driver.apply(CABLE, spec, action);
          return true;
        });
  }

  public void start(Specs specs) {
    apply(specs, new Action.Start());
  }

  public void stop(Specs specs, StopReason reason) {
    apply(specs, new Action.Stop(reason));
  }

  public Workload now() {
    return onControl(() -> driver.observe(CABLE));
  }

  public <W extends Workload> W await(Class<W> kind) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(2))
        .untilAsserted(() -> assertThat(now()).isInstanceOf(kind));
    return kind.cast(now());
  }

  public Failure awaitFailure() {
    return await(Workload.Failed.class).failure();
  }

  public long pid() {
    return driver.usage(CABLE).orElseThrow().pid();
  }

  /** Processes whose command line contains this word. */
  public List<Long> running(String word) {
    return proc.processes().stream()
        .map(ProcFs.Stat::pid)
        .filter(pid -> pid != ProcessHandle.current().pid())
        .filter(pid -> proc.arguments(pid).contains(word))
        .toList();
  }

  public void awaitOutput(String text) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(driver.tail(CABLE)).anyMatch(line -> line.contains(text)));
  }

  public Duration since(Instant start) {
    return Duration.between(start, clock.instant());
  }

  /** Sends a signal, by its name. */
  public static void signal(long pid, String name) {
    try {
      assertThat(new ProcessBuilder("kill", "-" + name, "" + pid).start().waitFor()).isZero();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** What an earlier driver has left is taken over for these specs. */
  public void adopt(Map<ServiceId, ServiceSpec> specs) {
    onControl(
        () -> {
          spec = specs.getOrDefault(CABLE, spec);
          driver.adopt(specs, false);
          return true;
        });
  }

  /** As if killed: nothing is ended, nothing is written. */
  public void crash() {
    control.shutdownNow();
  }

  @Override
  public void close() throws IOException {
    onControl(
        () -> {
          driver.close();
          return true;
        });
    control.shutdownNow();
  }
}
