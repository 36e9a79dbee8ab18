package dev.dormouse.kubernetes.resource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.ServiceSpec.Warm;
import dev.dormouse.core.Surroundings.Wish;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Annotations that people write. */
class AskedByHandTest {
  private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");
  private static final Warm DECLARED = new Warm.Once(NOW.minusSeconds(60), NOW.plusSeconds(60));

  @Test
  void aTimeIsAWindowUntilItIsOver() {
    var asked = AskedByHand.of(Map.of(AskedByHand.AWAKE_UNTIL, "2026-05-01T12:00:01Z"));
    assertThat(asked.windows(List.of(DECLARED), NOW))
        .containsExactly(DECLARED, new Warm.Once(Instant.MIN, NOW.plusSeconds(1)));
    assertThat(asked.windows(List.of(DECLARED), NOW.plusSeconds(1))).containsExactly(DECLARED);
    assertThat(asked.wish(0)).isEqualTo(Wish.NONE);
  }

  @Test
  void anEpochIsOfOnePeriodOnly() {
    var sleep = AskedByHand.of(Map.of(AskedByHand.SLEEP_EPOCH, "7"));
    assertThat(sleep.wish(7)).isEqualTo(Wish.SLEEP);
    assertThat(sleep.wish(8)).isEqualTo(Wish.NONE);
    var both = AskedByHand.of(Map.of(AskedByHand.SLEEP_EPOCH, "7", AskedByHand.DRAIN_EPOCH, "7"));
    assertThat(both.wish(7)).isEqualTo(Wish.LEAVE);
    assertThat(both.wish(6)).isEqualTo(Wish.NONE);
  }

  @ParameterizedTest
  @CsvSource({
    AskedByHand.AWAKE_UNTIL + ", tomorrow",
    AskedByHand.AWAKE_UNTIL + ", 2026-05-01",
    AskedByHand.SLEEP_EPOCH + ", now",
    AskedByHand.DRAIN_EPOCH + ", ''"
  })
  void whatCannotBeReadIsToldAndNothingElse(String name, String value) {
    var asked = AskedByHand.of(Map.of(name, value));
    assertThat(asked.mistakes()).singleElement().asString().startsWith(name + ": not a ");
    assertThat(asked.windows(List.of(), NOW)).isEmpty();
    assertThat(asked.wish(0)).isEqualTo(Wish.NONE);
  }

  @Test
  void annotationsOfOthersAreTheirs() {
    var asked = AskedByHand.of(Map.of("example.com/awake-until", "x", "note", "y"));
    assertThat(asked).isEqualTo(AskedByHand.of(Map.of()));
    assertThat(asked.mistakes()).isEmpty();
    assertThat(Objects.service("cable", 1, "{port: 1}").asked()).isEqualTo(asked);
  }
}
