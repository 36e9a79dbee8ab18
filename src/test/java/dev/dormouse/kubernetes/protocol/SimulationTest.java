package dev.dormouse.kubernetes.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * Random schedules of activators, operators, clients, pods and an API server against the promises.
 * One of them is replayed with {@code -Ddormouse.seed=N}; {@code -Ddormouse.protocol.schedules=N}
 * runs so many.
 */
class SimulationTest {
  private static final int SCHEDULES = Integer.getInteger("dormouse.protocol.schedules", 100_000);

  /** A planted bug must show within so many schedules. */
  private static final int SCHEDULES_TO_FIND_A_BUG = 20_000;

  @Test
  void everyPromiseHoldsInEverySchedule() {
    Long replayed = Long.getLong("dormouse.seed");
    LongStream seeds = replayed == null ? LongStream.range(0, SCHEDULES) : LongStream.of(replayed);
    long passes = seeds.parallel().map(seed -> new Simulation(seed, PlantedBug.NONE).run()).sum();
    assertThat(passes).isPositive();
  }

  @ParameterizedTest
  @EnumSource(value = PlantedBug.class, mode = Mode.EXCLUDE, names = "NONE")
  void findsThePlantedBug(PlantedBug bug) {
    assertThat(firstBrokenPromise(bug))
        .hasValueSatisfying(message -> assertThat(message).startsWith("promise "));
  }

  @Test
  void aScheduleIsReplayedExactly() {
    int passes = new Simulation(42, PlantedBug.NONE).run();
    assertThat(new Simulation(42, PlantedBug.NONE).run()).isEqualTo(passes);
  }

  private static Optional<String> firstBrokenPromise(PlantedBug bug) {
    return LongStream.range(0, SCHEDULES_TO_FIND_A_BUG)
        .parallel()
        .mapToObj(seed -> brokenPromise(seed, bug))
        .flatMap(Optional::stream)
        .findAny();
  }

  private static Optional<String> brokenPromise(long seed, PlantedBug bug) {
    try {
      assertThat(new Simulation(seed, bug).run()).isNotNegative();
      return Optional.empty();
    } catch (AssertionError broken) {
      return Optional.of(String.valueOf(broken.getMessage()));
    }
  }
}
