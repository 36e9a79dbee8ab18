package dev.dormouse.core;

import static dev.dormouse.core.Situation.NOW;
import static dev.dormouse.core.Situation.TICK;
import static dev.dormouse.core.Situation.given;
import static dev.dormouse.core.Situation.onDemand;
import static dev.dormouse.testing.Specs.always;

import dev.dormouse.core.ServiceSpec.Doze;
import dev.dormouse.core.ServiceSpec.Heartbeat;
import dev.dormouse.core.Surroundings.Wish;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Rows 8 to 11 of the table: something runs, and may go on. */
final class RunningRows {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DOZE = Duration.ofSeconds(10);
  private static final Duration STARTUP = Duration.ofSeconds(30);
  private static final Duration IDLE = Duration.ofMinutes(15);

  private RunningRows() {}

  static Stream<Row> rows() {
    return Stream.of(
            whatIsFrozen(),
            whatDozes(),
            whatIsSilent(),
            whatStarts(),
            whatIsBroken(),
            whatServes(),
            whatIsQuiet(),
            whatHasCompany())
        .flatMap(rows -> rows);
  }

  static Stream<Row> whatIsFrozen() {
    Situation frozen = given(Specs.onDemand().freezing()).frozen(false);
    return Stream.of(
        row(
            "8: an arrival thaws",
            frozen.waiting(1),
            "FROZEN Thaw Hold Waking Unknown(Activating) True again=PT30S"),
        row(
            "8: nobody came: it sleeps on until the next warm window",
            frozen.nextWarmIn(HOUR),
            "FROZEN Keep Hold Dormant False(NoTraffic) True again=PT1H"));
  }

  static Stream<Row> whatDozes() {
    Situation given =
        given(
            Specs.onDemand()
                .dozing(new Doze(DOZE, Heartbeat.AUTO, Optional.of(HOUR), List.of("/db.sqlite3"))));
    Situation dozing = given.frozenFor(MINUTE, Optional.empty());
    return Stream.of(
        row(
            "8b: silent clients let it sleep on until its longest doze is over",
            dozing.silentFor(HOUR),
            "DOZING Keep Hold Dozing False(Dozing) True again=PT59M"),
        row(
            "8b: or the next warm window begins",
            dozing.silentFor(HOUR).nextWarmIn(MINUTE),
            "DOZING Keep Hold Dozing False(Dozing) True again=PT1M"),
        row(
            "8b: a client's byte wakes it",
            dozing.silentUntil(WakeReason.MESSAGE),
            "DOZING Thaw[MESSAGE] Hold Waking Unknown(Activating) True again=PT30S"),
        row(
            "8b: and so does what its watch saw",
            given.frozenFor(MINUTE, Optional.of(WakeReason.BROADCAST)).silentFor(HOUR),
            "DOZING Thaw[BROADCAST] Hold Waking Unknown(Activating) True again=PT30S"),
        row(
            "8b: one who knocks",
            dozing.demand(new Demand.Known(1, 3, NOW)),
            "DOZING Thaw[UPGRADE] Hold Waking Unknown(Activating) True again=PT30S"),
        row(
            "8b: a warm window, and a wake by hand",
            dozing.silentFor(HOUR).warmFor(MINUTE),
            "DOZING Thaw[WARM] Hold Waking Unknown(Activating) True again=PT30S"),
        row(
            "8b: the end of its longest doze",
            given.frozenFor(HOUR, Optional.empty()).silentFor(HOUR),
            "DOZING Thaw[TIMER] Hold Waking Unknown(Activating) True again=PT30S"),
        row(
            "8b: a dependency that restarted: it has a hang-up to notice, and is not replaced",
            dozing.silentFor(HOUR).with(new Workload.Frozen(NOW, "1", true)),
            "DOZING Thaw[BROADCAST] Hold Waking Unknown(Activating) True again=PT30S"),
        row(
            "8b: a definition that does not want it any more",
            given(Specs.onDemand().freezing()).frozen(false).silentFor(HOUR),
            "DOZING Thaw[DEFINITION] Hold Waking Unknown(Activating) True again=PT30S"),
        row(
            "5: what is outdated lets its clients go politely before",
            dozing.silentFor(HOUR).outdated(),
            "DRAIN_UNWANTED Drain[OUTDATED] Hold Draining True(Draining) True again=PT5S"));
  }

