package dev.dormouse.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client is told when it cannot have a service, and that it is told the truth. */
class FallbackIT {
  private static final String UPGRADE =
      """
       HTTP/1.1
      Host: h
      Connection: Upgrade
      Upgrade: websocket
      Sec-WebSocket-Version: 13
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

      """
          .replace("\n", "\r\n");

  /** Deaf at its first start, then one that refuses every upgrade in its own words. */
  private static final String DEAF_ONCE =
      """
      const fs = require('fs'), net = require('net'), marker = process.argv[2];
      const deaf = !fs.existsSync(marker);
      fs.writeFileSync(marker, '');
      net.createServer(s => s.on('error', () => {}).on('data', () => deaf ||
        s.end('HTTP/1.1 403 Forbidden\\r\\nContent-Length: 4\\r\\n\\r\\nown!')))
        .listen(process.env.PORT, '127.0.0.1');
      """;

  @TempDir Path scratch;

  @Test
  @Tag("D5")
  void everyReasonIsToldForWhatItIs() throws Exception {
    try (var foreign = new ServerSocket(0, 9, InetAddress.getLoopbackAddress());
        var machine =
            machine(
                service("dies", "command: [sh, -c, 'exit 3'], port: 0, " + NEVER_AGAIN),
                service(
                    "custom",
                    "command: [sh, -c, 'exit 3'], port: 0, "
                        + NEVER_AGAIN
                        + ", fallback: {status: 429, retryAfter: 7s, body: '<b>Asleep</b>'}"),
                service(
                    "slow",
                    "command: [sleep, '600'], port: 0, startup: {timeout: 500ms}, " + NEVER_AGAIN),
                service(
                    "busy",
                    "command: [sleep, '600'], port: "
                        + foreign.getLocalPort()
                        + ", "
                        + NEVER_AGAIN),
                service(
                    "held",
                    "command: [sleep, '600'], port: 0, startup: {timeout: 60s, hold: 400ms}"),
                service(
                    "crowded",
                    "command: [sleep, '600'], port: 0, startup: {timeout: 60s, maxWaiting: 1}"),
                service("small", "command: [sleep, '600'], port: 0, access: {maxConnections: 1}"),
                service(
                    "fair",
                    "command: [sleep, '600'], port: 0, access: {maxConnectionsPerClient: 1}"),
                service("never", "command: [sleep, '600'], port: 0, activation: Disabled"),
                service("needy", "command: [sleep, '600'], port: 0, dependsOn: [never]"))) {
      assertTold(knock(machine, "dies"), "start-failed", 3600);
      assertTold(knock(machine, "dies"), "start-failed", 3600);
      knock(machine, "slow");
      machine.awaitPhase("slow", "Failed");
      assertTold(knock(machine, "slow"), "timed-out", 3600);
      assertTold(knock(machine, "busy"), "port-busy", 3600);
      assertTold(knock(machine, "held"), "held-too-long", 5);
      assertTold(knock(machine, "never"), "disabled", 5);
      assertTold(knock(machine, "needy"), "dependency-failed", 5);
      for (String full : new String[] {"crowded", "small", "fair"}) {
        try (Socket _ = send(machine, full)) {
          machine.awaitPhase(full, "Waking");
          assertTold(knock(machine, full), "full", 5);
        }
      }
      assertThat(knock(machine, "custom"))
          .startsWith("HTTP/1.1 429 ")
          .contains("\r\nRetry-After: 3600\r\n")
          .contains("\r\nContent-Type: text/html; charset=utf-8\r\n")
          .endsWith("\r\n\r\n<b>Asleep</b>");
    }
  }

  @Test
  @Tag("D26")
  void aDeafChildIsBoundedAndReplacedByOneThatAnswers() throws Exception {
    Path script = Files.writeString(scratch.resolve("deaf.js"), DEAF_ONCE);
    String command = "command: [node, '" + script + "', '" + scratch.resolve("marker") + "']";
    try (var machine =
        machine(
            service(
                "deaf",
                command + ", port: 0, startup: {handshake: 400ms}, retry: {initial: 100ms}"))) {
      assertThat(knock(machine, "deaf"))
          .startsWith("HTTP/1.1 504 ")
          .contains("\r\nRetry-After: 5\r\n")
          .contains("\"reason\":\"handshake-timeout\"");
      machine.child.await("reason=DEAF");
      assertThat(knock(machine, "deaf")).startsWith("HTTP/1.1 403 ").endsWith("own!");
      assertThat(machine.starts("deaf")).isEqualTo(2);
    }
  }

  /** As ttyd --once and websockify --run-once do; the breaker would open at the fifth. */
  @Test
  void whoServesOneClientAndEndsWithSuccessHasNotFailed() throws Exception {
    try (var machine =
        machine(service("once", once("s.on('close', () => process.exit(0))") + ", port: 0"))) {
      for (int visit = 1; visit <= 6; visit++) {
        try (var visitor = Visitor.knock(door(machine), "h", "/once")) {
          assertThat(visitor.greeting()).isEqualTo("hello");
        }
        machine.awaitPhase("once", "Dormant");
        assertThat(machine.starts("once")).isEqualTo(visit);
      }
      assertThat(machine.service("once").path("failure").isMissingNode()).isTrue();
    }
  }

