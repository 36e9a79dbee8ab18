package dev.dormouse.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VariablesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = true,
      value = {
        "tcp://$(HOST):$(PORT)|tcp://h:1",
        "$$(PORT)|$(PORT)",
        "$$$(PORT)|$1",
        "$$|$",
        "$PORT $|$PORT $",
        "$(NOPE) $(PORT)|$(NOPE) 1",
        "$(PORT|$(PORT",
        "$()|$()",
        "plain|plain",
        "$(OTHER)|$(PORT)"
      })
  @Tag("D30")
  @Tag("P3")
  void expandsAsKubernetesDoes(String text, String expected) {
    var env = Map.of("HOST", "h", "PORT", "1", "OTHER", "$(PORT)");
    assertThat(Variables.expand(text, env)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "tcp://$(HOST):$(PORT),tcp://h:1",
    "$$(PORT),$$(PORT)",
    "$$$(PORT),$$1",
    "$(SECRET)$,$(SECRET)$"
  })
  void substitutesWhatIsKnownAndLeavesEscapesToTheKubelet(String text, String expected) {
    assertThat(Variables.substitute(text, Map.of("HOST", "h", "PORT", "1"))).isEqualTo(expected);
  }

  @Test
  void aWorkloadWithoutAPortHasNoPortVariable() {
    var id = new ServiceId("shop", "chat");
    assertThat(Variables.of(id, "0.0.0.0", Optional.empty(), "iad"))
        .isEqualTo(Map.of("HOST", "0.0.0.0", "REGION", "iad", "NAME", "chat"));
    assertThat(Variables.of(id, "0.0.0.0", Optional.of(7), "")).containsEntry("PORT", "7");
  }
}
