package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChildIT {
  @Test
  void whatAProgramDidNotSayBeforeItEndedIsNotWaitedFor() {
    var command = List.of("sh", "-c", "echo one; exit 3");
    try (var child = Child.start(Map.of(), command)) {
      assertThat(child.await("one")).isEqualTo("one");
      assertThatThrownBy(() -> child.await("'two'", "two"::equals, 0, Duration.ofDays(1)))
          .hasMessage("no 'two' until it ended in:\none");
    }
  }
}
