package dev.dormouse.footprint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.budget.Budget;
import dev.dormouse.control.SteadyClock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.netty.resources.LoopResources;

/** Made-up clients, through a real activator. */
class WarmUpIT {
  private final LoopResources loops = LoopResources.create("dry-run", 1, true);

  @AfterEach
  void dispose() {
    loops.disposeLater(Duration.ZERO, Duration.ofSeconds(5)).block(Duration.ofSeconds(5));
  }

  @Test
  void allOfThemAreServed() {
    assertThat(dryRun(() -> true).perform(WarmUp.CLIENTS, Duration.ofSeconds(30)))
        .isEqualTo(WarmUp.CLIENTS);
  }

  @Test
  void itEndsWhenRealOnesCome() {
    var asked = new AtomicInteger();
    assertThat(
            dryRun(() -> asked.incrementAndGet() <= 3)
                .perform(WarmUp.CLIENTS, Duration.ofSeconds(30)))
        .isEqualTo(3);
  }

  private WarmUp dryRun(BooleanSupplier wanted) {
    return new WarmUp(loops, new Budget(Budget.Limits.none()), new SteadyClock(), wanted);
  }
}
