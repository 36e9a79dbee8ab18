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

  private Action decide(dev.dormouse.core.ServiceSpec spec, Gate gate, Workload ready) {
    return Decider.decide(spec, gate.demand(), ready, Surroundings.plain(clock.instant())).action();
  }
}
