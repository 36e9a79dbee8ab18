package dev.dormouse.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/**
 * A control group of its own, in whichever version the machine has the controller; see cgroups(7).
 * All that was in it must have ended before it is closed.
 */
final class Cgroup implements AutoCloseable {
  private static final Path ALL = Path.of("/sys/fs/cgroup");

  private final Path directory;
  private final boolean unified;

  private Cgroup(Path parent, boolean unified) throws IOException {
    this.directory = Files.createDirectory(parent.resolve("dormouse-" + UUID.randomUUID()));
    this.unified = unified;
  }

  /** One with this controller; a machine that lets nobody have one skips the test, visibly. */
  static Cgroup of(String controller) {
    try {
      Path old = ALL.resolve(controller);
      if (Files.isRegularFile(old.resolve("cgroup.procs"))) {
        return new Cgroup(old, false);
      }
      Files.writeString(ALL.resolve("cgroup.subtree_control"), "+" + controller);
      return new Cgroup(ALL, true);
    } catch (IOException e) {
      return Assumptions.abort("no control group with " + controller + " can be had here: " + e);
    }
  }

  /** What becomes another command, in this group. */
  List<String> starter() {
    return List.of("sh", "-c", enter() + "; exec \"$@\"", "sh");
  }

  /** What puts the shell that runs it into this group. */
  String enter() {
    return "echo 0 >" + directory.resolve("cgroup.procs");
  }

  /** How many processes and threads there are, and may be. */
  long pids() {
    return Long.parseLong(read("pids.current").strip());
  }

  void limitPids(long most) {
    write("pids.max", "" + most);
  }

  void allowPids() {
    write("pids.max", "max");
  }

  /** Bytes that no file has: they stay until their owner ends. */
  long anonymousBytes() {
    String key = unified ? "anon " : "total_rss ";
    return read("memory.stat")
        .lines()
        .filter(line -> line.startsWith(key))
        .mapToLong(line -> Long.parseLong(line.substring(key.length())))
        .findFirst()
        .orElseThrow();
  }

  void limitBytes(long most) {
    write(unified ? "memory.max" : "memory.limit_in_bytes", "" + most);
    Path swap = directory.resolve(unified ? "memory.swap.max" : "memory.memsw.limit_in_bytes");
    if (Files.exists(swap)) {
      write(swap.getFileName().toString(), unified ? "0" : "" + most);
    }
  }

  private String read(String file) {
    try {
      return Files.readString(directory.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(String file, String text) {
    try {
      Files.writeString(directory.resolve(file), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for zombies: what ended in it keeps it busy until the machine's first process reaps. */
  @Override
  public void close() {
    Awaitility.await().atMost(Duration.ofMinutes(2)).until(this::isDeleted);
  }

  private boolean isDeleted() throws IOException {
    try {
      Files.delete(directory);
      return true;
    } catch (NoSuchFileException e) {
      throw e;
    } catch (FileSystemException _) {
      return false;
    }
  }
}
