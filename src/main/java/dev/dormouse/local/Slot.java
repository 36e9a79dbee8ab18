package dev.dormouse.local;

import dev.dormouse.control.ServiceView.ProcessUsage;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Retry;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Workload;
import dev.dormouse.local.ProcFs.Stat;
import dev.dormouse.local.Readiness.Verdict;
import dev.dormouse.local.State.Cause;
import dev.dormouse.local.State.Draining;
import dev.dormouse.local.State.Ending;
import dev.dormouse.local.State.Ready;
import dev.dormouse.local.State.Resting;
import dev.dormouse.local.State.Starting;
import dev.dormouse.local.State.Stopping;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** One service on this machine. Control thread only, except {@link #usage} and {@link #tail}. */
final class Slot {
  private static final System.Logger LOG = System.getLogger("dormouse");

  private final ServiceId id;
  private final Machine machine;
  private final Output output;
  private final Journal journal;
  private final Ticker ticker;
  private State state = new Resting(Optional.empty());

  /** Outlives the state: a start that fails again continues its series. */
  private Optional<Failure> lastFailure = Optional.empty();

  /** Of what was started last. */
  private String revision = "";

  private volatile Optional<Family> family = Optional.empty();

  Slot(ServiceId id, Machine machine) {
    this.id = id;
    this.machine = machine;
    this.output = new Output(id, machine.files().output(id));
    this.journal = new Journal(machine.files().memory(id), machine.control());
    this.ticker = new Ticker(machine.control(), this::tick, () -> Pace.after(state, machine.now()));
  }

  /** Takes over what an earlier Dormouse has left, before anything else. */
  void adopt(Adoption.Found found) {
    revision = found.revision();
    lastFailure = found.failure();
    state = new Resting(lastFailure.filter(f -> machine.now().isBefore(f.nextRetry())));
    found.run().ifPresentOrElse(run -> adopt(run, found.ending()), this::remember);
  }

  private void adopt(Run run, Optional<Ending> ending) {
    family = Optional.of(run.family);
    output.resume();
    String what = "pid=" + run.family.leader + " processes=" + run.family.members().size();
    if (ending.isPresent()) {
      log(Level.WARNING, "removing what was left " + what);
      if (ending.get().killAt().isAfter(machine.now())) {
        run.family.terminate();
      }
      enter(new Stopping(run, ending.get()));
    } else {
      log(
          Level.INFO,
          "adopted " + what + run.terms.endpoint().map(e -> " endpoint=" + e).orElse(""));
      enter(new Starting(run));
      poll(run);
    }
    remember();
  }

  Workload observe() {
    return state.workload();
  }

  void start(ServiceSpec spec) {
    if (state.current().isPresent()) {
      return;
    }
    revision = spec.revision();
    try {
      Optional<Endpoint> endpoint = Ports.assign(machine.settings().host(), spec.port());
      Optional<String> busy = endpoint.flatMap(e -> Ports.busy(machine.proc(), e));
      if (busy.isPresent()) {
        rest(
            Optional.of(new Cause(FailureReason.PORT_BUSY, busy.get())), Optional.of(spec.retry()));
      } else {
        spawn(spec, endpoint);
      }
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage());
      rest(Optional.of(new Cause(FailureReason.SPAWN_FAILED, message)), Optional.of(spec.retry()));
    }
  }

  void drain(StopReason reason) {
    switch (state) {
      case Starting(Run run) -> enter(new Draining(run, machine.now(), reason));
      case Ready(Run run, Instant _) -> enter(new Draining(run, machine.now(), reason));
      case Resting _, Draining _, Stopping _ -> {}
    }
  }

  void stop(StopReason reason, Duration grace) {
    Optional<Cause> cause = Optional.empty();
    if (state instanceof Starting(Run run) && reason == StopReason.TIMED_OUT) {
      Duration timeout = Duration.between(run.since, machine.now());
      String message = "not ready after " + timeout.toSeconds() + " s: " + run.explain();
      cause = Optional.of(new Cause(FailureReason.TIMED_OUT, output.withLastWords(message)));
    }
    end(reason, grace, cause);
  }

  /** Ends what runs at once, and leaves this failure. */
  void fail(FailureReason reason, String message) {
    end(StopReason.TIMED_OUT, Duration.ZERO, Optional.of(new Cause(reason, message)));
  }

  void forget() {
    lastFailure = Optional.empty();
    if (state instanceof Resting) {
      state = new Resting(Optional.empty());
    }
    remember();
  }

  boolean isAtRest() {
    return state instanceof Resting;
  }

  /** What runs, measured now. Thread-safe. */
  Optional<ProcessUsage> usage() {
    return family.map(Family::usage);
  }

  /** Thread-safe. */
  List<String> tail() {
    return output.lines();
  }

  /** Ends what runs at once and waits for it, a second at most. */
  void close() {
    ticker.cancel();
    state.current().ifPresent(Run::close);
    family.ifPresent(Family::extinguish);
    state = new Resting(Optional.empty());
    remember();
    journal.close();
    output.close();
  }

  private void spawn(ServiceSpec spec, Optional<Endpoint> endpoint) throws IOException {
    Launch launch = Launch.of(id, spec, endpoint, machine.settings());
    List<String> executed = launch.executed();
    Process process = launch.spawn(output.open());
    var started = new Family(machine.proc(), process.pid(), machine.files().mark(id));
    var run = Run.started(machine, Run.Terms.of(spec, endpoint), started, executed);
    family = Optional.of(started);
    enter(new Starting(run));
    remember();
    log(
        Level.INFO,
        "started pid=" + process.pid() + endpoint.map(e -> " endpoint=" + e).orElse(""));
    var _ =
        process
            .onExit()
            .thenAccept(p -> machine.control().execute(() -> exited(run, p.exitValue())));
  }

  private void tick() {
    output.read();
    state.current().filter(Run::hasEndedUnseen).ifPresent(run -> exited(run, Exit.UNKNOWN));
    switch (state) {
      case Starting(Run run) -> poll(run);
      case Stopping(Run run, Ending ending) -> sweep(run, ending);
      case Resting _, Ready _, Draining _ -> {}
    }
  }

  private void poll(Run run) {
    switch (run.poll(machine.now())) {
      case Verdict.Answers _ -> enter(new Ready(run, machine.now()));
      case Verdict.Foreign(String message) -> fail(FailureReason.PORT_BUSY, message);
      case Verdict.NotYet _ -> {}
    }
  }

  /** Ends what is left once the leader has ended or its time is up. */
  private void sweep(Run run, Ending ending) {
    boolean over = !machine.now().isBefore(ending.killAt());
    if (!over && !run.isReaped()) {
      return;
    }
    List<Stat> left = run.family.members();
    if (over) {
      run.family.kill(left);
    }
    if (left.isEmpty() && run.isReaped() && run.hasLeftPort()) {
      rest(ending.cause(), run.terms.retry());
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
          fail(reasonForExit(), output.withLastWords(Exit.describe(code) + " before it was ready"));
      case Ready _ ->
          fail(
              FailureReason.CRASHED,
              output.withLastWords(Exit.describe(code) + " while it served"));
      case Draining draining -> end(draining.reason(), Duration.ZERO, Optional.empty());
      case Stopping _ -> {
        log(Exit.isObedient(code) ? Level.INFO : Level.WARNING, Exit.describe(code));
        ticker.soon();
      }
      case Resting _ -> {}
    }
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
              Instant now = machine.now();
              enter(new Stopping(run, new Ending(now, reason, now.plus(grace), cause)));
              remember();
              if (!grace.isZero()) {
                run.family.terminate();
              }
            });
  }

  private void enter(State next) {
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

  private void remember() {
    Optional<Memory.Traces> traces =
        state.current().map(run -> run.traces(state instanceof Stopping));
    journal.write(new Memory(id, machine.proc().bootId(), revision, traces, lastFailure));
  }

  /** Later, so that nobody hears of a change while still inside of the call that made it. */
  private void askForPass() {
    machine.control().execute(() -> machine.changed().accept(id));
  }

  /** setsid(1) says so if it cannot execute the command, say for want of its interpreter. */
  private FailureReason reasonForExit() {
    return output.lastWords().filter(words -> words.startsWith("setsid: ")).isPresent()
        ? FailureReason.SPAWN_FAILED
        : FailureReason.EXITED;
  }

  private void log(Level level, String message) {
    LOG.log(level, "service=" + id + " " + message);
  }
}
