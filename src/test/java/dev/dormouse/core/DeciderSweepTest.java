package dev.dormouse.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What must hold for every combination of {@link StateSpace}. */
class DeciderSweepTest {
  private static final int AT_LEAST = 500_000;
  private static final int MOST_LOOKS_BEFORE_REST = 4;

  @Test
  void everyCombinationHasTheRowThatTheTableSays() {
    Map<Rule, Predicate<Situation>> rows = TableConditions.rows();
    Map<Rule, Integer> reached = new EnumMap<>(Rule.class);
    int count =
        StateSpace.forEach(
            s -> {
              Rule expected =
                  rows.entrySet().stream()
                      .filter(row -> row.getValue().test(s))
                      .map(Map.Entry::getKey)
                      .findFirst()
                      .orElseThrow(() -> new AssertionError("no row for " + s));
              Decision decision = s.decide();
              check(s, decision.rule() == expected, "row " + expected);
              reached.merge(expected, 1, Integer::sum);
            });
    assertThat(count).isGreaterThan(AT_LEAST);
    assertThat(reached).containsOnlyKeys(Rule.values());
  }

  @Test
  void everyRowActsAsTheTableSays() {
    sweep(
        (s, decision) -> {
          Action expected = TableConditions.action(decision.rule(), s);
          check(s, decision.action().equals(expected), "action " + expected);
        });
  }

  @Test
  void theSameStateAlwaysGivesTheSameDecision() {
    sweep((s, decision) -> check(s, decision.equals(s.decide()), "the same again"));
  }

  /** Promises 1 and 6. */
  @Test
  void nothingIsPutToSleepWhileSomebodyMayNeedIt() {
    sweep(
        (s, decision) -> {
          boolean needed =
              !(s.demand() instanceof Demand.Known)
                  || TableConditions.somebody(s)
                  || hasCompany(s)
                  || (TableConditions.wantedAlways(s) && !TableConditions.never(s));
          boolean sleeps =
              decision.action() instanceof Action.Freeze
                  || (decision.action().equals(new Action.Stop(StopReason.IDLE))
                      && !(s.workload() instanceof Workload.Draining));
          check(s, !(needed && sleeps), "no sleep");
        });
  }

  private static boolean hasCompany(Situation s) {
    return s.workload() instanceof Workload.Ready ready
        && ready.company().filter(Company::any).isPresent();
  }

  /** Under open tunnels only, of whom none is heard, and only where that is declared. */
  @Test
  void onlySilenceUnderClientsIsDozedThrough() {
    sweep(
        (s, decision) -> {
          if (decision.action() instanceof Action.Doze) {
            var known = (Demand.Known) s.demand();
            boolean silent =
                !known.silentSince().plus(s.spec().doze().after()).isAfter(s.around().now());
            check(
                s,
                silent
                    && known.open() > 0
                    && known.waiting() == 0
                    && !TableConditions.wantedAlways(s)
                    && s.spec().sleep() == ServiceSpec.Sleep.DOZE,
                "no doze");
          }
          boolean dozes =
              decision.action() instanceof Action.Doze
                  || (decision.rule() == Rule.DOZING && decision.action() instanceof Action.Keep);
          check(s, (decision.phase() == Phase.DOZING) == dozes, "Dozing exactly while it does");
        });
  }

  /** Promise 2, of what is connected: whatever comes for a sleeper is delivered. */
  @Test
  void whatComesForASleeperWakesIt() {
    sweep(
        (s, decision) -> {
          if (s.workload() instanceof Workload.Frozen frozen
              && s.demand() instanceof Demand.Known known
              && known.open() > 0
              && (known.roused().isPresent() || frozen.roused().isPresent())) {
            boolean comesBack =
                decision.action() instanceof Action.Thaw
                    || decision.action() instanceof Action.Drain;
            check(s, comesBack, "a thaw");
          }
        });
  }

  /** Promise 6. */
  @Test
  void unknownDemandStartsNothing() {
    sweep(
        (s, decision) -> {
          boolean starts = decision.action() instanceof Action.Start;
          boolean unknown = s.demand() instanceof Demand.Unknown;
          check(s, !(starts && unknown) || TableConditions.wantedAlways(s), "no start");
        });
  }

  /** Promise 3. */
  @Test
  void onlyWhatIsAtRestAndWantedIsStarted() {
    sweep(
        (s, decision) -> {
          if (decision.action() instanceof Action.Start) {
            check(s, TableConditions.atRest(s) && !TableConditions.never(s), "no start");
          }
        });
  }

  /** Promise 1: neither idleness nor silence ends a tunnel, also while the workload dozes. */
  @Test
  void nobodyWhoIsConnectedIsCutWithoutADrain() {
    sweep(
        (s, decision) -> {
          boolean open = s.demand() instanceof Demand.Known known && known.open() > 0;
          if (open && decision.action() instanceof Action.Stop) {
            check(s, s.workload() instanceof Workload.Draining || hasEnded(s), "a drain first");
          }
        });
  }

  /** Whoever is counted as connected to it still is so no more. */
  private static boolean hasEnded(Situation s) {
    return s.workload() instanceof Workload.Broken broken && broken.endpoint().isEmpty();
  }

