package dev.dormouse.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.testing.Schedules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * Thousands of random schedules against the promises. One of them is replayed with {@code
 * -Ddormouse.seed=N}; {@code -Ddormouse.schedules=N} runs so many.
 */
class SimulationTest {
  private static final int SCHEDULES = Integer.getInteger("dormouse.schedules", 5_000);

  /** A planted bug must show within so many schedules. */
  private static final int SCHEDULES_TO_FIND_A_BUG = 3_000;

  @Test
  void everyPromiseHoldsInEverySchedule() {
    Schedules sound = schedules(PlantedBug.NONE);
    long passes = Schedules.seeds(SCHEDULES).map(sound::run).sum();
    assertThat(passes).isPositive();
  }

  @ParameterizedTest
  @EnumSource(
      value = PlantedBug.class,
      mode = Mode.EXCLUDE,
      names = {
        "NONE",
        "WAKE_LOST_AT_THE_SIGNAL",
        "DUPLICATE_KEPT",
        "HEARTBEAT_TAKEN_FOR_ACTIVITY",
        "DOZE_OVER_A_SEND_QUEUE",
        "ALARM_UNHEARD"
      })
  void findsThePlantedBug(PlantedBug bug) {
    assertThat(schedules(bug).firstBrokenPromise(SCHEDULES_TO_FIND_A_BUG))
        .hasValueSatisfying(message -> assertThat(message).startsWith("promise " + bug.promise));
  }

  @Test
  void aScheduleIsReplayedExactly() {
    Schedules sound = schedules(PlantedBug.NONE);
    assertThat(sound.run(42)).isEqualTo(sound.run(42));
  }

  private static Schedules schedules(PlantedBug bug) {
    return new Schedules((seed, traced) -> new Simulation(seed, bug, traced));
  }
}
