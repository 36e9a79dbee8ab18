package dev.dormouse.core;

import static dev.dormouse.core.Situation.TICK;
import static dev.dormouse.core.Situation.given;
import static dev.dormouse.core.Situation.onDemand;
import static dev.dormouse.testing.Specs.always;
import static dev.dormouse.testing.Specs.disabled;

import dev.dormouse.core.Surroundings.Dependencies;
import dev.dormouse.core.Surroundings.Presence;
import java.time.Duration;
import java.util.stream.Stream;

/** Rows 4 and 12 to 15 of the table: nothing runs. */
final class AtRestRows {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration BREAKER = Duration.ofMinutes(5);

  private AtRestRows() {}

  static Stream<Row> rows() {
    return Stream.of(
            whatIsNeverWanted(), whatBacksOff(), whatIsBlocked(), whatIsNeeded(), whatRests())
        .flatMap(rows -> rows);
  }

  static Stream<Row> whatIsNeverWanted() {
    Situation failed = onDemand().failed(SECOND, MINUTE);
    return Stream.of(
        row(
            "4: a disabled service stays away and says so",
            given(disabled()).waiting(1),
            "NEVER_AT_REST Keep Refuse[disabled] Disabled False(Disabled) False"),
        row(
            "4: one that another region serves does not start here",
            onDemand().presence(Presence.ELSEWHERE).waiting(1),
            "NEVER_AT_REST Keep Refuse[served-elsewhere] Disabled False(ServedElsewhere) False"),
        row(
            "4: a failure of a removed service is not tried again",
            failed.presence(Presence.REMOVED).waiting(1),
            "NEVER_AT_REST Keep Refuse[disabled] Disabled False(Removed) False"));
  }

  static Stream<Row> whatBacksOff() {
    Situation waiting = onDemand().waiting(1);
    return Stream.of(
        row(
            "12: during the back-off only those may wait who see its end",
            waiting.failed(SECOND, MINUTE),
            "BACKING_OFF Keep RefuseHopeless[start-failed until PT59S] Failed False(StartFailed)"
                + " False again=PT59S"),
        row(
            "14: whoever asks for it does not wait for the back-off",
            waiting.failed(SECOND, MINUTE).asked(Surroundings.Wish.TRY),
            "START Start Hold Waking Unknown(Activating) True again=PT30S"),
        row(
            "12: one nanosecond before the back-off ends nothing starts",
            waiting.failed(SECOND, SECOND.plus(TICK)),
            "BACKING_OFF Keep RefuseHopeless[start-failed until PT0.000000001S] Failed"
                + " False(StartFailed) False again=PT0.000000001S"));
  }

  static Stream<Row> whatIsBlocked() {
    Situation waiting = onDemand().waiting(1);
    return Stream.of(
        row(
            "13: the dependency comes first",
            waiting.dependencies(new Dependencies.NotReady("redis")),
            "BLOCKED Keep Hold Waking Unknown(WaitingForDependency) True"),
        row(
            "13: nobody waits for a dependency that cannot be had",
            waiting.dependencies(new Dependencies.Unavailable("redis")),
            "BLOCKED Keep Refuse[dependency-failed] Waking Unknown(WaitingForDependency) False"),
        row(
            "13: a warm window that waits for a dependency ends all the same",
            onDemand().warmFor(MINUTE).dependencies(new Dependencies.NotReady("redis")),
            "BLOCKED Keep Hold Waking Unknown(WaitingForDependency) True again=PT1M"));
  }

  static Stream<Row> whatIsNeeded() {
    Situation waiting = onDemand().waiting(1);
    return Stream.of(
        row(
            "14: the first upgrade starts it",
            waiting,
            "START Start Hold Waking Unknown(Activating) True again=PT30S"),
        row(
            "14: at the end of the back-off it is tried again",
            waiting.failed(SECOND, SECOND),
            "START Start Hold Waking Unknown(Activating) True again=PT30S"),
        row(
            "14: a supervised service starts by itself",
            given(always()),
            "START Start Hold Waking Unknown(Activating) True again=PT30S"),
        row(
            "14: a warm window starts it",
            onDemand().warmFor(HOUR),
            "START Start Hold Waking Unknown(Activating) True again=PT30S"),
        row(
            "14: a dependent that wakes starts it",
            onDemand().dependentAwake(),
            "START Start Hold Waking Unknown(Activating) True again=PT30S"));
  }

  static Stream<Row> whatRests() {
    Situation failed = onDemand().failed(MINUTE, SECOND);
    return Stream.of(
        row(
            "15: nobody came: it stays away, and a new connection would be served",
            onDemand(),
            "AT_REST Keep Hold Dormant False(NoTraffic) True"),
        row(
            "15: unknown demand never causes a start",
            onDemand().unknownDemand(),
            "AT_REST Keep Hold Dormant False(NoTraffic) True"),
        row(
            "15: it looks again when the next warm window begins",
            onDemand().nextWarmIn(MINUTE),
            "AT_REST Keep Hold Dormant False(NoTraffic) True again=PT1M"),
        row(
            "15: during the back-off it counts as failed",
            onDemand().failed(SECOND, MINUTE),
            "AT_REST Keep Hold Failed False(StartFailed) False again=PT59S"),
        row(
            "15: when it is over a dependent may wake it",
            onDemand().failed(MINUTE, MINUTE),
            "AT_REST Keep Hold Dormant False(StartFailed) False again=PT4M"),
        row(
            "15: a failure is remembered for the breaker's window",
            failed,
            "AT_REST Keep Hold Dormant False(StartFailed) False again=PT4M"),
        row(
            "15: a warm window that begins before that is not missed",
            failed.nextWarmIn(MINUTE),
            "AT_REST Keep Hold Dormant False(StartFailed) False again=PT1M"),
        row(
            "15: one nanosecond before its end it is still remembered",
            onDemand().failed(BREAKER.minus(TICK), SECOND),
            "AT_REST Keep Hold Dormant False(StartFailed) False again=PT0.000000001S"),
        row(
            "15: then it is forgotten",
            onDemand().failed(BREAKER, SECOND),
            "AT_REST Forget Hold Dormant False(NoTraffic) True"));
  }

  private static Row row(String name, Situation given, String expected) {
    return new Row(name, given, expected);
  }
}
