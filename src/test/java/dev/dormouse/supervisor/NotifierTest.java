package dev.dormouse.supervisor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NotifierTest {
  @TempDir Path directory;

  @BeforeAll
  static void loadTheTransport() {
    Epoll.ensureAvailability();
  }

  @Test
  void saysWhatTheProtocolHasWordsFor() throws IOException {
    String path = directory.resolve("notify").toString();
    try (var supervisor = new Supervisor(path)) {
      Notifier notifier = notifier(path);
      notifier.ready();
      assertThat(supervisor.heard()).isEqualTo("READY=1");
      notifier.status("two\nlines");
      assertThat(supervisor.heard()).isEqualTo("STATUS=two lines");
      notifier.alive();
      assertThat(supervisor.heard()).isEqualTo("WATCHDOG=1");
      notifier.stopping(Duration.ofSeconds(20));
      assertThat(supervisor.heard()).isEqualTo("STOPPING=1\nEXTEND_TIMEOUT_USEC=20000000");
    }
  }

  @Test
  void anAbstractSocketIsWrittenWithAnAtSign() throws IOException {
    String name = "dormouse-notifier-test-" + ProcessHandle.current().pid();
    try (var supervisor = new Supervisor("\0" + name)) {
      notifier("@" + name).ready();
      assertThat(supervisor.heard()).isEqualTo("READY=1");
    }
  }

  @Test
  void aSupervisorThatHasGoneAwayDoesNoHarm() throws IOException {
    notifier(directory.resolve("nobody").toString()).ready();
  }

  @Test
  void nobodyAsksUnlessASocketIsNamed() throws IOException {
    assertThat(Notifier.of(Map.of(), 7)).isEmpty();
    assertThatThrownBy(() -> Notifier.of(Map.of("NOTIFY_SOCKET", "vsock:2:3"), 7))
        .hasMessageStartingWith("NOTIFY_SOCKET=vsock:2:3: ");
  }

  @Test
  void theWatchdogIsMeantForOneProcess() throws IOException {
    assertThat(Notifier.watchdog(Map.of(), 7)).isEmpty();
    assertThat(Notifier.watchdog(Map.of("WATCHDOG_USEC", "60000000"), 7))
        .contains(Duration.ofSeconds(60));
    assertThat(Notifier.watchdog(Map.of("WATCHDOG_USEC", "9", "WATCHDOG_PID", "7"), 7))
        .contains(Duration.ofNanos(9000));
    assertThat(Notifier.watchdog(Map.of("WATCHDOG_USEC", "9", "WATCHDOG_PID", "8"), 7)).isEmpty();
    assertThatThrownBy(() -> Notifier.watchdog(Map.of("WATCHDOG_USEC", "soon"), 7))
        .hasMessage("WATCHDOG_USEC=soon: no number of microseconds");
    assertThatThrownBy(() -> Notifier.watchdog(Map.of("WATCHDOG_USEC", "0"), 7))
        .hasMessage("WATCHDOG_USEC=0: not positive");
  }

  private static Notifier notifier(String socket) throws IOException {
    return Notifier.of(Map.of("NOTIFY_SOCKET", socket), 7).orElseThrow();
  }

  /** The other end. */
  private static final class Supervisor implements AutoCloseable {
    private final Socket socket = Socket.newSocketDomainDgram();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(2048);

    Supervisor(String path) throws IOException {
      socket.bind(new DomainSocketAddress(path));
    }

    String heard() throws IOException {
      int length = socket.recvFromDomainSocket(buffer, 0, buffer.capacity()).receivedAmount();
      byte[] bytes = new byte[length];
      buffer.get(0, bytes);
      return new String(bytes, UTF_8);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
