package dev.dormouse.local.driver;

import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Workload;
import dev.dormouse.local.freeze.DozeWatch;
import dev.dormouse.local.freeze.Suspension;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

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

  /**
   * Stopped by a signal, or about to be: the decision for it has fallen.
   *
   * @param knew what it depends on, by name, as it was then
   * @param doze how it sleeps under its clients, if any are connected
   */
  record Frozen(
      Run run,
      Instant since,
      Suspension suspension,
      Map<String, String> knew,
      Optional<Dozing> doze)
      implements Running {
    /** What is heard meanwhile. */
    Optional<DozeWatch> watch() {
      return doze.map(Dozing::watch);
    }
  }

  /**
   * Sleep under open tunnels: it is no end of serving.
   *
   * @param served since when it has been ready
   * @param watch what is heard meanwhile
   */
  record Dozing(Instant served, DozeWatch watch) {}

  /** Resumed, not known to be back. */
  record Thawing(Run run, Instant since, ThawProbe thaw) implements Running {}

  /**
   * Found to be of no use.
   *
   * @param servedSince since when it has been ready, if it still runs and clients may be connected
   * @param succeeded it has ended by itself, with success
   */
  record Broken(
      Run run, Instant since, Optional<Instant> servedSince, boolean succeeded, Cause cause)
      implements Running {}

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
  record Ending(Instant since, StopReason reason, Instant killAt, Optional<Cause> cause) {
    /** That it got KILL now, and why. */
    String killed(Instant now) {
      Duration grace = Duration.between(since, killAt);
      String why =
          grace.isZero()
              ? "without grace, " + cause.map(it -> it.reason().name()).orElse(reason.name())
              : "it did not end within its grace period of " + grace.toSeconds() + " s";
      long after = Duration.between(since, now).toMillis();
      return "was sent KILL by Dormouse after=" + after + "ms: " + why;
    }
  }

  /** What went wrong, for people too. */
  record Cause(FailureReason reason, String message) {}

  /** What is running, if anything is. */
  default Optional<Run> current() {
    return this instanceof Running running ? Optional.of(running.run()) : Optional.empty();
  }

  /** No more of a freeze or thaw that is under way; what is stopped stays so. */
  default Optional<Suspension> abandon() {
    return switch (this) {
      case Frozen frozen -> {
        frozen.suspension().abandon();
        frozen.watch().ifPresent(DozeWatch::close);
        yield Optional.of(frozen.suspension());
      }
      case Thawing thawing -> {
        thawing.thaw().close();
        yield Optional.empty();
      }
      case Resting _, Starting _, Ready _, Broken _, Draining _, Stopping _ -> Optional.empty();
    };
  }

  /** Which run it is that others may rely on, if one is. */
  default Optional<String> identity() {
    return this instanceof Stopping ? Optional.empty() : current().map(Run::identity);
  }

  /**
   * What the decider sees.
   *
   * @param holds whether what a sleeper knew is still so
   */
  default Workload workload(Predicate<Map<String, String>> holds) {
    return switch (this) {
      case Resting(Optional<Failure> failure) ->
          failure.<Workload>map(Workload.Failed::new).orElseGet(Workload.Absent::new);
      // The address is told when its listener has proved to be the workload's own.
      case Starting(Run run) ->
          new Workload.Starting(
              run.since,
              run.since.plus(run.terms.startupTimeout()),
              run.terms.revision(),
              Optional.empty());
      case Ready(Run run, Instant since) ->
          new Workload.Ready(
              since, run.terms.revision(), run.endpoint(), Optional.of(run.watch.company()));
      case Frozen frozen ->
          new Workload.Frozen(
              frozen.since(),
              frozen.run().terms.revision(),
              !holds.test(frozen.knew()),
              frozen.watch().flatMap(DozeWatch::roused));
      // It listened before: it may be dialled, and its answer proves that it is back.
      case Thawing(Run run, Instant since, ThawProbe _) ->
          new Workload.Starting(
              since, since.plus(run.terms.startupTimeout()), run.terms.revision(), run.endpoint());
      case Broken(Run run, Instant since, var servedSince, boolean succeeded, Cause cause) ->
          new Workload.Broken(
              since,
              run.endpoint().filter(_ -> servedSince.isPresent()),
              succeeded,
              cause.reason(),
              cause.message());
      case Draining(Run _, Instant since, StopReason reason) ->
          new Workload.Draining(since, reason);
      case Stopping(Run _, Ending ending) -> new Workload.Stopping(ending.since(), ending.reason());
    };
  }
}
