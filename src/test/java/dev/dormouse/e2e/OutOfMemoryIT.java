package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that has lost a thread to a lack of memory must not pretend to live: it ends, and
 * whoever started it starts it again. With less heap than its manifests take.
 */
class OutOfMemoryIT {
  private static final Map<String, String> LITTLE = Map.of("DORMOUSE_JAVA_OPTS", "-Xmx10m");

  @TempDir Path scratch;
  private final String word = "w" + UUID.randomUUID();
  private Path manifests = Path.of("unset");

  @BeforeEach
  void declare() throws IOException {
    manifests = Files.createDirectory(scratch.resolve("manifests"));
    Files.writeString(
        manifests.resolve("echo.yaml"),
        EchoServer.service("echo", word, "  path: /cable\n  idleTimeout: 10m\n"));
  }

  @Test
  void itEndsAndTheNextOneAdoptsWhatRuns() throws Exception {
    Path state = scratch.resolve("state");
    ProcessHandle workload;
    try (var machine = new Machine(LITTLE, manifests, state)) {
      machine.open("/cable").join();
      machine.awaitPhase("echo", "Active");
      workload = EchoServer.only(word);
      Path large = declareMuch();
      assertThat(machine.child.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(machine.child.process().exitValue()).isEqualTo(3);
      machine.child.await("java.lang.OutOfMemoryError");
      Files.delete(large);
    }
    assertThat(workload.isAlive()).isTrue();
    try (var machine = new Machine(LITTLE, manifests, state)) {
      machine.child.await("adopted pid=" + workload.pid());
      machine.open("/cable").join();
      assertThat(EchoServer.only(word)).isEqualTo(workload);
    }
  }

  @Test
  void itsSupervisorStartsItAgainAndNobodyIsRefused() throws Exception {
    int port = Machine.freePort();
    try (Child supervisor = supervise(port)) {
      try (Visitor first = knock(port)) {
        assertThat(first.answer()).startsWith("HTTP/1.1 101 ");
        Path large = declareMuch();
        supervisor.await("ended 3");
        Files.delete(large);
      }
      try (Visitor second = knock(port)) {
        assertThat(second.answer()).startsWith("HTTP/1.1 101 ");
      }
      supervisor.await("adopted pid=");
      assertThat(EchoServer.running(word)).hasSize(1);
    }
  }

  /** Within the bound of a file, and as a tree far larger than the heap. */
  private Path declareMuch() throws IOException {
    var text = new StringBuilder("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n");
    for (int i = 0; i < 60_000; i++) {
      text.append("  k").append(i).append(": [a, b]\n");
    }
    Path whole = Files.writeString(scratch.resolve("large.yaml"), text);
    return Files.move(whole, manifests.resolve("large.yaml"));
  }

  private Child supervise(int port) {
    Child supervisor =
        Child.start(
            LITTLE,
            List.of(
                "perl",
                "src/test/perl/supervise.pl",
                Integer.toString(port),
                scratch.resolve("notify").toString(),
                "600000",
                Path.of(System.getProperty("dormouse.home"), "bin/dormouse").toString(),
                "run",
                "-f",
                manifests.toString(),
                "--admin",
                "127.0.0.1:0",
                "--state-dir",
                scratch.resolve("supervised").toString()));
    supervisor.await("supervising");
    return supervisor;
  }

  private static Visitor knock(int port) {
    return Visitor.knock(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port), "localhost", "/cable");
  }
}
