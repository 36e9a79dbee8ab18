package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Under a supervisor that keeps the listening socket and hears notifications: {@code supervise.pl},
 * which speaks systemd's two protocols.
 */
class SupervisedIT {
  private static final String DORMOUSE =
      Path.of(System.getProperty("dormouse.home"), "bin/dormouse").toString();

  @TempDir Path scratch;
  private final int port = Machine.freePort();

  @BeforeEach
  void declare() throws Exception {
    Files.writeString(
        scratch.resolve("cable.yaml"), Manifest.greeting("cable", "hello").resource().toString());
  }

  @Test
  void itIsToldThatAllIsReadyWhatIsAwakeThatItLivesAndThatItStops() throws Exception {
    try (Child supervisor = supervise(List.of())) {
      try (Visitor visitor = knock()) {
        assertThat(visitor.greeting()).isEqualTo("hello");
        supervisor.await("told READY=1");
        supervisor.await("told STATUS=default/cable active");
        supervisor.await("told WATCHDOG=1");
      }
      int seen = supervisor.lines().size();
      supervisor.awaitFrom(seen, "told STATUS=everything sleeps");
      assertThat(supervisor.terminate()).isZero();
      supervisor.awaitEnd();
      assertThat(String.join("\n", supervisor.lines()))
          .containsSubsequence("told STOPPING=1", "told EXTEND_TIMEOUT_USEC=", "ended 0");
    }
  }

  /**
   * The kernel holds who comes while nothing runs; who comes at the very end is not lost either.
   */
  @Test
  void whoeverComesIsServedWhetherItEndsEndedOrRuns() throws Exception {
    try (Child supervisor = supervise(List.of("--exit-when-idle", "1s"))) {
      for (int round = 0; round < 4; round++) {
        int seen = supervisor.lines().size();
        try (Visitor visitor = knock()) {
          assertThat(visitor.greeting()).isEqualTo("hello");
        }
        supervisor.awaitFrom(seen, round % 2 == 0 ? "ended 0" : "nothing was needed for");
      }
      try (Visitor last = knock()) {
        assertThat(last.greeting()).isEqualTo("hello");
      }
      assertThat(supervisor.lines()).filteredOn("started"::equals).hasSizeGreaterThan(2);
    }
  }

  /** A restart refuses nobody: clients wait in the queue for the next process. */
  @Test
  void whoComesWhileItIsToldToStopIsServedByTheNext() throws Exception {
    try (Child supervisor = supervise(List.of());
        Visitor first = knock()) {
      assertThat(first.greeting()).isEqualTo("hello");
      var running = supervisor.process().children().findFirst().orElseThrow();
      running.destroy();
      supervisor.await("told STOPPING=1");
      try (Visitor second = knock()) {
        assertThat(second.greeting()).isEqualTo("hello");
      }
      assertThat(first.farewell()).isEqualTo(1001);
      assertThat(supervisor.lines()).filteredOn("started"::equals).hasSize(2);
    }
  }

  private Visitor knock() {
    return Visitor.knock(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port), "localhost", "/cable");
  }

  private Child supervise(List<String> more) {
    var command =
        new ArrayList<>(
            List.of(
                "perl",
                "src/test/perl/supervise.pl",
                Integer.toString(port),
                scratch.resolve("notify").toString(),
                "600000",
                DORMOUSE,
                "run",
                "-f",
                scratch.resolve("cable.yaml").toString(),
                "--admin",
                "127.0.0.1:0",
                "--state-dir",
                scratch.resolve("state").toString()));
    command.addAll(more);
    Child supervisor = Child.start(Map.of(), command);
    supervisor.await("supervising");
    return supervisor;
  }
}
