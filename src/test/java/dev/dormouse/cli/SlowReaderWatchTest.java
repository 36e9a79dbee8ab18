package dev.dormouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.budget.Budget;
import dev.dormouse.budget.Budget.Kind;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.VirtualExecutor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SlowReaderWatchTest {
  private final VirtualExecutor loop = new VirtualExecutor(new MutableClock());
  private final Budget budget = new Budget(new Budget.Limits(80_000, 40_000, 200));
  private final List<Integer> asked = new ArrayList<>();
  private final List<Integer> shed = new ArrayList<>();
  private boolean scarce;

  @BeforeEach
  void watch() {
    SlowReaderWatch.of(
        budget,
        slow -> {
          asked.add(slow);
          return scarce;
        },
        loop);
  }

  @Test
  void aPartOfThemGoesAtEachLookWhetherAnybodyComesOrNot() {
    scarce = true;
    come(40);
    loop.runDue();
    assertThat(shed).containsExactly(0, 1, 2);
    loop.advance(SlowReaderWatch.BETWEEN_LOOKS);
    assertThat(shed).containsExactly(0, 1, 2, 3, 4, 5);
    scarce = false;
    loop.advance(SlowReaderWatch.BETWEEN_LOOKS);
    assertThat(shed).hasSize(6);
    assertThat(asked).containsExactly(40, 37, 34);
  }

  @Test
  void nothingRunsWhileThereAreFewAndAgainWhenThereAreMany() {
    scarce = true;
    come(SlowReaderWatch.MANY - 1);
    loop.runDue();
    assertThat(loop.nextDue()).isEmpty();
    come(1);
    loop.runDue();
    assertThat(shed).hasSize(2);
    loop.advance(SlowReaderWatch.BETWEEN_LOOKS);
    assertThat(loop.nextDue()).as("few again").isEmpty();
    come(1);
    loop.runDue();
    assertThat(loop.nextDue()).isEmpty();
    come(1);
    loop.runDue();
    assertThat(shed).hasSize(4);
  }

  private void come(int count) {
    for (int i = 0; i < count; i++) {
      int number = i;
      assertThat(budget.open(Kind.UNREAD, 1, () -> shed.add(number))).isPresent();
    }
  }
}
