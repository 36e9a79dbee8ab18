package dev.dormouse.kubernetes.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.testing.Schedules;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * Random schedules of activators, operators, clients, pods and an API server against the promises.
 * One of them is replayed with {@code -Ddormouse.seed=N}; {@code -Ddormouse.protocol.schedules=N}
 * runs so many.
 */
class ClusterSimulationTest {
  private static final int SCHEDULES = Integer.getInteger("dormouse.protocol.schedules", 10_000);

  /** A planted bug must show within so many schedules. */
  private static final int SCHEDULES_TO_FIND_A_BUG = 20_000;

  @Test
  void everyPromiseHoldsInEverySchedule() {
    Schedules sound = schedules(PlantedProtocolBug.NONE);
    long passes = Schedules.seeds(SCHEDULES).parallel().map(sound::run).sum();
    assertThat(passes).isPositive();
  }

  @ParameterizedTest
  @EnumSource(value = PlantedProtocolBug.class, mode = Mode.EXCLUDE, names = "NONE")
  void findsThePlantedBug(PlantedProtocolBug bug) {
    assertThat(schedules(bug).firstBrokenPromise(SCHEDULES_TO_FIND_A_BUG))
        .hasValueSatisfying(message -> assertThat(message).startsWith("promise "));
  }

  @Test
  void startsComeOfCachesThatAreUpToDateAndOfOthers() {
    List<String> traces =
        LongStream.range(0, 200).boxed().flatMap(ClusterSimulationTest::trace).toList();
    assertThat(traces).filteredOn(it -> it.contains(SimOperator.KNOWS)).hasSizeGreaterThan(100);
    assertThat(traces).filteredOn(it -> it.contains(SimOperator.BELIEVES)).isNotEmpty();
  }

  private static Stream<String> trace(long seed) {
    var schedule = new ClusterSimulation(seed, PlantedProtocolBug.NONE, true);
    int passes = schedule.run();
    assertThat(passes).isPositive();
    return schedule.trace().stream();
  }

  @Test
  void aScheduleIsReplayedExactly() {
    Schedules sound = schedules(PlantedProtocolBug.NONE);
    assertThat(sound.run(42)).isEqualTo(sound.run(42));
  }

  private static Schedules schedules(PlantedProtocolBug bug) {
    return new Schedules((seed, traced) -> new ClusterSimulation(seed, bug, traced));
  }
}
