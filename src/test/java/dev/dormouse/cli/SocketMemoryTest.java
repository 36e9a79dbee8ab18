package dev.dormouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketMemoryTest {
  @TempDir Path proc;

  @BeforeEach
  void aMachineOfTwoGigabytes() throws IOException {
    write("sys/net/ipv4/tcp_mem", "21645\t28861\t43290\n");
    used(28_861);
  }

  @Test
  void itIsShortAboveWhatTheKernelCallsPressure() throws IOException {
    assertThat(new SocketMemory(proc).test(1_000)).isTrue();
    used(28_860);
    assertThat(new SocketMemory(proc).test(1_000)).isFalse();
  }

  /** A few are not the cause: somebody else on the machine is. */
  @Test
  void aFewSlowReadersAreNeverTooMany() {
    assertThat(new SocketMemory(proc).test(28)).isFalse();
    assertThat(new SocketMemory(proc).test(29)).isTrue();
  }

  /** Such a file gives only so much as one read asks for. */
  @Test
  void theKernelsOwnFilesAreUnderstood() {
    assertThat(new SocketMemory(Path.of("/proc")).pressurePages()).isBetween(1L, 1L << 40);
    assertThat(new SocketMemory(Path.of("/proc")).usedPages()).isNotNegative();
  }

  @Test
  void whereItIsNotToldThereIsEnough() throws IOException {
    write("net/sockstat", "sockets: used 1\nTCP: inuse\n");
    assertThat(new SocketMemory(proc).test(10_000)).isFalse();
    assertThat(new SocketMemory(proc.resolve("nowhere")).test(10_000)).isFalse();
  }

  private void used(int pages) throws IOException {
    write(
        "net/sockstat",
        "sockets: used 26\nTCP: inuse 1 orphan 0 tw 549 alloc 31 mem "
            + pages
            + "\nUDP: inuse 0 mem 9\n");
  }

  private void write(String name, String text) throws IOException {
    Path file = proc.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
