package dev.dormouse.core;

import static dev.dormouse.core.Situation.NOW;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * One line of the table's test. The expectation reads: rule, action, waiters, phase, Active
 * (reason), Ready; where they matter, in how long an idle stop is due and when to look again.
 */
record Row(String name, Situation given, String expected) {
  /** A decision in the form of an expectation. */
  static String describe(Decision decision) {
    return decision.rule()
        + " "
        + describe(decision.action())
        + " "
        + describe(decision.waiters())
        + " "
        + decision.phase().word()
        + " "
        + decision.active().status().word()
        + "("
        + decision.active().reason().word()
        + ") "
        + decision.ready().status().word()
        + decision.nextStop().map(at -> " stop=" + fromNow(at)).orElse("")
        + decision.recheckAfter().map(after -> " again=" + after).orElse("");
  }

  private static String describe(Action action) {
    return switch (action) {
      case Action.Stop(StopReason reason) -> "Stop[" + reason + "]";
      case Action.Drain(StopReason reason) -> "Drain[" + reason + "]";
      case Action.Thaw(Optional<WakeReason> from) ->
          "Thaw" + from.map(why -> "[" + why + "]").orElse("");
      case Action.Keep _,
          Action.Start _,
          Action.Freeze _,
          Action.Sound _,
          Action.Doze _,
          Action.Look _,
          Action.Forget _ ->
          action.getClass().getSimpleName();
    };
  }

  private static String describe(Waiters waiters) {
    return switch (waiters) {
      case Waiters.Unchanged _ -> "Unchanged";
      case Waiters.Hold _ -> "Hold";
      case Waiters.Admit(Endpoint to) -> "Admit[" + to + "]";
      case Waiters.Refuse(Refusal why) -> "Refuse[" + why.reason().code() + "]";
      case Waiters.RefuseHopeless(Instant next, Refusal why) ->
          "RefuseHopeless[" + why.reason().code() + " until " + fromNow(next) + "]";
    };
  }

  private static Duration fromNow(Instant at) {
    return Duration.between(NOW, at);
  }

  @Override
  public String toString() {
    return name;
  }
}
