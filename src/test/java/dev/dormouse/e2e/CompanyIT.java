package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker that speaks MQTT on one port and MQTT over WebSocket on another, behind Dormouse:
 * whoever has subscribed on the first is a client as well (case 09b).
 */
class CompanyIT {
  @TempDir Path scratch;

  @Test
  void aSubscriberOnAnotherPortOfTheServiceKeepsItAwake() throws Exception {
    int mqtt = Machine.freePort();
    int webSocket = Machine.freePort();
    try (var machine = machine(mqtt, webSocket)) {
      run(machine, 0, "wake", "broker", "--for", "1h");
      try (var subscriber = subscriber(mqtt)) {
        String why = "connected to it directly, at port " + mqtt;
        assertThat(run(machine, 1, "sleep", "broker")).contains(why);
        await().atMost(Duration.ofSeconds(30)).until(() -> message(machine).contains(why));
        assertThat(machine.phase("broker")).isEqualTo("Active");
        assertThat(subscriber.process().isAlive()).isTrue();
      }
      machine.awaitPhase("broker", "Dormant");
      assertThat(machine.starts("broker")).isEqualTo(1);
    }
  }

  private static String message(Machine machine) {
    return machine.service("broker").at("/conditions/1/message").asText();
  }

  private static Child subscriber(int port) {
    var subscriber =
        Child.start(
            Map.of(),
            List.of(
                "stdbuf",
                "-oL",
                "mosquitto_sub",
                "-d",
                "-h",
                "127.0.0.1",
                "-p",
                "" + port,
                "-t",
                "news"));
    subscriber.await("Subscribed");
    return subscriber;
  }

  private Machine machine(int mqtt, int webSocket) throws IOException {
    Path config = scratch.resolve("mosquitto.conf");
    Files.writeString(
        config,
        """
        allow_anonymous true
        listener MQTT 127.0.0.1
        listener WS 127.0.0.1
        protocol websockets
        """
            .replace("MQTT", "" + mqtt)
            .replace("WS", "" + webSocket));
    Path manifest = scratch.resolve("broker.yaml");
    Files.writeString(
        manifest,
        """
        apiVersion: dormouse.dev/v1alpha1
        kind: OnDemandService
        metadata: {name: broker}
        spec:
          command: [mosquitto, -c, CONFIG]
          port: PORT
          path: /mqtt
          idleTimeout: 1s
          minimumUptime: 0s
        """
            .replace("CONFIG", config.toString())
            .replace("PORT", "" + webSocket));
    return new Machine(manifest, scratch.resolve("state"));
  }

  private static String run(Machine machine, int code, String command, String... arguments)
      throws InterruptedException {
    try (var child = ByHandCommands.run(machine, command, arguments)) {
      assertThat(child.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
      child.awaitEnd();
      assertThat(child.process().exitValue()).as(String.join("\n", child.lines())).isEqualTo(code);
      return String.join("\n", child.lines());
    }
  }
}
