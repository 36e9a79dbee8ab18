package dev.dormouse.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Action;
import dev.dormouse.core.Decider;
import dev.dormouse.core.Surroundings;
import dev.dormouse.core.Workload;
import dev.dormouse.gate.Gate;
import dev.dormouse.testing.Specs;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SteadyClockTest {
  private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");

  private final AtomicLong nanos = new AtomicLong(-5);
  private Instant wall = START;
  private final SteadyClock clock = new SteadyClock(() -> wall, nanos::get);

  @Test
  @Tag("D38")
  void aJumpOfTheWallClockMovesItNeitherWay() {
    for (Duration jump : new Duration[] {Duration.ofHours(1), Duration.ofHours(-2)}) {
      Instant before = clock.instant();
      wall = wall.plus(jump);
      assertThat(clock.instant()).isEqualTo(before);
      nanos.addAndGet(Duration.ofSeconds(3).toNanos());
      assertThat(clock.instant()).isEqualTo(before.plusSeconds(3));
    }
  }

  @Test
  @Tag("D38")
  void anHourOfTheWallClockNeitherStopsAQuietServiceNorKeepsItAwake() {
    var spec = Specs.onDemand().idleTimeout(Duration.ofMinutes(15)).build();
    var gate = new Gate(clock, () -> {});
    var ready = new Workload.Ready(clock.instant(), spec.revision(), Optional.empty());
    wall = wall.plus(Duration.ofHours(1));
    nanos.addAndGet(Duration.ofMinutes(15).toNanos() - 1);
    assertThat(decide(spec, gate, ready)).isEqualTo(new Action.Keep());
    wall = wall.minus(Duration.ofHours(3));
    nanos.addAndGet(1);
    assertThat(decide(spec, gate, ready)).isInstanceOf(Action.Stop.class);
  }

  @Test
  @Tag("D38")
  void peopleAreShownWhatTheirClocksShowedAndWillShow() {
    Instant evening = clock.instant();
    pass(Duration.ofHours(1));
    suspend(Duration.ofHours(8));
    Instant morning = clock.instant();
    assertThat(clock.wallTime(evening)).isEqualTo(START);
    assertThat(clock.wallTime(morning)).isEqualTo(START.plus(Duration.ofHours(9)));
    assertThat(clock.wallTime(morning.plusSeconds(900)))
        .isEqualTo(wall.plusSeconds(900))
        .isEqualTo(START.plus(Duration.ofHours(9)).plusSeconds(900));
  }

  @Test
  void whatTheClockIsSteeredByIsNoStep() {
    wall = wall.plusMillis(900);
    assertThat(clock.wallTime(clock.instant())).isEqualTo(START);
    wall = wall.plusMillis(200);
    assertThat(clock.wallTime(clock.instant())).isEqualTo(wall);
  }

  @Test
  void onlyTheLastStepsAreRemembered() {
    Instant first = clock.instant();
    for (int step = 0; step < 100; step++) {
      pass(Duration.ofMinutes(1));
      suspend(Duration.ofMinutes(1));
      assertThat(clock.wallTime(clock.instant())).isEqualTo(wall);
    }
    assertThat(clock.wallTime(first)).isEqualTo(first.plus(Duration.ofMinutes(85)));
  }

  private void pass(Duration time) {
    wall = wall.plus(time);
    nanos.addAndGet(time.toNanos());
    clock.instant();
  }

  /** The monotonic clock stands still, the wall clock does not. */
  private void suspend(Duration time) {
    wall = wall.plus(time);
  }

  private Action decide(dev.dormouse.core.ServiceSpec spec, Gate gate, Workload ready) {
    return Decider.decide(spec, gate.demand(), ready, Surroundings.plain(clock.instant())).action();
  }
}
