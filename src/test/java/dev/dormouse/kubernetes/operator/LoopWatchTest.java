package dev.dormouse.kubernetes.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dormouse.control.LoopListener;
import dev.dormouse.testing.MutableClock;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

class LoopWatchTest {
  private final MutableClock clock = new MutableClock();
  private final List<String> ran = new ArrayList<>();
  private LongSupplier waiting = () -> -1;
  private final LoopWatch watch =
      new LoopWatch(
          new LoopListener() {
            @Override
            public void waiting(LongSupplier passes) {
              waiting = passes;
            }

            @Override
            public void ran(Duration took, boolean succeeded) {
              ran.add(took + " " + succeeded);
            }
          },
          clock);

  @Test
  void whatIsSubmittedWaitsUntilItBegins() {
    watch.reconciliationSubmitted(new Pod(), null, Map.of());
    watch.reconciliationSubmitted(new Pod(), null, Map.of());
    assertThat(waiting.getAsLong()).isEqualTo(2);
    watch.reconciliationStarted(new Pod(), Map.of());
    assertThat(waiting.getAsLong()).isEqualTo(1);
  }

  @Test
  void aPassTakesItsTimeHoweverItEnds() throws Exception {
    assertThat(watch.timeControllerExecution(new Execution(false))).isEqualTo("done");
    assertThatThrownBy(() -> watch.timeControllerExecution(new Execution(true)))
        .hasMessage("broken");
    assertThat(ran).containsExactly("PT2S true", "PT2S false");
  }

  private final class Execution implements Metrics.ControllerExecution<String> {
    private final boolean breaks;

    Execution(boolean breaks) {
      this.breaks = breaks;
    }

    @Override
    public String name() {
      return "reconcile";
    }

    @Override
    public String controllerName() {
      return "c";
    }

    @Override
    public String successTypeName(String result) {
      return "resource";
    }

    @Override
    public ResourceID resourceID() {
      return new ResourceID("cable", "shop");
    }

    @Override
    public Map<String, Object> metadata() {
      return Map.of();
    }

    @Override
    public String execute() {
      clock.advance(Duration.ofSeconds(2));
      if (breaks) {
        throw new IllegalStateException("broken");
      }
      return "done";
    }
  }
}
