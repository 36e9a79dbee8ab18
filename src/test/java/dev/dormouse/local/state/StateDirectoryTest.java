package dev.dormouse.local.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
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

  @Test
  void nobodyElseMayLookIntoIt() throws IOException {
    Path state = Files.createDirectory(dir.resolve("state"));
    Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwxrwxrwx"));
    for (String name : List.of("lock", "cable.log", "cable.json")) {
      Path file = Files.writeString(state.resolve(name), "");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }
    StateDirectory.open(state).close();
    assertThat(mode(state)).isEqualTo("rwx------");
    try (var files = Files.list(state)) {
      assertThat(files.map(StateDirectoryTest::mode)).hasSize(3).containsOnly("rw-------");
    }
    StateDirectory.open(dir.resolve("new")).close();
    assertThat(mode(dir.resolve("new"))).isEqualTo("rwx------");
    assertThat(mode(dir.resolve("new/lock"))).isEqualTo("rw-------");
  }

  @Test
  void noLinkIsFollowed() throws IOException {
    Path real = Files.createDirectory(dir.resolve("real"));
    Path link = Files.createSymbolicLink(dir.resolve("link"), real);
    assertThatThrownBy(() -> StateDirectory.open(link))
        .hasMessage(
            "state directory "
                + link
                + ": is a symbolic link: name the directory that it leads to");
    Path target = Files.writeString(dir.resolve("target"), "precious");
    for (String name : List.of("lock", "cable.log", "cable.json", "cable.json.tmp")) {
      Path planted = Files.createSymbolicLink(real.resolve(name), target);
      assertThatThrownBy(() -> StateDirectory.open(real))
          .hasMessage("state directory " + real + ": there is a symbolic link in it: " + name);
      Files.delete(planted);
    }
    Path planted = Files.createLink(real.resolve("lock"), target);
    assertThatThrownBy(() -> StateDirectory.open(real))
        .hasMessageEndingWith("a file in it has another name as well (a hard link): lock");
    Files.delete(planted);
    assertThat(target).hasContent("precious");
    StateDirectory.open(real).close();
  }

  @Test
  void whatIsRemovedIsMadeAndLockedAnewAndWhatIsThereIsLeft() throws IOException {
    Path state = dir.resolve("state");
    try (var first = StateDirectory.open(state)) {
      assertThat(first.restore()).isFalse();
      Files.delete(state.resolve("lock"));
      Files.delete(state);
      assertThat(first.restore()).isTrue();
      assertThat(mode(state)).isEqualTo("rwx------");
      assertThat(first.restore()).isFalse();
      assertThat(first.trouble()).isEmpty();
      assertThatThrownBy(() -> StateDirectory.open(state)).hasMessageContaining("is in use by");
    }
    StateDirectory.open(state).close();
  }

  @Test
  void whatHasTakenItsPlaceIsToldAndLeftAlone() throws IOException {
    Path state = dir.resolve("state");
    try (var first = StateDirectory.open(state)) {
      Files.move(state, dir.resolve("moved"));
      try (var second = StateDirectory.open(state)) {
        assertThat(first.restore()).isFalse();
        assertThat(first.trouble()).isPresent();
        assertThat(first.trouble().get()).contains(state.toString(), "is in use by");
        assertThat(second.restore()).isFalse();
        assertThat(second.trouble()).isEmpty();
      }
      assertThat(first.restore()).isTrue();
      assertThat(first.trouble()).isEmpty();
    }
  }

  @Test
  void aHolderIsNamedOnlyIfItLives() throws IOException {
    Path lock = Files.writeString(dir.resolve("lock"), "");
    assertThat(LockHolders.inUse(lock, "999999999"))
        .isEqualTo("is in use by another process, which cannot be seen from here");
    long own = ProcessHandle.current().pid();
    assertThat(LockHolders.inUse(lock, "" + own)).contains("another dormouse, pid " + own + ";");
    try (var state = StateDirectory.open(dir.resolve("state"))) {
      assertThat(state.restore()).isFalse();
      assertThat(LockHolders.inUse(dir.resolve("state/lock"), "999999999"))
          .startsWith("is in use by another dormouse, pid " + own + ";");
    }
  }

  private static String mode(Path path) {
    try {
      return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
