package dev.dormouse.kubernetes.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ActivatorLeaseTest {
  private static final ActivatorLease.Holder HOLDER =
      new ActivatorLease.Holder("shop", "a", "s", Optional.empty(), Duration.ofSeconds(15));

  @ParameterizedTest
  @CsvSource({
    "2026-05-01T12:00:00Z,           2026-05-01T12:00:00.000000Z",
    "2026-05-01T12:00:00.667Z,       2026-05-01T12:00:00.667000Z",
    "2026-05-01T12:00:00.667001Z,    2026-05-01T12:00:00.667001Z",
    "2026-05-01T12:00:00.000001999Z, 2026-05-01T12:00:00.000001Z",
    "2026-05-01T12:00:00.999999999Z, 2026-05-01T12:00:00.999999Z",
  })
  void itsTimeHasTheSixDigitsThatAnApiServerInsistsOn(Instant now, String written) {
    assertThat(HOLDER.lease(Optional.empty(), now).at("/spec/renewTime").asText())
        .isEqualTo(written);
  }
}
