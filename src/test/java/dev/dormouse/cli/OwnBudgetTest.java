package dev.dormouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.budget.Budget;
import dev.dormouse.budget.Budget.Kind;
import dev.dormouse.control.LogRateLimiter;
import dev.dormouse.testing.MutableClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnBudgetTest {
  private final LogRateLimiter log = new LogRateLimiter(new MutableClock());

  /** A tunnel takes two files, and 256 are for everything else, or half of a few. */
  @ParameterizedTest
  @CsvSource({"1048576, 524160", "65536, 32640", "1024, 384", "512, 128", "200, 50", "3, 1"})
  void filesAreLeftForBootsTheLogAndTheAdminPort(long files, int clients) {
    assertThat(OwnBudget.limits(64 << 20, 12 << 20, files).connections()).isEqualTo(clients);
  }

  @ParameterizedTest
  @CsvSource({"64, 12, 45.5, 10", "512, 128, 437.5, 126", "12, 2, 3, 1"})
  void someOfHeapAndDirectMemoryIsDormousesOwn(long heap, long direct, double its, double its2) {
    Budget.Limits limits = OwnBudget.limits(heap << 20, direct << 20, 1024);
    assertThat(limits.heapBytes()).isEqualTo((long) (its * (1 << 20)));
    assertThat(limits.directBytes()).isEqualTo((long) (its2 * (1 << 20)));
  }

  @Test
  void ofThousandsWhoHaveToGoThereIsOneLine() {
    var budget = new Budget(new Budget.Limits(800, 400, 20), it -> OwnBudget.tell(it, log));
    for (int i = 0; i < 1_001; i++) {
      budget.open(Kind.HEAD, 150, () -> {});
    }
    assertThat(budget.shed()).isEqualTo(1_000);
    assertThat(log.suppressed()).isEqualTo(999);
  }
}
