package dev.dormouse.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.testing.FreePort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sample as it is shipped: a process that boots, listens and obeys TERM. */
@Timeout(60)
class SampleProcessTest {
  private final int port = FreePort.any();
  private Optional<Process> cable = Optional.empty();

  @AfterEach
  void kill() throws InterruptedException {
    if (cable.isPresent()) {
      cable.get().destroyForcibly().waitFor();
    }
  }

  @Test
  void saysGoodbyeOnTermAndEnds() throws Exception {
    Process process = launch(Duration.ZERO);
    awaitLine(process, "listening");
    try (HttpClient http = HttpClient.newHttpClient()) {
      var address = URI.create("ws://127.0.0.1:" + port + "/cable");
      var client =
          CableClient.connect(
              http.newWebSocketBuilder().subprotocols("actioncable-v1-json"), address);
      client.next("welcome");
      process.toHandle().destroy();
      assertThat(client.next("disconnect").toString())
          .isEqualTo("{\"type\":\"disconnect\",\"reason\":\"server_restart\",\"reconnect\":true}");
      assertThat(client.closed.get(30, TimeUnit.SECONDS)).isEqualTo(1001);
    }
    assertThat(process.waitFor()).isIn(0, 143);
  }

  @Test
  void doesNotListenBeforeTheBootDelayIsOver() throws Exception {
    awaitLine(launch(Duration.ofHours(1)), "booting");
    assertThat(accepts()).isFalse();
  }

  @Test
  void failsWhenThePortIsTaken() throws Exception {
    try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertThat(launch(Duration.ZERO).waitFor()).isEqualTo(1);
    }
  }

  private Process launch(Duration bootDelay) throws IOException {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var builder =
        new ProcessBuilder(
                java, "-cp", System.getProperty("java.class.path"), SampleCable.class.getName())
            .redirectErrorStream(true);
    builder.environment().put("PORT", Integer.toString(port));
    builder.environment().put("BOOT_DELAY_MS", Long.toString(bootDelay.toMillis()));
    Process process = builder.start();
    cable = Optional.of(process);
    return process;
  }

  private static void awaitLine(Process process, String text) throws IOException {
    var output = process.inputReader();
    String line = output.readLine();
    while (line != null && !line.contains(text)) {
      line = output.readLine();
    }
    assertThat(line).isNotNull();
  }

  private boolean accepts() {
    try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