  /**
   * Promise 2. Who waits is refused, admitted, or has something coming: a next look, or the
   * progress of an action. The exceptions: a dependency whose next phase is an event, and a
   * workload that has no address at all; there the client's own hold is the end.
   */
  @Test
  void everybodyWhoWaitsHasAnEndInSight() {
    Set<String> exceptions = new TreeSet<>();
    sweep(
        (s, decision) -> {
          boolean waits = s.demand() instanceof Demand.Known known && known.waiting() > 0;
          boolean told =
              decision.waiters() instanceof Waiters.Refuse
                  || decision.waiters() instanceof Waiters.Admit;
          boolean coming =
              decision.recheckAfter().isPresent() || !(decision.action() instanceof Action.Keep);
          if (waits && !told && !coming) {
            exceptions.add(decision.rule() + " " + s.around().dependencies());
          }
        });
    assertThat(exceptions)
        .allMatch(e -> e.matches("(SERVING|BROKEN|BLOCKED NotReady).*"))
        .anyMatch(e -> e.startsWith("SERVING"))
        .anyMatch(e -> e.startsWith("BLOCKED NotReady"));
  }

  @Test
  void onlyWhatIsReadyStartingOrServesOthersIsDialled() {
    sweep(
        (s, decision) -> {
          if (decision.waiters() instanceof Waiters.Admit) {
            boolean dialable =
                switch (s.workload()) {
                  case Workload.Ready _, Workload.Starting _ -> true;
                  case Workload.Broken broken -> broken.endpoint().isPresent();
                  case Workload.Unknown _,
                      Workload.Absent _,
                      Workload.Draining _,
                      Workload.Stopping _,
                      Workload.Frozen _,
                      Workload.Failed _ ->
                      false;
                };
            boolean stays =
                decision.action() instanceof Action.Keep
                    || decision.action() instanceof Action.Sound
                    || decision.action() instanceof Action.Look;
            check(s, dialable && stays, "hold");
          }
        });
  }

  /** Promise 7: no busy loop. */
  @Test
  void lookingAgainComesToRestInAFewSteps() {
    sweep(
        (s, decision) -> {
          Situation at = s;
          Decision next = decision;
          for (int looks = 0; keepsLooking(next); looks++) {
            Duration after = next.recheckAfter().orElseThrow();
            check(at, after.isPositive(), "a positive recheck");
            check(s, looks < MOST_LOOKS_BEFORE_REST, "an end of looking");
            at = at.later(after);
            next = at.decide();
          }
          check(s, next.recheckAfter().map(Duration::isPositive).orElse(true), "positive");
        });
  }

  /** A workload says when it is gone, but not when it has taken too long. */
  @Test
  void everyActionIsLookedAfter() {
    sweep(
        (s, decision) -> {
          boolean restsAfterwards =
              decision.action() instanceof Action.Keep
                  || decision.action() instanceof Action.Forget
                  || decision.action() instanceof Action.Freeze
                  || decision.action() instanceof Action.Doze;
          check(s, restsAfterwards || decision.recheckAfter().isPresent(), "a look after it");
        });
  }

  private static boolean keepsLooking(Decision decision) {
    return decision.action() instanceof Action.Keep
        && decision.recheckAfter().isPresent()
        && decision.rule() != Rule.UNOBSERVABLE;
  }

  /** Promises 2 and 5: nothing that time alone brings about is noticed late. */
  @Test
  void nothingIsDueBeforeTheNextLook() {
    sweep(
        (s, decision) -> {
          Optional<Duration> next = decision.recheckAfter();
          if (!(decision.action() instanceof Action.Keep)) {
            return;
          }
          List<Duration> instants =
              next.map(after -> List.of(after.dividedBy(2), after.minusNanos(1)))
                  .orElse(List.of(Duration.ofSeconds(2), Duration.ofDays(2)));
          for (Duration by : instants) {
            Decision between = s.later(by).decide();
            check(s, between.action().equals(decision.action()), "the same action after " + by);
            check(s, between.phase() == decision.phase(), "the same phase after " + by);
            if (TableConditions.somebody(s)) {
              var kind = between.waiters().getClass();
              check(s, kind == decision.waiters().getClass(), "the same answer after " + by);
            }
          }
        });
  }

  @Test
  void theNextStopIsKnownExactlyWhileItIsQuiet() {
    sweep(
        (s, decision) -> {
          boolean quiet = decision.rule() == Rule.QUIET && decision.action() instanceof Action.Keep;
          check(s, decision.nextStop().isPresent() == quiet, "a next stop while quiet");
          decision
              .nextStop()
              .ifPresent(
                  at ->
                      check(
                          s,
                          decision
                              .recheckAfter()
                              .equals(Optional.of(Duration.between(s.around().now(), at))),
                          "a look at the next stop"));
        });
  }

  @Test
  void readyIsFalseExactlyWhereAnArrivalWouldBeRefused() {
    Set<Rule> refusing = EnumSet.noneOf(Rule.class);
    sweep(
        (s, decision) -> {
          boolean refuses =
              decision.waiters() instanceof Waiters.Refuse
                  || decision.waiters() instanceof Waiters.RefuseHopeless;
          var ready = decision.ready().status();
          if (refuses) {
            check(s, ready == Condition.Status.FALSE, "Ready=False");
            refusing.add(decision.rule());
          } else if (decision.active().reason() == Condition.Reason.START_FAILED
              || (decision.rule() == Rule.BROKEN && decision.action() instanceof Action.Keep)) {
            check(s, ready == Condition.Status.FALSE, "Ready=False");
          } else if (decision.rule() != Rule.UNOBSERVABLE) {
            check(s, ready == Condition.Status.TRUE, "Ready=True");
          }
        });
    assertThat(refusing).contains(Rule.NEVER_AT_REST, Rule.BACKING_OFF, Rule.BLOCKED);
  }

  private interface Promise {
    void check(Situation s, Decision decision);
  }

  private static void sweep(Promise promise) {
    StateSpace.forEach(s -> promise.check(s, s.decide()));
  }

  private static void check(Situation s, boolean holds, String expected) {
    if (!holds) {
      throw new AssertionError("expected " + expected + "\n of " + s + "\n but " + s.decide());
    }
  }
}
