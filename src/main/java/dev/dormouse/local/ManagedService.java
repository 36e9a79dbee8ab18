package dev.dormouse.local;

import dev.dormouse.control.ServiceView;
import dev.dormouse.control.ServiceView.ProcessUsage;
import dev.dormouse.core.Keeper;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Sleep;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.ServiceStatus.Wake;
import dev.dormouse.core.WakeReason;
import dev.dormouse.gate.Gate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the controller remembers of one service. Written on the control thread; {@code volatile}
 * fields are read by others.
 */
final class ManagedService {
  private static final Duration MOMENT = Duration.ofMillis(20);

  final ServiceId id;
  final Gate gate;
  volatile ServiceSpec spec;
  volatile ServiceStatus status = ServiceStatus.initial();
  volatile boolean removed;

  /** What keeps it awake beside clients. */
  volatile Optional<String> keeper = Optional.empty();

  @Nullable Future<?> recheck;

  /** Control thread only. */
  Optional<ManualWake> manual = Optional.empty();

  private final AtomicBoolean requested = new AtomicBoolean();
  private final AtomicBoolean requestedSoon = new AtomicBoolean();
  private final Deque<Wake> wakes = new ArrayDeque<>();
  private volatile long awakeBytes = -1;
  private long awakePid;

  ManagedService(ServiceId id, ServiceSpec spec, Gate gate) {
    this.id = id;
    this.spec = spec;
    this.gate = gate;
  }

  /** True if no pass was requested yet. */
  boolean request() {
    return requested.compareAndSet(false, true);
  }

  /**
   * Asks for a pass. While the service takes clients, none of them needs one of its own: the gate
   * counts them, and no stop gets past it. One is enough then for all who come and go in a moment.
   */
  void demandChanged(ScheduledExecutorService control, Runnable ask) {
    if (status.phase() != Phase.ACTIVE || !gate.isAdmitting()) {
      ask.run();
    } else if (requestedSoon.compareAndSet(false, true)) {
      var _ = control.schedule(ask, MOMENT.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  /** Whether a pass was requested that has not begun. */
  boolean isPassPending() {
    return requested.get() || requestedSoon.get();
  }

  /** Whether the other has to be ready before this one. */
  boolean dependsOn(ServiceId other) {
    return id.namespace().equals(other.namespace()) && spec.dependsOn().contains(other.name());
  }

  /** Why it is stopped instead of sleeping as it asks; empty if it is not. */
  Optional<String> sleepObstacle(MachineDriver driver) {
    return spec.sleep() == Sleep.STOP ? Optional.empty() : driver.obstacle(id, spec.sleep());
  }

  /** As declared, but for what this machine cannot do. */
  ServiceSpec asIs(MachineDriver driver) {
    return sleepObstacle(driver).isPresent() ? spec.withoutFreeze() : spec;
  }

  /** A pass begins: what is requested from here on needs another one. */
  void begin() {
    requested.set(false);
    requestedSoon.set(false);
    if (recheck != null) {
      recheck.cancel(false);
      recheck = null;
    }
  }

  /** A pass ended with this status. */
  void settle(ServiceStatus after) {
    after
        .lastWake()
        .filter(wake -> !after.lastWake().equals(status.lastWake()))
        .ifPresent(this::remember);
    status = after;
  }

  /**
   * Takes note of what a pass meant for a manual wake: once that has come true with no time left to
   * keep the service awake, idleness counts from now.
   *
   * @return whether another pass may decide differently
   */
  boolean settleManualWake(Instant now) {
    var before = manual;
    manual = before.flatMap(wake -> wake.after(status, now));
    boolean cameTrue =
        before.filter(wake -> wake.giveUp().isAfter(wake.until())).isPresent()
            && status.phase() == Phase.ACTIVE;
    if (cameTrue && manual.isEmpty()) {
      gate.restartQuiet();
    }
    return !manual.equals(before);
  }

  /** What was thawed comes back from swap by and by: the most that one process has used counts. */
  synchronized void measured(ProcessUsage usage) {
    if (status.phase() == Phase.ACTIVE) {
      boolean same = usage.pid() == awakePid;
      awakeBytes = same ? Math.max(awakeBytes, usage.memoryBytes()) : usage.memoryBytes();
      awakePid = usage.pid();
    }
  }

  ServiceView view(
      Optional<ProcessUsage> usage, Optional<String> sleepObstacle, List<String> output) {
    List<Wake> recent;
    synchronized (wakes) {
      recent = List.copyOf(wakes);
    }
    ServiceStatus now = status.withDemand(gate.demand());
    return new ServiceView(
        id,
        spec,
        now,
        usage,
        awakeBytes < 0 ? OptionalLong.empty() : OptionalLong.of(awakeBytes),
        recent,
        sleepObstacle,
        output,
        Keeper.sentence(now, keeper),
        gate.clients(ServiceView.MAX_CLIENTS));
  }

  /** What is to be known again after a nap of Dormouse itself; the rest can be seen then. */
  Map<String, String> remember() {
    Map<String, String> all = new HashMap<>();
    all.put("phase", status.phase().name());
    all.put("epoch", Long.toString(status.epoch()));
    all.put("quietSince", gate.demand().quietSince().toString());
    all.put("awakeBytes", Long.toString(awakeBytes));
    all.put("awakePid", Long.toString(awakePid));
    synchronized (wakes) {
      all.put("wakes", wakes.stream().map(ManagedService::text).collect(Collectors.joining(" ")));
    }
    return all;
  }

  /** Goes on with what {@link #remember} told, before the first pass. */
  void recall(Map<String, String> all) {
    String words = all.getOrDefault("wakes", "");
    synchronized (wakes) {
      Stream.of(words.split(" ", -1))
          .filter(it -> !it.isEmpty())
          .map(ManagedService::wake)
          .forEach(wakes::addLast);
      status =
          ServiceStatus.recalled(
              Phase.valueOf(all.getOrDefault("phase", status.phase().name())),
              Long.parseLong(all.getOrDefault("epoch", "1")),
              Optional.ofNullable(wakes.peekFirst()));
    }
    Optional.ofNullable(all.get("quietSince")).map(Instant::parse).ifPresent(gate::quietSince);
    awakeBytes = Long.parseLong(all.getOrDefault("awakeBytes", "-1"));
    awakePid = Long.parseLong(all.getOrDefault("awakePid", "0"));
  }

  private static String text(Wake wake) {
    return wake.time() + "," + wake.reason() + wake.latency().map(it -> "," + it).orElse("");
  }

  private static Wake wake(String text) {
    String[] parts = text.split(",", -1);
    return new Wake(
        Instant.parse(parts[0]),
        WakeReason.valueOf(parts[1]),
        parts.length > 2 ? Optional.of(Duration.parse(parts[2])) : Optional.empty());
  }

  /** The latest news of a wake replaces what was known of the same one. */
  private void remember(Wake wake) {
    synchronized (wakes) {
      if (!wakes.isEmpty() && wakes.getFirst().time().equals(wake.time())) {
        wakes.removeFirst();
      }
      wakes.addFirst(wake);
      while (wakes.size() > ServiceView.MAX_WAKES) {
        wakes.removeLast();
      }
    }
  }
}
