package dev.dormouse.kubernetes.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.testing.Schedules;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Random schedules in which each activator and each operator is of this release or the one before:
 * an upgrade replaces one after the other, in any order, and may be taken back half way. {@code
 * -Ddormouse.seed=N} and {@code -Ddormouse.protocol.schedules=N} are those of {@link
 * ClusterSimulationTest}.
 */
class ReleasesTest {
  private static final int SCHEDULES = Integer.getInteger("dormouse.protocol.schedules", 10_000);

  @Test
  void everyPromiseHoldsWhileTwoReleasesServeTogether() {
    List<Release> both = List.of(Release.values());
    var mixed =
        new Schedules(
            (seed, traced) -> new ClusterSimulation(seed, PlantedProtocolBug.NONE, traced, both));
    long passes = Schedules.seeds(SCHEDULES / 4).parallel().map(mixed::run).sum();
    assertThat(passes).isPositive();
  }
}