  static Stream<Row> whatIsSilent() {
    Situation ready = given(Specs.onDemand().dozing(DOZE)).ready(HOUR);
    return Stream.of(
        row(
            "10: it is awake until its clients have been silent for long enough",
            ready.silentFor(DOZE.minus(TICK)),
            "SERVING Keep Admit[127.0.0.1:28080] Active True(Serving) True again=PT0.000000001S"),
        row(
            "10b: then it sleeps under them",
            ready.silentFor(DOZE),
            "SILENT Doze Hold Dozing False(Dozing) True"),
        row(
            "10b: but first it is found out whether it computes",
            ready.silentFor(DOZE).with(resting(NOW.minus(HOUR), NOW, false)),
            "SILENT Sound Admit[127.0.0.1:28080] Active True(Serving) True again=PT5S"),
        row(
            "10: but not while one waits",
            ready.demand(new Demand.Known(1, 3, NOW.minus(HOUR))),
            "SERVING Keep Admit[127.0.0.1:28080] Active True(Serving) True"),
        row(
            "10: nor in a warm window",
            ready.silentFor(HOUR).warmFor(MINUTE),
            "SERVING Keep Admit[127.0.0.1:28080] Active True(Serving) True again=PT1M"),
        row(
            "10: nor while it computes, or would not gain by it",
            ready.silentFor(HOUR).with(resting(NOW.minus(HOUR), NOW.plus(MINUTE), true)),
            "SERVING Keep Admit[127.0.0.1:28080] Active True(Serving) True again=PT1M"),
        row(
            "10: nor just after it woke, for whatever reason",
            ready.silentFor(HOUR).with(resting(NOW.minus(SECOND), NOW, true)),
            "SERVING Keep Admit[127.0.0.1:28080] Active True(Serving) True again=PT9S"),
        row(
            "10: nor just after its start",
            given(Specs.onDemand().dozing(DOZE)).ready(SECOND).silentFor(HOUR),
            "SERVING Keep Admit[127.0.0.1:28080] Active True(Serving) True again=PT9S"),
        row(
            "11: without clients it is frozen, at the idle timeout",
            ready.quietFor(IDLE),
            "QUIET Freeze Hold Dormant False(Stopping) True"));
  }

  static Stream<Row> whatStarts() {
    return Stream.of(
        row(
            "9: a start goes on, whoever left",
            onDemand().starting(SECOND),
            "STARTING Keep Hold Waking Unknown(Activating) True again=PT29S"),
        row(
            "9: waiters may dial as soon as the address is known",
            onDemand().startingAtAddress(SECOND).waiting(1),
            "STARTING Keep Admit[127.0.0.1:28080] Waking Unknown(Activating) True again=PT29S"),
        row(
            "9: one nanosecond before the startup timeout it may still succeed",
            onDemand().starting(STARTUP.minus(TICK)).waiting(1),
            "STARTING Keep Hold Waking Unknown(Activating) True again=PT0.000000001S"),
        row(
            "9: at the startup timeout it is given up",
            onDemand().starting(STARTUP).waiting(1),
            "STARTING Stop[TIMED_OUT] Hold Stopping False(Stopping) True again=PT15S"),
        row(
            "9: but not while somebody may be connected whom nobody has counted",
            onDemand().startingAtAddress(STARTUP).unknownDemand(),
            "STARTING Keep Admit[127.0.0.1:28080] Waking Unknown(Activating) True"),
        row(
            "9: an open tunnel proves readiness, also past the startup timeout",
            onDemand().startingAtAddress(HOUR).open(1),
            "SERVING Keep Admit[127.0.0.1:28080] Active True(Serving) True"));
  }

