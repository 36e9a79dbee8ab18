package dev.dormouse.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;

/** A failure shows what its own test printed and logged, and nobody else's. */
class OwnLogTest {
  /** Tests that fail, run by the tests below only. */
  static class Samples {
    @BeforeEach
    void begin() {
      System.out.println("begun");
    }

    @Test
    void prints() {
      System.out.println("to output");
      System.err.println("to error");
      throw new IllegalStateException("printed");
    }

    @Test
    void isSilentButForItsLogger() {
      System.getLogger("samples").log(Level.WARNING, "said to a logger");
      throw new IllegalStateException("logged");
    }

    @Test
    void printsForHours() {
      for (int i = 0; i < 20_000; i++) {
        System.out.println("line " + i);
      }
      throw new IllegalStateException("hours");
    }

    @Test
    void passes() {
      System.out.println("passed");
    }
  }

  @Test
  void aFailureShowsWhatItsOwnTestPrinted() {
    var failures = failures();
    assertThat(failures).hasSize(3);
    assertThat(shown(failures.get("printed")))
        .contains("begun", "to output", "to error")
        .doesNotContain("line ");
    assertThat(shown(failures.get("logged")))
        .contains("begun", "said to a logger")
        .doesNotContain("to output", "line ");
  }

  @Test
  void ofMuchTheLastIsShown() {
    assertThat(shown(failures().get("hours")))
        .contains("(...)", "line 19999")
        .doesNotContain("line 0\n")
        .hasSizeLessThan(200_000);
  }

  /** What a runner prints beside each failure, by its message. */
  private static Map<String, List<Throwable>> failures() {
    return EngineTestKit.engine("junit-jupiter")
        .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "true")
        .selectors(selectClass(Samples.class))
        .execute()
        .testEvents()
        .failed()
        .stream()
        .map(event -> event.getRequiredPayload(TestExecutionResult.class))
        .map(result -> result.getThrowable().orElseThrow())
        .collect(Collectors.toMap(Throwable::getMessage, it -> List.of(it.getSuppressed())));
  }

  private static String shown(@Nullable List<Throwable> suppressed) {
    assertThat(suppressed).hasSize(1);
    return String.valueOf(Objects.requireNonNull(suppressed).getFirst());
  }
}
