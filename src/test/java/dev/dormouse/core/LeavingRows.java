package dev.dormouse.core;

import static dev.dormouse.core.Situation.TICK;
import static dev.dormouse.core.Situation.given;
import static dev.dormouse.core.Situation.onDemand;
import static dev.dormouse.testing.Specs.disabled;

import dev.dormouse.core.Surroundings.Presence;
import dev.dormouse.core.Surroundings.Wish;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.util.stream.Stream;

/** Rows 1 to 3 and 5 to 7 of the table: what runs is going away, or cannot be seen. */
final class LeavingRows {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);

  private LeavingRows() {}

  static Stream<Row> rows() {
    return Stream.of(
            whatCannotBeObserved(),
            whatIsStopping(),
            whatIsDraining(),
            whatIsDrained(),
            whatIsUnwanted(),
            whatFrozeTooLongAgo())
        .flatMap(rows -> rows);
  }

  static Stream<Row> whatCannotBeObserved() {
    Situation busy = onDemand().open(2);
    return Stream.of(
        row(
            "1: what cannot be observed is left alone, and looked at again soon",
            busy.with(new Workload.Unknown("no answer")),
            "UNOBSERVABLE Keep Unchanged Active Unknown(Unobservable) Unknown again=PT1S"));
  }

  static Stream<Row> whatIsStopping() {
    return Stream.of(
        row(
            "2: waiters stay for the start after a stop that is under way",
            onDemand().stopping(SECOND).waiting(1),
            "STOPPING Keep Hold Stopping False(Stopping) True again=PT14S"),
        row(
            "2: one nanosecond before grace period and slack have passed they still wait",
            onDemand().stopping(Duration.ofSeconds(15).minus(TICK)).waiting(1),
            "STOPPING Keep Hold Stopping False(Stopping) True again=PT0.000000001S"),
        row(
            "2: once they have passed, waiters are told",
            onDemand().stopping(Duration.ofSeconds(15)).waiting(1),
            "STOPPING Keep Refuse[stopping] Stopping False(Stopping) False"),
        row(
            "2: nobody waits for a start that will never come",
            given(disabled()).stopping(SECOND).waiting(1),
            "STOPPING Keep Refuse[disabled] Stopping False(Stopping) False"));
  }

  static Stream<Row> whatIsDraining() {
    return Stream.of(
        row(
            "3: a drain goes on while somebody is connected",
            onDemand().draining(SECOND, StopReason.OUTDATED).open(1),
            "DRAINING Keep Hold Draining True(Draining) True again=PT4S"),
        row(
            "3: one nanosecond before its time is over it goes on",
            onDemand().draining(Duration.ofSeconds(5).minus(TICK), StopReason.OUTDATED).open(1),
            "DRAINING Keep Hold Draining True(Draining) True again=PT0.000000001S"),
        row(
            "3: a drain whose time is over ends in a stop for its own reason",
            onDemand().draining(Duration.ofSeconds(5), StopReason.OUTDATED).open(1),
            "DRAINING Stop[OUTDATED] Hold Draining True(Draining) True again=PT15S"),
        row(
            "3: the last client that leaves ends the drain, arrivals wait for the next start",
            onDemand().draining(SECOND, StopReason.OUTDATED).waiting(3),
            "DRAINING Stop[OUTDATED] Hold Draining True(Draining) True again=PT15S"),
        row(
            "3: a client that nobody can rule out is given the whole drain",
            onDemand().draining(SECOND, StopReason.REMOVED).unknownDemand(),
            "DRAINING Keep Hold Draining True(Draining) True again=PT4S"),
        row(
            "3: nobody waits for a start after a shutdown",
            onDemand().draining(SECOND, StopReason.SHUTDOWN).presence(Presence.SHUTTING_DOWN),
            "DRAINING Stop[SHUTDOWN] Refuse[disabled] Draining True(Draining) False again=PT15S"));
  }

  static Stream<Row> whatIsDrained() {
    return Stream.of(
        row(
            "5: disabling a service closes its clients politely first",
            given(disabled()).ready(HOUR).open(1),
            "DRAIN_UNWANTED Drain[DISABLED] Refuse[disabled] Draining True(Draining) False"
                + " again=PT5S"),
        row(
            "5: a new definition closes them politely too, and arrivals wait for it",
            onDemand().ready(HOUR).outdated().open(1),
            "DRAIN_UNWANTED Drain[OUTDATED] Hold Draining True(Draining) True again=PT5S"),
        row(
            "5: who asks it to leave has them asked to",
            onDemand().ready(HOUR).open(1).asked(Wish.LEAVE),
            "DRAIN_UNWANTED Drain[REQUESTED] Hold Draining True(Draining) True again=PT5S"),
        row(
            "5: a starting workload with a client is as ready as can be",
            onDemand().startingAtAddress(SECOND).outdated().open(1),
            "DRAIN_UNWANTED Drain[OUTDATED] Hold Draining True(Draining) True again=PT5S"),
        row(
            "5: so is one of a start that can be dialled already",
            onDemand().startingAtAddress(SECOND).outdated().unknownDemand(),
            "DRAIN_UNWANTED Drain[OUTDATED] Hold Draining True(Draining) True again=PT5S"),
        row(
            "5: a client that nobody can rule out is drained too",
            onDemand().ready(HOUR).presence(Presence.ELSEWHERE).unknownDemand(),
            "DRAIN_UNWANTED Drain[SERVED_ELSEWHERE] Refuse[served-elsewhere] Draining"
                + " True(Draining) False again=PT5S"));
  }

  static Stream<Row> whatIsUnwanted() {
    return Stream.of(
        row(
            "6: an outdated workload without clients is stopped at once",
            onDemand().ready(SECOND).outdated().waiting(1),
            "STOP_UNWANTED Stop[OUTDATED] Hold Stopping False(Stopping) True again=PT15S"),
        row(
            "6: so is one that is asked to leave",
            onDemand().ready(SECOND).waiting(1).asked(Wish.LEAVE),
            "STOP_UNWANTED Stop[REQUESTED] Hold Stopping False(Stopping) True again=PT15S"),
        row(
            "6: so is one that starts from an outdated definition",
            onDemand().starting(SECOND).outdated().waiting(1),
            "STOP_UNWANTED Stop[OUTDATED] Hold Stopping False(Stopping) True again=PT15S"),
        row(
            "6: so is a frozen one",
            given(Specs.onDemand().freezing()).frozen(false).outdated(),
            "STOP_UNWANTED Stop[OUTDATED] Hold Stopping False(Stopping) True again=PT15S"),
        row(
            "6: a removed service is not left running",
            onDemand().ready(SECOND).presence(Presence.REMOVED),
            "STOP_UNWANTED Stop[REMOVED] Refuse[disabled] Stopping False(Stopping) False"
                + " again=PT15S"));
  }

  static Stream<Row> whatFrozeTooLongAgo() {
    Situation frozen = given(Specs.onDemand().freezing()).frozen(false);
    return Stream.of(
        row(
            "7: a frozen workload whose dependency restarted is never thawed",
            frozen.frozen(true).waiting(1),
            "STALE_FREEZE Stop[STALE] Hold Stopping False(Stopping) True again=PT15S"));
  }

  private static Row row(String name, Situation given, String expected) {
    return new Row(name, given, expected);
  }
}