  static Stream<Row> whatIsBroken() {
    Situation ended = onDemand().ended(true);
    Instant justNow = NOW.minus(Decider.LAST_BREATH);
    return Stream.of(
        row(
            "9b: what is deaf is replaced, and who waits stays for the next start",
            onDemand().deaf().waiting(1),
            "BROKEN Stop[BROKEN] Hold Stopping False(Stopping) True again=PT15S"),
        row(
            "9b: but not under somebody who is connected",
            onDemand().deaf().open(1),
            "BROKEN Keep Admit[127.0.0.1:28080] Active True(Serving) False"),
        row(
            "9b: nor under somebody who may be",
            onDemand().deaf().unknownDemand(),
            "BROKEN Keep Admit[127.0.0.1:28080] Active True(Serving) False"),
        row(
            "9b: a crash is one, whoever saw it",
            onDemand().ended(false),
            "BROKEN Stop[BROKEN] Hold Stopping False(Stopping) True again=PT15S"),
        row(
            "9b: an end with success under nobody is none",
            ended,
            "BROKEN Stop[ENDED] Hold Stopping False(Stopping) True again=PT15S"),
        row(
            "9b: but it is one under somebody who waits",
            ended.waiting(1),
            "BROKEN Stop[BROKEN] Hold Stopping False(Stopping) True again=PT15S"),
        row(
            "9b: and under somebody on whom it closed as it ended",
            ended.demand(new Demand.Known(0, 0, NOW, justNow)),
            "BROKEN Stop[BROKEN] Hold Stopping False(Stopping) True again=PT15S"),
        row(
            "9b: what is supervised must not end at all",
            given(always()).ended(true),
            "BROKEN Stop[BROKEN] Hold Stopping False(Stopping) True again=PT15S"),
        row(
            "9b: what is broken and disabled is stopped, and nobody waits for it",
            given(Specs.onDemand().activation(Activation.DISABLED)).deaf().waiting(1),
            "BROKEN Stop[BROKEN] Refuse[disabled] Stopping False(Stopping) False again=PT15S"));
  }

  static Stream<Row> whatServes() {
    Situation ready = onDemand().ready(HOUR);
    return Stream.of(
        row(
            "10: it serves while anybody is connected",
            ready.open(1),
            "SERVING Keep Admit[127.0.0.1:28080] Active True(Serving) True"),
        row(
            "10: one who waits keeps it awake and may dial",
            ready.waiting(1),
            "SERVING Keep Admit[127.0.0.1:28080] Active True(Idle) True"),
        row(
            "10: unknown demand keeps it awake",
            ready.unknownDemand(),
            "SERVING Keep Admit[127.0.0.1:28080] Active True(Idle) True"),
        row(
            "10: a warm window keeps it awake until it ends",
            ready.warmFor(MINUTE),
            "SERVING Keep Admit[127.0.0.1:28080] Active True(Idle) True again=PT1M"),
        row(
            "10: a dependent that is awake keeps it awake",
            ready.dependentAwake(),
            "SERVING Keep Admit[127.0.0.1:28080] Active True(Idle) True"),
        row(
            "10: a supervised service never idles, with a port or without",
            given(always()).with(new Workload.Ready(NOW, "1", Optional.empty())),
            "SERVING Keep Hold Active True(Idle) True"));
  }

