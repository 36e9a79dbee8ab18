package dev.dormouse.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDirectoryTest {
  @TempDir Path dir;

  @Test
  @Tag("D42")
  void itHasOneUserAtATime() throws IOException {
    Path state = dir.resolve("deep/state");
    try (var first = StateDirectory.open(state)) {
      assertThat(first).isNotNull();
      assertThat(Files.readString(state.resolve("lock")))
          .isEqualTo(ProcessHandle.current().pid() + "\n");
      assertThatThrownBy(() -> StateDirectory.open(state))
          .hasMessageStartingWith(
              "state directory " + state + ": is in use by another dormouse, pid");
    }
    StateDirectory.open(state).close();
    try (var left = Files.list(state)) {
      assertThat(left).containsExactly(state.resolve("lock"));
    }
  }

  @Test
  void whatIsNoDirectoryIsNamed() throws IOException {
    Path file = Files.writeString(dir.resolve("file"), "x");
    assertThatThrownBy(() -> StateDirectory.open(file))
        .hasMessage("state directory " + file + ": not a directory: " + file);
    assertThatThrownBy(() -> StateDirectory.open(Path.of("/proc/self/state")))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("state directory /proc/self/state: ");
  }
}