  @Test
  void whoEndsWithSuccessUnderItsClientsHasFailed() throws Exception {
    try (var machine =
            machine(
                service("leaves", once("setTimeout(() => process.exit(0), 300)") + ", port: 0"));
        var visitor = Visitor.knock(door(machine), "h", "/leaves")) {
      assertThat(visitor.greeting()).isEqualTo("hello");
      machine.child.await("reason=CRASHED");
      assertThat(machine.service("leaves").path("failure").path("count").asInt()).isEqualTo(1);
    }
  }

  private static InetSocketAddress door(Machine machine) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), machine.port);
  }

  /** A server that says hello to its first client, and then does something. */
  private String once(String then) throws IOException {
    Path script =
        Files.writeString(
            scratch.resolve("once-" + then.length() + ".mjs"),
            "import { WebSocketServer } from '"
                + Path.of(System.getProperty("dormouse.basedir"))
                    .resolve("src/test/node/node_modules/ws/wrapper.mjs")
                + "';\nnew WebSocketServer({ host: '127.0.0.1', port: process.env.PORT })"
                + ".on('connection', s => { s.send('hello'); "
                + then
                + " });");
    return "command: [node, '" + script + "']";
  }

  /** As nodemon and supervisord do: the server ends, what started it does not. */
  @Test
  @Tag("D26")
  void aServerThatItsWrapperOutlivesIsReplacedWithinTheHoldOfWhoWaits() throws Exception {
    Path script = Files.writeString(scratch.resolve("deaf.js"), DEAF_ONCE);
    Path marker = Files.writeString(scratch.resolve("marker"), "");
    Path pid = scratch.resolve("pid");
    String wrapper =
        "node " + script + " " + marker + " & echo $$! > " + pid + "; wait; exec sleep 600";
    try (var machine =
        machine(
            service(
                "left",
                "command: [sh, -c, '" + wrapper + "'], port: 0, retry: {initial: 100ms}"))) {
      assertThat(knock(machine, "left")).endsWith("own!");
      String server = Files.readString(pid).strip();
      assertThat(new ProcessBuilder("kill", "-KILL", server).start().waitFor()).isZero();
      assertThat(knock(machine, "left")).endsWith("own!");
      assertThat(machine.starts("left")).isEqualTo(2);
      machine.child.await("reason=UNREACHABLE");
    }
  }

  @Test
  @Tag("D26")
  void aChildThatWasStoppedInItsTracksIsReplaced() throws Exception {
    Path script = Files.writeString(scratch.resolve("deaf.js"), DEAF_ONCE);
    Path marker = Files.writeString(scratch.resolve("marker"), "");
    String command = "command: [node, '" + script + "', '" + marker + "']";
    try (var machine =
        machine(
            service(
                "deaf",
                command + ", port: 0, startup: {handshake: 400ms}, retry: {initial: 100ms}"))) {
      assertThat(knock(machine, "deaf")).endsWith("own!");
      String started = machine.child.await("started pid=");
      String pid = started.replaceAll(".*pid=(\\d+).*", "$1");
      assertThat(new ProcessBuilder("kill", "-STOP", pid).start().waitFor()).isZero();
      assertThat(knock(machine, "deaf")).startsWith("HTTP/1.1 504 ");
      machine.child.await("reason=DEAF");
      assertThat(knock(machine, "deaf")).endsWith("own!");
      assertThat(ProcessHandle.of(Long.parseLong(pid))).isEmpty();
    }
  }

  private static final String NEVER_AGAIN = "retry: {initial: 1h, max: 1h}";

  private Machine machine(String... services) throws IOException {
    Path manifests = Files.createDirectories(scratch.resolve("manifests"));
    Files.writeString(manifests.resolve("all.yaml"), String.join("---\n", services), UTF_8);
    return new Machine(manifests, scratch.resolve("state"));
  }

  private static String service(String name, String spec) {
    return "apiVersion: dormouse.dev/v1alpha1\nkind: OnDemandService\nmetadata: {name: "
        + name
        + "}\nspec: {path: /"
        + name
        + ", "
        + spec
        + "}\n";
  }

  private static void assertTold(String answer, String reason, int retryAfter) {
    assertThat(answer)
        .startsWith("HTTP/1.1 503 ")
        .contains("\r\nRetry-After: " + retryAfter + "\r\n")
        .contains("\r\nContent-Type: application/problem+json\r\n")
        .contains("\"reason\":\"" + reason + "\"")
        .contains("\"status\":503")
        .contains("\"service\":\"default/");
  }

  private static Socket send(Machine machine, String name) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), machine.port);
    socket.setSoTimeout(20_000);
    socket.getOutputStream().write(("GET /" + name + UPGRADE).getBytes(UTF_8));
    return socket;
  }

  /** The whole answer to an upgrade that is refused. */
  private static String knock(Machine machine, String name) throws IOException {
    try (Socket socket = send(machine, name)) {
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }
}
