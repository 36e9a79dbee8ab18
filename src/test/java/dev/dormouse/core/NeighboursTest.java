package dev.dormouse.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Surroundings.Dependencies;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class NeighboursTest {
  @Test
  void nothingToDependOnIsReady() {
    assertThat(dependencies(List.of(), Map.of())).isEqualTo(new Dependencies.AllReady());
  }

  @Test
  void allActiveIsReady() {
    assertThat(dependencies(List.of("a", "b"), Map.of("a", Phase.ACTIVE, "b", Phase.ACTIVE)))
        .isEqualTo(new Dependencies.AllReady());
  }

  @ParameterizedTest
  @EnumSource(
      value = Phase.class,
      mode = Mode.INCLUDE,
      names = {"DORMANT", "WAKING", "DRAINING", "STOPPING"})
  void onlyAnActiveOneIsReady(Phase phase) {
    assertThat(dependencies(List.of("a", "b"), Map.of("a", Phase.ACTIVE, "b", phase)))
        .isEqualTo(new Dependencies.NotReady("b"));
  }

  @ParameterizedTest
  @EnumSource(
      value = Phase.class,
      mode = Mode.INCLUDE,
      names = {"FAILED", "DISABLED"})
  void oneThatCannotBeHadIsWorseThanOneThatIsNotReady(Phase phase) {
    assertThat(dependencies(List.of("a", "b"), Map.of("a", Phase.WAKING, "b", phase)))
        .isEqualTo(new Dependencies.Unavailable("b"));
  }

  @Test
  void oneThatDoesNotExistCannotBeHad() {
    assertThat(dependencies(List.of("a"), Map.of())).isEqualTo(new Dependencies.Unavailable("a"));
  }

  @Test
  void theFirstThatIsNotReadyIsNamed() {
    assertThat(
            dependencies(
                List.of("a", "b", "c"),
                Map.of("a", Phase.ACTIVE, "b", Phase.DORMANT, "c", Phase.WAKING)))
        .isEqualTo(new Dependencies.NotReady("b"));
  }

  @ParameterizedTest
  @EnumSource(
      value = Phase.class,
      mode = Mode.INCLUDE,
      names = {"WAKING", "ACTIVE", "DRAINING", "STOPPING"})
  void aDependentNeedsItAsLongAsAnythingOfItRuns(Phase phase) {
    assertThat(Neighbours.isAnyAwake(List.of(Phase.DORMANT, phase))).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = Phase.class,
      mode = Mode.INCLUDE,
      names = {"DORMANT", "FAILED", "DISABLED"})
  void aDependentAtRestNeedsNothing(Phase phase) {
    assertThat(Neighbours.isAnyAwake(List.of(phase, phase))).isFalse();
    assertThat(Neighbours.isAnyAwake(List.of())).isFalse();
  }

  private static Dependencies dependencies(List<String> names, Map<String, Phase> phases) {
    return Neighbours.dependencies(names, name -> Optional.ofNullable(phases.get(name)));
  }
}
