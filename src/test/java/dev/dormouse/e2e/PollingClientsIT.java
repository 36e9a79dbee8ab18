package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Socket.IO and SignalR with their own clients, which begin with ordinary requests. */
class PollingClientsIT {
  private static final Path BASE = Path.of(System.getProperty("dormouse.basedir"));

  @TempDir Path scratch;

  private Machine machine(String script, String transport) throws IOException {
    Path manifest = scratch.resolve("app.yaml");
    Files.writeString(
        manifest,
        """
        apiVersion: dormouse.dev/v1alpha1
        kind: OnDemandService
        metadata: {name: app}
        spec:
          command: [node, %s]
          env: [{name: TRANSPORT, value: %s}]
          port: 0
          routes: [{path: "/*", http: Wake}]
          idleTimeout: 1s
          minimumUptime: 0s
          access: {allowedOrigins: ["*"]}
        """
            .replaceFirst("%s", BASE.resolve("src/test/node/" + script).toString())
            .replaceFirst("%s", transport));
    return new Machine(manifest, scratch.resolve("state"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"transports\": [\"polling\"]}"})
  void socketIoWakesItsServerAndKeepsItAwakeWhileItPolls(String options) throws Exception {
    try (var machine = machine("socketio-server.mjs", "any")) {
      String url = "http://127.0.0.1:" + machine.port;
      try (var client = Child.node(Map.of(), "socketio-client.mjs", url, options)) {
        assertThat(client.await("\"connected\"")).contains("polling");
        if (options.equals("{}")) {
          assertThat(client.await("\"upgraded\"")).contains("websocket");
        }
        for (int i = 0; i < 5; i++) {
          client.say("{\"cmd\": \"say\", \"text\": \"word " + i + "\"}");
          assertThat(client.await("word " + i)).contains("\"said\"");
        }
        assertThat(machine.starts("app")).isEqualTo(1);
        assertThat(client.lines()).noneMatch(it -> it.contains("\"failed\""));
      }
      machine.awaitPhase("app", "Dormant");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"WebSockets", "ServerSentEvents"})
  void signalRNegotiatesByPostAndThenTalks(String transport) throws Exception {
    try (var machine = machine("signalr-server.mjs", transport)) {
      String url = "http://127.0.0.1:" + machine.port + "/hub";
      try (var client = Child.node(Map.of(), "signalr-client.mjs", url)) {
        client.await("\"connected\"");
        client.say("{\"cmd\": \"echo\", \"text\": \"over " + transport + "\"}");
        assertThat(client.await("\"echoed\"")).contains("over " + transport);
        assertThat(machine.service("app").path("connections").asInt()).isPositive();
        assertThat(machine.starts("app")).isEqualTo(1);
      }
      machine.awaitPhase("app", "Dormant");
    }
  }

  @Test
  void aPageAndItsSocketWakeTheSameServerOnce() throws Exception {
    try (var machine = machine("socketio-server.mjs", "any")) {
      assertThat(machine.get(machine.port, "/").body()).isEqualTo("<p>page");
      String url = "http://127.0.0.1:" + machine.port;
      try (var client = Child.node(Map.of(), "socketio-client.mjs", url)) {
        client.await("\"connected\"");
      }
      assertThat(machine.starts("app")).isEqualTo(1);
    }
  }
}
