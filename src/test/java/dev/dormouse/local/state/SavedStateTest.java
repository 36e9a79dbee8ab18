package dev.dormouse.local.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Failure;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec.StopSignal;
import dev.dormouse.local.state.SavedState.Traces;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SavedStateTest {
  private static final ServiceId ID = new ServiceId("shop", "cable");
  private static final Traces TRACES =
      new Traces(
          7,
          123,
          Optional.of(new Endpoint("127.0.0.1", 28080)),
          StopSignal.QUIT,
          Duration.ofMillis(400),
          true,
          Optional.of(Map.of("redis", "12@3456", "search", "")),
          true);
  private static final Traces AWAKE =
      new Traces(
          7, 123, Optional.empty(), StopSignal.TERM, Duration.ZERO, false, Optional.empty(), false);
  private static final Failure FAILURE =
      new Failure(
          FailureReason.EXITED,
          "exited with code 1: \"no such gem\" \u00fc",
          3,
          Instant.parse("2026-01-31T12:00:00.123456789Z"),
          Instant.parse("2026-01-31T12:00:04Z"));

  @Test
  void whatIsReadIsWhatWasWritten() throws IOException {
    for (Optional<Traces> traces :
        java.util.List.of(Optional.of(TRACES), Optional.of(AWAKE), Optional.<Traces>empty())) {
      for (Optional<Failure> failure :
          java.util.List.of(Optional.of(FAILURE), Optional.<Failure>empty())) {
        var memory = new SavedState(ID, "boot", "r1", traces, failure);
        assertThat(SavedState.parse(memory.toJson())).isEqualTo(memory);
        assertThat(memory.isEmpty()).isEqualTo(traces.isEmpty() && failure.isEmpty());
      }
    }
  }

  @Test
  void aFileThatIsCutOffAnywhereIsAnErrorOfOneLine() throws IOException {
    String text =
        new SavedState(ID, "boot", "r1", Optional.of(TRACES), Optional.of(FAILURE))
            .toJson()
            .strip();
    for (int end = 0; end < text.length(); end++) {
      String cut = text.substring(0, end);
      assertThatThrownBy(() -> SavedState.parse(cut)).isInstanceOf(IOException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "null",
        "{}",
        "{\"namespace\":\"a\",\"name\":\"b\",\"bootId\":\"c\",\"revision\":\"d\",\"pid\":\"x\"}",
        "{\"namespace\":\"a\",\"name\":\"b\",\"bootId\":\"c\",\"revision\":\"d\","
            + "\"failureReason\":\"NO_SUCH\"}"
      })
  void whatIsNotOneOfOursIsAnError(String text) {
    assertThatThrownBy(() -> SavedState.parse(text)).isInstanceOf(IOException.class);
  }
}
