package dev.dormouse.cli.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.control.ManualControl;
import dev.dormouse.control.ServiceView;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Warm;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class IdleShutdownTest {
  private static final Duration AFTER = Duration.ofMinutes(30);

  private final MutableClock clock = new MutableClock();
  private final Map<String, ServiceView> services = new TreeMap<>();
  private final List<String> done = new ArrayList<>();
  private ManualControl.Answer answer = new ManualControl.Answer.Accepted("");
  private Optional<String> failure = Optional.empty();
  private int elsewhere;
  private int connections;
  private boolean isOpen = true;
  private final IdleShutdown end = idleEnd(false);

  @Test
  void aMachineOnWhichNothingEverRanEndsAfterTheTime() {
    service("cable", Specs.onDemand().build(), Phase.DORMANT, 0, Optional.of(clock.instant()));
    pass(AFTER.minusSeconds(1));
    assertThat(done).isEmpty();
    pass(Duration.ofSeconds(2));
    assertThat(done).containsExactly("end");
  }

  @Test
  void anOpenSocketKeepsItUpAndTheTimeCountsFromItsClose() {
    service("cable", Specs.onDemand().build(), Phase.ACTIVE, 1, Optional.empty());
    pass(AFTER.multipliedBy(3));
    assertThat(done).isEmpty();
    service("cable", Specs.onDemand().build(), Phase.DORMANT, 0, Optional.of(clock.instant()));
    pass(AFTER.minusSeconds(20));
    assertThat(done).isEmpty();
    pass(Duration.ofSeconds(21));
    assertThat(done).containsExactly("end");
  }

  @Test
  void aVisitBetweenTwoLooksCounts() {
    service("cable", Specs.onDemand().build(), Phase.DORMANT, 0, Optional.of(clock.instant()));
    pass(AFTER.minusMinutes(1));
    service("cable", Specs.onDemand().build(), Phase.DORMANT, 0, Optional.of(clock.instant()));
    pass(AFTER.minusMinutes(1));
    assertThat(done).isEmpty();
  }

  @Test
  void whatAlwaysRunsAndWhatItsDependentKeepsDoNotCount() {
    service("redis", Specs.always().build(), Phase.ACTIVE, 0, Optional.empty());
    var cable = Specs.onDemand().dependsOn("base").build();
    service("base", Specs.onDemand().build(), Phase.ACTIVE, 0, Optional.empty());
    quiet("cable", cable);
    pass(AFTER.plusSeconds(1));
    assertThat(done).containsExactly("sleep cable");
    service("cable", cable, Phase.DORMANT, 0, Optional.of(MutableClock.START));
    quiet("base", Specs.onDemand().build());
    pass(Duration.ofSeconds(1));
    assertThat(done).contains("sleep base").doesNotContain("end");
    service("base", Specs.onDemand().build(), Phase.DORMANT, 0, Optional.of(MutableClock.START));
    pass(Duration.ofSeconds(1));
    assertThat(done).endsWith("end");
  }

  @Test
  void whatIsKeptAwakeByHandKeepsItUp() {
    service("cable", Specs.onDemand().build(), Phase.ACTIVE, 0, Optional.of(MutableClock.START));
    pass(AFTER.multipliedBy(2));
    assertThat(done).isEmpty();
  }

  @Test
  void anArrivalDuringTheClosingWins() {
    quiet("cable", Specs.onDemand().build());
    pass(AFTER.plusSeconds(1));
    assertThat(done).containsExactly("sleep cable");
    service("cable", Specs.onDemand().build(), Phase.STOPPING, 0, Optional.of(MutableClock.START));
    pass(Duration.ofMillis(100));
    service("cable", Specs.onDemand().build(), Phase.WAKING, 0, Optional.of(clock.instant()));
    pass(Duration.ofMinutes(20));
    assertThat(done).containsExactly("sleep cable");
  }

  @Test
  void anArrivalThatTheSleepLosesToWins() {
    quiet("cable", Specs.onDemand().build());
    answer = new ManualControl.Answer.Refused("1 open");
    pass(AFTER.plusMinutes(20));
    assertThat(done).containsExactly("sleep cable");
  }

  @Test
  @Tag("D38")
  void aJumpOfTheClockAfterAResumeEndsNothing() {
    service("cable", Specs.onDemand().build(), Phase.DORMANT, 0, Optional.of(clock.instant()));
    pass(Duration.ofMinutes(1));
    clock.advance(Duration.ofDays(2));
    end.step();
    pass(AFTER.minusMinutes(1));
    assertThat(done).isEmpty();
    pass(Duration.ofMinutes(2));
    assertThat(done).containsExactly("end");
  }

  @Test
  void aSuspendCountsAnewAndOneThatFailedIsTriedAgainLater() {
    failure = Optional.of("500");
    pass(AFTER.plusSeconds(1));
    assertThat(done).containsExactly("end");
    pass(AFTER.minusMinutes(1));
    assertThat(done).hasSize(1);
    pass(Duration.ofMinutes(2));
    assertThat(done).hasSize(2);
  }

  @Test
  void clientsOfAnotherRegionThatAreRelayedKeepItUp() {
    elsewhere = 1;
    pass(AFTER.multipliedBy(2));
    assertThat(done).isEmpty();
  }

  @Test
  void warmWindowsAndFreezeWithSuspendAreObjectedToAndKeepItUpIfTheyComeLater() {
    var warm =
        Specs.onDemand().warm(new Warm.Recurring("0 9 * * *", Duration.ofHours(1), "UTC")).build();
    var frozen = Specs.onDemand().freezing().build();
    var id = new ServiceId("default", "cable");
    assertThat(new IdleShutdown.Plan(AFTER, false).objection(id, warm)).isPresent();
    assertThat(new IdleShutdown.Plan(AFTER, true).objection(id, warm)).isPresent();
    assertThat(new IdleShutdown.Plan(AFTER, true).objection(id, frozen)).isPresent();
    assertThat(new IdleShutdown.Plan(AFTER, false).objection(id, frozen)).isEmpty();
    service("cable", warm, Phase.DORMANT, 0, Optional.of(clock.instant()));
    pass(AFTER.multipliedBy(2));
    assertThat(done).isEmpty();
  }

  @Test
  void theDoorIsShutBeforeTheEndAndWhoCameInBeforeMaySayWhatFor() {
    connections = 1;
    IdleShutdown shutting = shut();
    clock.advance(shutting.step());
    assertThat(done).isEmpty();
    service("cable", Specs.onDemand().build(), Phase.WAKING, 0, Optional.of(clock.instant()));
    clock.advance(shutting.step());
    assertThat(isOpen).isTrue();
    assertThat(done).isEmpty();
  }

  @Test
  void aConnectionThatAsksForNothingDelaysTheEndByTwoSeconds() {
    connections = 1;
    IdleShutdown shutting = shut();
    Instant shut = clock.instant();
    while (done.isEmpty()) {
      clock.advance(shutting.step());
    }
    assertThat(Duration.between(shut, clock.instant()))
        .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(13));
  }

  @Test
  void whenNobodyIsConnectedItEndsAtOnceBehindTheShutDoor() {
    IdleShutdown shutting = shut();
    assertThat(done).isEmpty();
    shutting.step();
    assertThat(done).containsExactly("end");
  }

  /** One that has just shut its door. */
  private IdleShutdown shut() {
    var shutting = idleEnd(false, new IdleShutdown.Door(it -> isOpen = it, () -> connections));
    while (isOpen) {
      clock.advance(shutting.step());
    }
    return shutting;
  }

  private IdleShutdown idleEnd(boolean suspends) {
    return idleEnd(suspends, IdleShutdown.Door.NONE);
  }

  private IdleShutdown idleEnd(boolean suspends, IdleShutdown.Door door) {
    ManualControl control =
        new ManualControl() {
          @Override
          public CompletableFuture<Answer> wake(ServiceId id, Optional<Duration> atLeast) {
            return CompletableFuture.failedFuture(new AssertionError("nobody asked"));
          }

          @Override
          public CompletableFuture<Answer> sleep(ServiceId id, Manner how) {
            if (done.isEmpty() || !done.getLast().equals("sleep " + id.name())) {
              done.add("sleep " + id.name());
            }
            return CompletableFuture.completedFuture(answer);
          }
        };
    IdleShutdown.End recorded =
        () -> {
          done.add("end");
          return failure;
        };
    var subject =
        new IdleShutdown.Subject(
            () -> List.copyOf(services.values()), control, () -> elsewhere, door, recorded);
    return new IdleShutdown(new IdleShutdown.Plan(AFTER, suspends), subject, clock);
  }

  /** Lets time pass as the loop does, step by step; ends with the first end. */
  private void pass(Duration time) {
    Instant until = clock.instant().plus(time);
    int before = done.size();
    while (clock.instant().isBefore(until) && done.size() == before) {
      Duration next = end.step();
      Instant then = clock.instant().plus(next);
      clock.advanceTo(then.isAfter(until) ? until : then);
    }
  }

  private void quiet(String name, ServiceSpec spec) {
    put(name, spec, Phase.ACTIVE, 0, Optional.of(MutableClock.START), Optional.of(Instant.MAX));
  }

  private void service(
      String name, ServiceSpec spec, Phase phase, int open, Optional<Instant> quietSince) {
    put(name, spec, phase, open, quietSince, Optional.empty());
  }

  private void put(
      String name,
      ServiceSpec spec,
      Phase phase,
      int open,
      Optional<Instant> quietSince,
      Optional<Instant> nextStop) {
    var initial = ServiceStatus.initial();
    var status =
        new ServiceStatus(
            phase,
            initial.ready(),
            initial.active(),
            1,
            Optional.empty(),
            open,
            0,
            quietSince,
            nextStop,
            Optional.empty(),
            Optional.empty());
    services.put(
        name,
        new ServiceView(
            new ServiceId("default", name),
            spec,
            status,
            Optional.empty(),
            OptionalLong.empty(),
            List.of(),
            Optional.empty(),
            List.of()));
  }
}
