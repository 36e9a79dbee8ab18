package dev.dormouse.local.driver;

import dev.dormouse.control.LogLine;
import dev.dormouse.control.ServiceView.ProcessUsage;
import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Retry;
import dev.dormouse.core.StopReason;
import dev.dormouse.local.driver.Readiness.Verdict;
import dev.dormouse.local.driver.State.Broken;
import dev.dormouse.local.driver.State.Cause;
import dev.dormouse.local.driver.State.Draining;
import dev.dormouse.local.driver.State.Ending;
import dev.dormouse.local.driver.State.Frozen;
import dev.dormouse.local.driver.State.Ready;
import dev.dormouse.local.driver.State.Resting;
import dev.dormouse.local.driver.State.Starting;
import dev.dormouse.local.driver.State.Stopping;
import dev.dormouse.local.driver.State.Thawing;
import dev.dormouse.local.freeze.Suspension;
import dev.dormouse.local.process.Exit;
import dev.dormouse.local.process.Output;
import dev.dormouse.local.process.ProcessTree;
import dev.dormouse.local.process.Reaper;
import dev.dormouse.local.state.SavedState;
import dev.dormouse.local.state.SavedStateFile;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One service on this machine. Control thread only, except {@link #usage} and {@link #tail}. */
final class ProcessRuntime implements ServiceFreeze.Stage {
  private static final System.Logger LOG = System.getLogger("dormouse");

  /** For what hangs: whoever waits for the next start does not wait for its grace period, too. */
  private static final Duration GRACE_OF_THE_HUNG = Duration.ofSeconds(2);

  private final ServiceId id;
  private final MachineResources machine;
  private final Output output;
  private final SavedStateFile journal;
  private final Ticker ticker;
  final ServiceFreeze slumber;
  private State state = new Resting(Optional.empty());

  /** Outlives the state: a start that fails again continues its series. */
  private Optional<Failure> lastFailure = Optional.empty();

  /** Of what was started last. */
  private String revision = "";

  private volatile Optional<ProcessTree> family = Optional.empty();
  private volatile boolean doubted;

  ProcessRuntime(ServiceId id, MachineResources machine) {
    this.id = id;
    this.machine = machine;
    this.output = new Output(id, machine.files().output(id));
    this.journal = new SavedStateFile(machine.files().memory(id), machine.control());
    this.slumber = new ServiceFreeze(id, machine, this);
    this.ticker =
        new Ticker(machine.control(), this::tick, () -> PollIntervals.after(state, machine.now()));
  }

  /** Takes over what an earlier Dormouse has left, before anything else. */
  void adopt(Adoption.Found found) {
    revision = found.revision();
    lastFailure = found.failure();
    state = new Resting(lastFailure.filter(f -> machine.now().isBefore(f.nextRetry())));
    found.run().ifPresentOrElse(run -> adopt(run, found), this::remember);
  }

  /** The same after a nap of this process: what ran is still its child, or ended for it. */
  void resume(Adoption.Found found) {
    revision = found.revision();
    lastFailure = found.failure();
    state = new Resting(lastFailure.filter(f -> machine.now().isBefore(f.nextRetry())));
    found.run().or(found::ended).ifPresent(this::await);
    if (found.run().isPresent() && found.ending().isEmpty()) {
      resume(found.run().get(), found.knew());
    } else if (found.ended().isPresent() && found.knew().isEmpty()) {
      resume(found.ended().get(), Optional.empty());
    } else {
      adopt(found);
    }
  }

  private void resume(Run run, Optional<Map<String, String>> knew) {
    family = Optional.of(run.family);
    output.resume();
    knew.ifPresentOrElse(it -> slumber.keep(run, it), () -> enter(new Ready(run, machine.now())));
  }

  private void await(Run run) {
    run.awaited();
    var _ =
        Reaper.reap(run.family.leader, machine.proc())
            .thenAccept(code -> machine.control().execute(() -> exited(run, code)));
  }

  /** Whether nothing is under way: no start, no end, no freeze, no unwritten state. */
  boolean isSettled() {
    boolean settled =
        switch (state) {
          case Resting _, Ready _ -> true;
          case Frozen frozen -> frozen.suspension().isComplete();
          case Starting _, Thawing _, Broken _, Draining _, Stopping _ -> false;
        };
    return settled && journal.isWritten();
  }

  /** Its leader, if that is a child of this process: then the kernel tells of its end. */
  Optional<Long> child() {
    return state.current().map(run -> run.family.leader).filter(machine.proc()::isChild);
  }

  private void adopt(Run run, Adoption.Found found) {
    Optional<Ending> ending = found.ending();
    family = Optional.of(run.family);
    output.resume();
    String what = "pid=" + run.family.leader + " processes=" + run.family.members().size();
    if (ending.isPresent()) {
      log(Level.WARNING, "removing what was left " + what);
      if (ending.get().killAt().isAfter(machine.now())) {
        run.family.terminate(run.terms.signal(), machine.signals());
      }
      enter(new Stopping(run, ending.get()));
      remember();
      return;
    }
    boolean asleep = run.family.isLeaderStopped();
    log(Level.INFO, (asleep ? "adopted frozen " : "adopted ") + what + run.terms.where());
    if (asleep || found.knew().isPresent()) {
      slumber.adopt(run, found.knew().orElse(Map.of()), found.dozing());
    } else {
      enter(new Starting(run));
      poll(run);
      remember();
    }
  }

  void start(ServiceSpec spec) {
    if (state.current().isPresent()) {
      return;
    }
    if (!spec.revision().equals(revision)) {
      slumber.forget();
    }
    revision = spec.revision();
    switch (LaunchResult.of(id, spec, machine, output)) {
      case LaunchResult.Executed(Run run, Process process) -> started(run, process);
      case LaunchResult.Refused(Cause cause) -> rest(Optional.of(cause), Optional.of(spec.retry()));
    }
  }

  private void started(Run run, Process process) {
    family = Optional.of(run.family);
    enter(new Starting(run));
    remember();
    log(Level.INFO, "started pid=" + process.pid() + run.terms.where());
    var _ =
        process
            .onExit()
            .thenAccept(p -> machine.control().execute(() -> exited(run, p.exitValue())));
  }

  void drain(StopReason reason) {
    switch (state) {
      case Starting _, Ready _, Broken _ ->
          state.current().ifPresent(run -> enter(new Draining(run, machine.now(), reason)));
      case Thawing(Run run, Instant _, ThawProbe thaw) -> {
        thaw.close();
        enter(new Draining(run, machine.now(), reason));
      }
      case Frozen frozen -> enter(new Draining(slumber.rouse(frozen), machine.now(), reason));
      case Resting _, Draining _, Stopping _ -> {}
    }
  }

  void stop(StopReason reason, Duration grace) {
    if (state instanceof Starting(Run run) && reason == StopReason.TIMED_OUT) {
      String message = output.withLastWords(run.explain(machine.now()));
      end(reason, grace, Optional.of(new Cause(FailureReason.TIMED_OUT, message)));
    } else if (state instanceof Broken broken && reason == StopReason.BROKEN) {
      boolean hangs = broken.servedSince().isPresent() && grace.compareTo(GRACE_OF_THE_HUNG) > 0;
      end(reason, hangs ? GRACE_OF_THE_HUNG : grace, Optional.of(broken.cause()));
    } else {
      end(reason, grace);
    }
  }

  /** Clients found what runs to be of no use; it is doubted until it answers one of them. */
  void foundBroken(FailureReason reason, String message) {
    if (state instanceof Ready(Run run, Instant since)) {
      doubted = true;
      var cause = new Cause(reason, output.withLastWords(message));
      enter(new Broken(run, machine.now(), Optional.of(since), false, cause));
    }
  }

  /** A client has got an answer. Thread-safe. */
  void answered() {
    slumber.answered();
    if (doubted) {
      machine.control().execute(this::rehabilitate);
    }
  }

  private void rehabilitate() {
    if (state instanceof Broken(Run run, var _, Optional<Instant> since, var _, var _)
        && since.isPresent()) {
      doubted = false;
      enter(new Ready(run, since.get()));
    }
  }

  private void broken(Run run, FailureReason reason, String message, boolean succeeded) {
    if (succeeded) {
      log(Level.INFO, "ended by itself: " + Exit.describe(0));
    }
    enter(new Broken(run, machine.now(), Optional.empty(), succeeded, new Cause(reason, message)));
  }

  void forget() {
    lastFailure = Optional.empty();
    if (state instanceof Resting) {
      state = new Resting(Optional.empty());
    }
    remember();
  }

  /** What runs, measured now. Thread-safe. */
  Optional<ProcessUsage> usage() {
    return family.map(ProcessTree::usage);
  }

  /** Thread-safe. */
  List<String> tail() {
    return output.lines();
  }

  /** Ends what runs at once and waits for it, a second at most. */
  void close() {
    ticker.cancel();
    state.current().ifPresent(Run::close);
    var _ = state.abandon();
    family
        .filter(ProcessTree::extinguish)
        .ifPresent(_ -> log(Level.WARNING, "was sent KILL: Dormouse could not wait any longer"));
    state = new Resting(Optional.empty());
    remember();
    journal.close();
    output.close();
  }

  private void tick() {
    output.read();
    state.current().filter(Run::hasEndedUnseen).ifPresent(run -> exited(run, Exit.UNKNOWN));
    switch (state) {
      case Starting(Run run) -> poll(run);
      case Frozen frozen -> slumber.watch(frozen);
      case Thawing thawing -> slumber.poll(thawing);
      case Stopping(Run run, Ending ending) -> {
        boolean spared = !run.isKilled();
        boolean gone = run.sweep(!machine.now().isBefore(ending.killAt()));
        if (spared && run.isKilled()) {
          log(Level.WARNING, ending.killed(machine.now()));
        }
        if (gone) {
          rest(ending.cause(), run.terms.retry());
        }
      }
      case Ready(Run run, Instant since) -> run.settle(Duration.between(since, machine.now()));
      case Resting _, Broken _, Draining _ -> {}
    }
  }

  private void poll(Run run) {
    switch (run.poll(machine.now())) {
      case Verdict.Answers _ -> {
        enter(new Ready(run, machine.now()));
        if (!run.endpoint().equals(run.terms.endpoint())) {
          remember();
        }
        ticker.later(); // who waits for it comes first
      }
      case Verdict.Foreign(String message) -> broken(run, FailureReason.PORT_BUSY, message, false);
      case Verdict.NotYet _ -> {}
    }
  }

  private void exited(Run run, int code) {
    run.exited();
    if (state.current().filter(current -> current == run).isEmpty()) {
      return;
    }
    output.finish();
    switch (state) {
      case Starting _ ->
          broken(
              run,
              Exit.reason(output.lastWords()),
              output.withLastWords(Exit.describeEarly(code)),
              code == 0);
      case Ready _ -> crashed(run, code);
      case Broken broken when broken.servedSince().isPresent() -> crashed(run, code);
      case Broken _ -> {}
      case Frozen _ -> slumber.died(Exit.describe(code));
      case Thawing _ -> slumber.lost(Exit.describe(code));
      case Draining draining -> end(draining.reason(), Duration.ZERO);
      case Stopping _ -> {
        String how = run.isKilled() ? Exit.describeKilled(code) : Exit.describe(code);
        log(Exit.isObedient(code, run.terms.signal()) ? Level.INFO : Level.WARNING, how);
        ticker.soon();
      }
      case Resting _ -> {}
    }
  }

  private void crashed(Run run, int code) {
    String message = output.withLastWords(Exit.describe(code) + " while it served");
    broken(run, FailureReason.CRASHED, message, code == 0);
  }

  private void end(StopReason reason, Duration grace, Optional<Cause> cause) {
    if (state instanceof Stopping) {
      return;
    }
    state
        .current()
        .ifPresent(
            run -> {
              run.close();
              Optional<Suspension> asleep = state.abandon();
              Instant now = machine.now();
              enter(new Stopping(run, new Ending(now, reason, now.plus(grace), cause)));
              remember();
              if (!grace.isZero()) {
                run.family.terminate(run.terms.signal(), machine.signals());
                asleep.ifPresent(Suspension::resume);
              }
            });
  }

  @Override
  public void end(StopReason reason, Duration grace) {
    end(reason, grace, Optional.empty());
  }

  @Override
  public State state() {
    return state;
  }

  @Override
  public void enter(State next) {
    state = next;
    askForPass();
    ticker.soon();
  }

  private void rest(Optional<Cause> cause, Optional<Retry> retry) {
    output.close();
    family = Optional.empty();
    Optional<Failure> failure =
        cause.flatMap(
            c ->
                retry.map(
                    r -> Failure.after(lastFailure, c.reason(), c.message(), machine.now(), r)));
    lastFailure = failure.or(() -> lastFailure);
    state.current().ifPresent(_ -> log(Level.INFO, "gone"));
    state = new Resting(failure);
    remember();
    ticker.cancel();
    askForPass();
  }

  @Override
  public void remember() {
    Optional<SavedState.Traces> traces = state.current().map(run -> run.traces(state));
    journal.write(new SavedState(id, machine.proc().bootId(), revision, traces, lastFailure));
  }

  /** Later, so that nobody hears of a change while still inside of the call that made it. */
  private void askForPass() {
    machine.control().execute(() -> machine.changed().accept(id));
  }

  private void log(Level level, String message) {
    LogLine.of(id, message).log(LOG, level);
  }
}
