package dev.dormouse.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dormouse's own output is a pipe that nobody reads, and a service has a lot to say. */
class StuckOutputIT {
  private static final Path HOME = Path.of(System.getProperty("dormouse.home"));
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Twice as much as pipe and queue hold. */
  private static final String CHATTER =
      "(for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do seq -f \"%040.0f\" 700; sleep 0.2;"
          + " done) & exec perl "
          + EchoServer.SCRIPT
          + " chatty";

  @TempDir Path scratch;
  private final HttpClient http = HttpClient.newHttpClient();
  private final int port = Machine.freePort();
  private final int adminPort = Machine.freePort();
  private Optional<Process> started = Optional.empty();

  @BeforeEach
  void start() throws IOException {
    Path manifest =
        Files.writeString(
            scratch.resolve("chatty.yaml"),
            """
            apiVersion: dormouse.dev/v1alpha1
            kind: OnDemandService
            metadata: {name: chatty}
            spec:
              command: [sh, -c, 'CHATTER']
              port: 0
              path: /cable
              idleTimeout: 300ms
              minimumUptime: 0s
              shutdown: {drain: 0s}
            """
                .replace("CHATTER", CHATTER));
    var command =
        new ProcessBuilder(
                HOME.resolve("bin/dormouse").toString(),
                "run",
                "-f",
                manifest.toString(),
                "--listen",
                "127.0.0.1:" + port,
                "--admin",
                "127.0.0.1:" + adminPort,
                "--state-dir",
                scratch.resolve("state").toString())
            .redirectErrorStream(true);
    started = Optional.of(command.start());
    await().atMost(LIMIT).ignoreExceptions().until(() -> get("/readyz").startsWith("ok"));
  }

  @AfterEach
  void end() throws InterruptedException {
    dormouse().toHandle().destroyForcibly();
    dormouse().waitFor();
  }

  @Test
  void wakesStopsProbesAndTermWorkAllTheSame() throws Exception {
    Process dormouse = dormouse();
    fillThePipe();
    awaitPhase("Dormant");
    WebSocket again = open();
    assertThat(get("/livez")).isEqualTo("ok\n");
    assertThat(get("/readyz")).isEqualTo("ok\n");
    again.abort();
    awaitPhase("Dormant");
    dormouse.toHandle().destroy();
    assertThat(dormouse.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(dormouse.exitValue()).isZero();
  }

  @Test
  void onceSomebodyReadsItIsToldHowManyLinesWereDroppedAndNoneIsTorn() throws Exception {
    fillThePipe();
    awaitPhase("Dormant");
    Process dormouse = dormouse();
    try (BufferedReader log = dormouse.inputReader(UTF_8)) {
      String line;
      do {
        line = log.readLine();
        assertThat(line).matches("20\\d\\d-\\S+Z (INFO|WARN|ERROR) .*");
      } while (!line.contains("WARN log lines dropped, as nobody read them: "));
      assertThat(Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
          .isEqualTo(droppedLines());
      dormouse.toHandle().destroy();
      List<String> rest = log.lines().toList();
      assertThat(rest.getLast()).endsWith("INFO stopped");
    }
  }

  private Process dormouse() {
    return started.orElseThrow();
  }

  private void fillThePipe() {
    WebSocket socket = open();
    await().atMost(LIMIT).until(() -> droppedLines() > 0);
    socket.abort();
  }

  private WebSocket open() {
    return http.newWebSocketBuilder()
        .buildAsync(URI.create("ws://127.0.0.1:" + port + "/cable"), new WebSocket.Listener() {})
        .orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS)
        .join();
  }

  private void awaitPhase(String phase) {
    await().atMost(LIMIT).until(() -> get("/services").contains("\"phase\":\"" + phase + "\""));
  }

  private long droppedLines() {
    return get("/metrics")
        .lines()
        .filter(line -> line.startsWith("dormouse_log_dropped_lines_total "))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private String get(String path) {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + adminPort + path))
            .timeout(LIMIT)
            .build();
    try {
      return http.send(request, BodyHandlers.ofString()).body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
