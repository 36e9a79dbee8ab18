package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  /** Else a test's directory would go while they still write in it. */
  @Test
  void whatAProgramStartedHasEndedToo(@TempDir Path scratch) throws Exception {
    Path last = scratch.resolve("last");
    String slow =
        "trap 'sleep 1; echo done >"
            + last
            + "; exit' TERM; echo ready; while :; do sleep 0.1; done";
    String quick = "trap 'kill $!; exit' TERM; sh -c \"$SLOW\" & wait";
    var command = List.of("env", "SLOW=" + slow, "sh", "-c", quick);
    Child child = Child.start(Map.of(), command);
    child.await("ready");
    child.close();
    assertThat(last).hasContent("done");
  }
}