  static Stream<Row> whatHasCompany() {
    Situation quiet = onDemand().ready(HOUR).quietFor(HOUR);
    Company gone = Company.UNSEEN.after(NOW.minus(MINUTE), 1, "port 18091").after(NOW, 0, "");
    return Stream.of(
        row(
            "11: before it sleeps somebody looks who is connected past the gate",
            quiet.company(Company.UNSEEN),
            "QUIET Look Admit[127.0.0.1:28080] Active True(Idle) True again=PT1S"),
        row(
            "11: nobody was, just now",
            quiet.company(Company.UNSEEN.after(NOW, 0, "")),
            "QUIET Stop[IDLE] Hold Stopping False(Stopping) True again=PT15S"),
        row(
            "11: too long ago to hold",
            quiet.company(Company.UNSEEN.after(NOW.minus(Company.FRESH), 0, "")),
            "QUIET Look Admit[127.0.0.1:28080] Active True(Idle) True again=PT1S"),
        row(
            "10c: whoever is connected past the gate keeps it awake",
            quiet.company(Company.UNSEEN.after(NOW, 1, "port 18091")),
            "ACCOMPANIED Keep Admit[127.0.0.1:28080] Active True(Serving) True again=PT10S"),
        row(
            "10c: as long as it is there",
            quiet.company(Company.UNSEEN.after(NOW.minus(Company.LOOK), 1, "port 18091")),
            "ACCOMPANIED Look Admit[127.0.0.1:28080] Active True(Serving) True again=PT1S"),
        row(
            "11: idleness is counted from when the last of them was seen",
            quiet.company(gone),
            "QUIET Keep Admit[127.0.0.1:28080] Active True(Idle) True stop=PT14M again=PT14M"));
  }

  static Stream<Row> whatIsQuiet() {
    Situation ready = onDemand().ready(HOUR);
    return Stream.of(
        row(
            "11: it waits for the idle timeout, counted from the last close",
            ready.quietFor(MINUTE),
            "QUIET Keep Admit[127.0.0.1:28080] Active True(Idle) True stop=PT14M again=PT14M"),
        row(
            "11: one nanosecond before the idle timeout it is still awake",
            ready.quietFor(IDLE.minus(TICK)),
            "QUIET Keep Admit[127.0.0.1:28080] Active True(Idle) True stop=PT0.000000001S"
                + " again=PT0.000000001S"),
        row(
            "11: it does not wait if somebody asked for its sleep",
            onDemand().ready(SECOND).quietFor(SECOND).asked(Wish.SLEEP),
            "QUIET Stop[IDLE] Hold Stopping False(Stopping) True again=PT15S"),
        row(
            "10: but under nobody who is connected, or waits",
            ready.waiting(1).asked(Wish.SLEEP),
            "SERVING Keep Admit[127.0.0.1:28080] Active True(Idle) True"),
        row(
            "11: at the idle timeout it goes to sleep",
            ready.quietFor(IDLE),
            "QUIET Stop[IDLE] Hold Stopping False(Stopping) True again=PT15S"),
        row(
            "11: however quiet, it lives for its minimum uptime",
            onDemand().ready(MINUTE.minus(TICK)).quietFor(HOUR),
            "QUIET Keep Admit[127.0.0.1:28080] Active True(Idle) True stop=PT0.000000001S"
                + " again=PT0.000000001S"),
        row(
            "11: and no longer",
            onDemand().ready(MINUTE).quietFor(HOUR),
            "QUIET Stop[IDLE] Hold Stopping False(Stopping) True again=PT15S"),
        row(
            "11: a warm window that ends now keeps nothing awake",
            ready.warmFor(Duration.ZERO),
            "QUIET Stop[IDLE] Hold Stopping False(Stopping) True again=PT15S"),
        row(
            "11: one that sleeps by freezing is frozen",
            given(Specs.onDemand().freezing()).ready(HOUR),
            "QUIET Freeze Hold Dormant False(Stopping) True"));
  }

  private static Workload resting(Instant awake, Instant from, boolean sounded) {
    return new Workload.Ready(
        NOW.minus(HOUR),
        "1",
        Optional.of(Situation.ADDRESS),
        Optional.empty(),
        new Workload.Calm(awake, from, sounded));
  }

  private static Row row(String name, Situation given, String expected) {
    return new Row(name, given, expected);
  }
}
