package dev.dormouse.local;

import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Workload;
import java.time.Instant;
import java.util.Optional;

/** Where one service on this machine stands. */
sealed interface State {
  /** A state in which something runs. */
  sealed interface Running extends State {
    Run run();
  }

  /** Nothing runs. */
  record Resting(Optional<Failure> failure) implements State {}

  /** Executed, not yet answering. */
  record Starting(Run run) implements Running {}

  /** It answered. */
  record Ready(Run run, Instant since) implements Running {}

  /** Its clients are leaving. */
  record Draining(Run run, Instant since, StopReason reason) implements Running {}

  /** On its way out. */
  record Stopping(Run run, Ending ending) implements Running {}

  /**
   * How a run ends.
   *
   * @param killAt when what is left of it gets KILL
   * @param cause the failure that it leaves behind, if it is one
   */
  record Ending(Instant since, StopReason reason, Instant killAt, Optional<Cause> cause) {}

  /** What went wrong, for people too. */
  record Cause(FailureReason reason, String message) {}

  /** What is running, if anything is. */
  default Optional<Run> current() {
    return this instanceof Running running ? Optional.of(running.run()) : Optional.empty();
  }

  /** What the decider sees. */
  default Workload workload() {
    return switch (this) {
      case Resting(Optional<Failure> failure) ->
          failure.<Workload>map(Workload.Failed::new).orElseGet(Workload.Absent::new);
      // The address is told when its listener has proved to be the workload's own.
      case Starting(Run run) ->
          new Workload.Starting(run.since, run.terms.revision(), Optional.empty());
      case Ready(Run run, Instant since) ->
          new Workload.Ready(since, run.terms.revision(), run.terms.endpoint());
      case Draining(Run _, Instant since, StopReason reason) ->
          new Workload.Draining(since, reason);
      case Stopping(Run _, Ending ending) -> new Workload.Stopping(ending.since(), ending.reason());
    };
  }
}
