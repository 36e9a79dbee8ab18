package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/** Who comes as soon as somebody listens, as Fly's proxy does, gets what it came for. */
class FirstClientIT {
  private static final String UPGRADE =
      """
      GET /cable HTTP/1.1\r
      Host: localhost\r
      Connection: Upgrade\r
      Upgrade: websocket\r
      Sec-WebSocket-Version: 13\r
      Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r
      \r
      """;

  @TempDir Path scratch;

  @RepeatedTest(3)
  void isServedByAMachineThatIsStarting() throws Exception {
    Path manifest = scratch.resolve("echo.yaml");
    Files.writeString(manifest, EchoServer.service("echo", "early", "  path: /cable\n"));
    int port = Machine.freePort();
    var starting =
        CompletableFuture.supplyAsync(() -> new Machine(port, manifest, scratch.resolve("state")));
    try (Socket client = connect(port)) {
      client.setSoTimeout(20_000);
      client.getOutputStream().write(UPGRADE.getBytes(StandardCharsets.US_ASCII));
      byte[] status = client.getInputStream().readNBytes(12);
      assertThat(new String(status, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 101");
    } finally {
      starting.join().close();
    }
  }

  private static Socket connect(int port) {
    return await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .atMost(Duration.ofSeconds(20))
        .ignoreException(ConnectException.class)
        .until(() -> new Socket(InetAddress.getLoopbackAddress(), port), Objects::nonNull);
  }
}
