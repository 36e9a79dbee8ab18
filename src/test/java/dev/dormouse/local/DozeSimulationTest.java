package dev.dormouse.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.testing.Schedules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random schedules of a cable that dozes, with all that can come for it at each step of that. */
class DozeSimulationTest {
  private static final int SCHEDULES = 1_000;

  @Test
  void everyPromiseHoldsInEverySchedule() {
    Schedules sound = schedules(PlantedBug.NONE);
    assertThat(Schedules.seeds(SCHEDULES).map(sound::run).sum()).isPositive();
  }

  @ParameterizedTest
  @EnumSource(
      value = PlantedBug.class,
      names = {
        "WAKE_LOST_AT_THE_SIGNAL",
        "DUPLICATE_KEPT",
        "HEARTBEAT_TAKEN_FOR_ACTIVITY",
        "DOZE_OVER_A_SEND_QUEUE",
        "ALARM_UNHEARD"
      })
  void findsThePlantedBug(PlantedBug bug) {
    assertThat(schedules(bug).firstBrokenPromise(SCHEDULES))
        .hasValueSatisfying(message -> assertThat(message).startsWith("promise " + bug.promise));
  }

  private static Schedules schedules(PlantedBug bug) {
    return new Schedules((seed, traced) -> new Simulation(seed, bug, traced, true));
  }
}
