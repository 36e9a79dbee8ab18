package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client behind a link that drops everything: it sends neither FIN nor RST. */
@Tag("privileged")
class HalfOpenIT {
  private static final Path BASE = Path.of(System.getProperty("dormouse.basedir"));
  private static final String NEAR = "10.231.7.1";
  private static final String FAR = "10.231.7.2";
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final int FAILURE_THRESHOLD = 2;

  @TempDir Path scratch;
  private final String pid = Long.toString(ProcessHandle.current().pid());
  private final String space = "dm" + pid;
  private final String near = "dmn" + pid;
  private final String far = "dmf" + pid;
  private Path manifest = Path.of("unset");

  @BeforeEach
  void connectANamespace() throws IOException {
    Root.require();
    Root.run("ip", "netns", "add", space);
    Root.run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", space);
    Root.run("ip", "addr", "add", NEAR + "/30", "dev", near);
    Root.run("ip", "link", "set", near, "up");
    Root.run("ip", "-n", space, "addr", "add", FAR + "/30", "dev", far);
    Root.run("ip", "-n", space, "link", "set", far, "up");
    manifest =
        Files.writeString(
            scratch.resolve("echo.yaml"),
            """
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata: {name: echo}
            spec:
              command: [perl, ECHO, half]
              port: 0
              path: /cable
              idleTimeout: 500ms
              minimumUptime: 0s
              keepalive: {interval: INTERVAL, failureThreshold: THRESHOLD}
            """
                .replace("ECHO", BASE.resolve("src/test/perl/echo.pl").toString())
                .replace("INTERVAL", INTERVAL.toSeconds() + "s")
                .replace("THRESHOLD", "" + FAILURE_THRESHOLD));
  }

  @AfterEach
  void removeTheNamespace() {
    Root.run("ip", "link", "del", near);
    Root.run("ip", "netns", "del", space);
  }

  @Test
  @Tag("D37")
  void aClientBehindADeadLinkLeavesTheDemandAndTheServiceGoesToSleep() {
    try (var machine = new Machine(NEAR, manifest, scratch.resolve("state"));
        var client = client(machine)) {
      client.await("\"socket-open\"");
      await()
          .during(INTERVAL.multipliedBy(FAILURE_THRESHOLD + 1L))
          .until(() -> machine.service("echo").path("connections").asInt() == 1);
      Root.run("ip", "-n", space, "link", "set", far, "down");
      await()
          .atMost(INTERVAL.multipliedBy(FAILURE_THRESHOLD + 1L).plusSeconds(1))
          .until(() -> machine.service("echo").path("connections").asInt() == 0);
      machine.awaitPhase("echo", "Dormant");
      assertThat(client.lines()).noneMatch(line -> line.contains("\"socket-close\""));
    }
  }

  private Child client(Machine machine) {
    return Child.start(
        Map.of(),
        List.of(
            "ip",
            "netns",
            "exec",
            space,
            "node",
            BASE.resolve("src/test/node/ws-client.mjs").toString(),
            "ws://" + NEAR + ":" + machine.port + "/cable"));
  }
}
