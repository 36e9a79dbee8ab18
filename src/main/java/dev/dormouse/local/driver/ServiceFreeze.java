package dev.dormouse.local.driver;

import dev.dormouse.control.FreezeListener;
import dev.dormouse.control.LogLine;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Sleep;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Workload;
import dev.dormouse.local.driver.State.Dozing;
import dev.dormouse.local.driver.State.Frozen;
import dev.dormouse.local.driver.State.Ready;
import dev.dormouse.local.driver.State.Thawing;
import dev.dormouse.local.freeze.DozeWatch;
import dev.dormouse.local.freeze.Suspension;
import dev.dormouse.local.freeze.Suspension.Outcome;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The sleep in memory of one service: how it falls asleep, whether it still does, and whether it
 * has come back. Control thread only, except {@link #obstacle} and {@link #answered}.
 */
final class ServiceFreeze {
  private static final System.Logger LOG = System.getLogger("dormouse");

  /** By then whoever was woken has done something. */
  private static final Duration REACTION = Duration.ofSeconds(10);

  private final ServiceId id;
  private final MachineResources machine;
  private final Stage stage;
  private volatile Optional<String> obstacle = Optional.empty();
  private volatile boolean awaitsAnswer;
  private final Dozer dozer;

  ServiceFreeze(ServiceId id, MachineResources machine, Stage stage) {
    this.id = id;
    this.machine = machine;
    this.stage = stage;
    this.dozer = new Dozer(id, machine);
  }

  /** What is done here to the state of the service. */
  interface Stage {
    State state();

    void enter(State next);

    /** Writes down where it stands. */
    void remember();

    /** Ends what runs, without a failure. */
    void end(StopReason reason, Duration grace);
  }

  /** Why it is stopped instead of this. Thread-safe. */
  Optional<String> obstacle(Sleep sleep) {
    return obstacle.or(() -> machine.freezer().obstacle(sleep));
  }

  /** What the decider sees, with what keeps it from a doze. */
  Workload seen(Workload workload) {
    return workload instanceof Workload.Ready ready
        ? new Workload.Ready(
            ready.since(), ready.revision(), ready.endpoint(), ready.company(), dozer.calm())
        : workload;
  }

  /** It is another program now. */
  void forget() {
    obstacle = Optional.empty();
    dozer.forget();
  }

  /**
   * Freezes what is ready.
   *
   * @param knew what it depends on
   */
  void freeze(Map<String, String> knew) {
    if (stage.state() instanceof Ready(Run run, Instant _)) {
      freeze(frozen(run, new Suspension(run.family, machine.signals()), knew));
    }
  }

  /** Finds out whether it computes. */
  void sound(ServiceSpec.Doze doze) {
    if (stage.state() instanceof Ready(Run run, Instant _)) {
      dozer.sound(run, doze.after());
    }
  }

  /**
   * Puts what is ready to sleep under its clients.
   *
   * @param knew what it depends on
   */
  void doze(ServiceSpec.Doze how, Map<String, String> knew) {
    if (stage.state() instanceof Ready(Run run, Instant since)) {
      DozeWatch watch = dozer.watch();
      var suspension = new Suspension(run.family, machine.signals());
      var doze = Optional.of(new Dozing(since, watch));
      var frozen = new Frozen(run, machine.now(), suspension, knew, doze);
      List<Path> files = how.wakeOnFiles().stream().map(Path::of).toList();
      enter(frozen);
      watchOver(frozen, machine.freezer().doze(suspension, watch, files));
    }
  }

  private Frozen frozen(Run run, Suspension suspension, Map<String, String> knew) {
    return new Frozen(run, machine.now(), suspension, knew, Optional.empty());
  }

  /**
   * Goes on with a sleep of which an earlier Dormouse knew, or which it has left.
   *
   * @param dozing its clients have gone since, of which it has not heard
   */
  void adopt(Run run, Map<String, String> knew, boolean dozing) {
    var frozen = frozen(run, Suspension.found(run.family, machine.signals()), knew);
    if (run.family.isLeaderStopped() && !dozing) {
      freeze(frozen);
    } else {
      resume(frozen);
    }
  }

  /** Goes on with a sleep that has lasted while this process slept itself. */
  void keep(Run run, Map<String, String> knew) {
    var frozen = frozen(run, Suspension.kept(run.family, machine.signals()), knew);
    if (run.family.isLeaderStopped()) {
      stage.enter(frozen);
    } else {
      resume(frozen);
    }
  }

  /** The journal comes first: whenever we die, what is stopped is found. */
  private void freeze(Frozen frozen) {
    enter(frozen);
    watchOver(frozen, machine.freezer().freeze(frozen.suspension()));
  }

  private void enter(Frozen frozen) {
    stage.enter(frozen);
    stage.remember();
  }

  private void watchOver(Frozen frozen, CompletableFuture<Outcome> outcome) {
    var _ = outcome.thenAcceptAsync(it -> frozen(frozen, it), machine.control());
  }

  private void frozen(Frozen frozen, Outcome outcome) {
    switch (outcome) {
      case Outcome.Frozen(var effect) -> {
        log(Level.INFO, (frozen.watch().isPresent() ? "dozing, " : "frozen, ") + effect);
        dozer.asleep(frozen);
        machine.freezes().froze(id, FreezeListener.Outcome.FROZEN);
      }
      case Outcome.Interrupted _ -> machine.freezes().froze(id, FreezeListener.Outcome.INTERRUPTED);
      case Outcome.InVain(var effect) -> {
        machine.freezes().froze(id, FreezeListener.Outcome.IN_VAIN);
        giveUp(frozen, "most of it stays resident: " + effect);
      }
      case Outcome.Failed(String why) -> {
        machine.freezes().froze(id, FreezeListener.Outcome.FAILED);
        giveUp(frozen, why);
      }
    }
  }

  private void giveUp(Frozen frozen, String why) {
    obstacle = Optional.of(why);
    log(Level.WARNING, "cannot be frozen, is stopped from now on: " + why);
    if (!(stage.state() instanceof Frozen now) || now.suspension() != frozen.suspension()) {
      return;
    }
    if (frozen.watch().isPresent()) {
      resume(frozen); // clients are connected
    } else {
      stage.end(StopReason.IDLE, frozen.run().terms.grace());
    }
  }

  void thaw() {
    if (stage.state() instanceof Frozen frozen) {
      resume(frozen);
    }
  }

  /** Ends its sleep, and leaves it to the caller what comes then. */
  Run rouse(Frozen frozen) {
    frozen.suspension().resume();
    frozen
        .watch()
        .ifPresent(
            watch -> {
              machine.freezer().release(watch);
              dozer.awake(frozen, watch);
            });
    machine.freezer().fetch(frozen.suspension().stopped());
    return frozen.run();
  }

  /** The journal comes last: an arrival does not wait for it. */
  private void resume(Frozen frozen) {
    rouse(frozen);
    Instant now = machine.now();
    if (frozen.doze().isPresent()) {
      // A deaf one is found by its clients, as ever.
      stage.enter(new Ready(frozen.run(), frozen.doze().get().served()));
      machine.control().execute(stage::remember);
      var _ =
          machine
              .control()
              .schedule(() -> askAfter(frozen), REACTION.toNanos(), TimeUnit.NANOSECONDS);
      return;
    }
    var thaw = new ThawProbe(frozen.run(), frozen.suspension(), now);
    awaitsAnswer = true;
    stage.enter(new Thawing(frozen.run(), now, thaw));
    machine.control().execute(stage::remember);
  }

  /** Whether it runs, some time after it was woken. */
  private void askAfter(Frozen frozen) {
    boolean same = stage.state() instanceof Ready(Run run, Instant _) && run == frozen.run();
    if (same && frozen.run().family.isLeaderStopped()) {
      log(
          Level.WARNING,
          "has not reacted within "
              + REACTION.toSeconds()
              + " s of its wake: somebody else keeps it stopped");
      frozen.suspension().resume();
    }
  }

  /** Whether it still sleeps. */
  void watch(Frozen frozen) {
    if (frozen.suspension().isComplete() && !frozen.run().family.isLeaderStopped()) {
      log(Level.WARNING, "was woken by somebody else");
      resume(frozen);
    }
  }

  /** A client has got an answer. Thread-safe. */
  void answered() {
    if (awaitsAnswer) {
      machine
          .control()
          .execute(
              () -> {
                if (stage.state() instanceof Thawing thawing) {
                  back(thawing);
                }
              });
    }
  }

  void poll(Thawing thawing) {
    switch (thawing.thaw().poll(machine.now())) {
      case BACK -> back(thawing);
      case LOST -> lost("no answer within " + ThawProbe.LIMIT.toSeconds() + " s");
      case NOT_YET -> {}
    }
  }

  private void back(Thawing thawing) {
    Duration took = Duration.between(thawing.since(), machine.now());
    awaitsAnswer = false;
    thawing.thaw().close();
    log(Level.INFO, "thawed after=" + took.toMillis() + "ms");
    machine.freezes().thawed(id, Optional.of(took));
    stage.enter(new Ready(thawing.run(), machine.now()));
  }

  /** It has not come back: nobody is connected, and whoever waits is served by the next start. */
  void lost(String why) {
    awaitsAnswer = false;
    log(Level.WARNING, "did not come back from its sleep, is started anew: " + why);
    machine.freezes().thawed(id, Optional.empty());
    stage.end(StopReason.STALE, Duration.ZERO);
  }

  /** It has ended in its sleep. */
  void died(String how) {
    log(Level.WARNING, how + " while it was frozen");
    stage.end(StopReason.STALE, Duration.ZERO);
  }

  private void log(Level level, String message) {
    LogLine.of(id, message).log(LOG, level);
  }
}
