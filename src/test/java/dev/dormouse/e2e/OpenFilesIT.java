package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Java raises its own limit of open files, of which nobody else is to notice; and clients use it
 * up.
 */
class OpenFilesIT {
  private static final int FILES = 240;

  /** Half of the files are for clients, who take two each; there may be others than ours. */
  private static final int CLIENTS = FILES / 4 - 5;

  private static final int OTHER_SOCKETS = 16;

  @TempDir Path scratch;

  @Test
  void servicesGetTheLimitThatDormouseWasStartedWith() throws IOException {
    Path manifest =
        Files.writeString(
            scratch.resolve("echo.yaml"), EchoServer.service("echo", "files", "  path: /cable\n"));
    List<String> limited = List.of("sh", "-c", "ulimit -S -n 321 && exec \"$@\"", "sh");
    try (var machine = Machine.under(limited, manifest, scratch.resolve("state"))) {
      machine.open("/cable").join();
      assertThat(limit(machine.pid("echo"))).isEqualTo("321");
      assertThat(limit(machine.child.pid())).as("its own").isNotEqualTo("321");
    }
  }

  /** A boot and the admin port have their own, and for a dial one is at hand, however many wait. */
  @Test
  void clientsThatAreHeldLeaveDescriptorsForTheBootAndForProbes() throws Exception {
    Path manifest =
        Files.writeString(
            scratch.resolve("echo.yaml"),
            EchoServer.service(
                "echo", "held 3 slow", "  path: /cable\n  startup: {timeout: 60s, hold: 60s}\n"));
    var limited = List.of("sh", "-c", "ulimit -n " + FILES + " && exec \"$@\"", "sh");
    List<Visitor> visitors = new ArrayList<>();
    try (var machine = Machine.under(limited, manifest, scratch.resolve("state"))) {
      IntStream.range(0, CLIENTS).forEach(_ -> visitors.add(knock(machine)));
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> machine.service("echo").path("waiting").asInt() == CLIENTS);
      IntStream.range(0, FILES).forEach(_ -> visitors.add(knock(machine)));
      assertThat(machine.get(machine.adminPort, "/livez").statusCode()).isEqualTo(200);
      for (Visitor held : visitors.subList(0, CLIENTS)) {
        assertThat(held.answer()).startsWith("HTTP/1.1 101 ");
      }
      assertThat(machine.get(machine.adminPort, "/readyz").statusCode()).isEqualTo(200);
      assertThat(new NapView(machine.child.pid()).descriptors())
          .filteredOn(it -> it.startsWith("socket:"))
          .hasSizeLessThan(FILES / 2 + OTHER_SOCKETS);
      visitors.forEach(Visitor::close);
      assertThat(knock(machine).answer()).startsWith("HTTP/1.1 101 ");
      assertThat(machine.starts("echo")).isOne();
      assertThat(machine.child.lines()).noneMatch(line -> line.contains("oo many open files"));
    } finally {
      visitors.forEach(Visitor::close);
    }
  }

  private static Visitor knock(Machine machine) {
    return Visitor.knock(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), machine.port),
        "localhost",
        "/cable");
  }

  private static String limit(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/limits")).stream()
        .filter(line -> line.startsWith("Max open files"))
        .map(line -> line.split(" {2,}", -1)[1])
        .findFirst()
        .orElseThrow();
  }
}
