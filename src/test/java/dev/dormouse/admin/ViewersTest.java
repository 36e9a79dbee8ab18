package dev.dormouse.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dormouse.core.Phase;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Those who follow the services live. */
@Timeout(60)
class ViewersTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  private final AdminPort port = new AdminPort();

  @AfterEach
  void close() {
    port.close();
  }

  @Test
  void followsAChangeWithinASecondAndLooksForNobodyAfterwards() throws Exception {
    port.views.add(Views.asleep("cable", NOW));
    var response = port.client.send(port.request("/events").build(), BodyHandlers.ofInputStream());
    assertThat(response.headers().firstValue("content-type")).hasValue("text/event-stream");
    try (InputStream events = response.body()) {
      assertThat(next(events).at("/0/phase").textValue()).isEqualTo("Dormant");
      port.views.set(0, Views.awake("cable", 5, NOW));
      port.metrics.passed(
          port.views.get(0).id(), Passes.at(Phase.DORMANT), Passes.keep(), Passes.at(Phase.ACTIVE));
      JsonNode then = next(events);
      assertThat(then.at("/0/phase").textValue()).isEqualTo("Active");
      assertThat(then.at("/0/connections").intValue()).isEqualTo(5);
      port.views.set(0, Views.awake("cable", 6, NOW));
      assertThat(next(events).at("/0/connections").intValue()).isEqualTo(6);
    }
    int seen = settled();
    port.metrics.passed(
        port.views.get(0).id(), Passes.at(Phase.DORMANT), Passes.keep(), Passes.at(Phase.ACTIVE));
    await().during(Duration.ofMillis(1500)).until(() -> port.looks.get() == seen);
  }

  @Test
  void sendsNothingNewWhileNothingChangesButEverySecondWhileACountdownRuns() throws Exception {
    port.views.add(Views.asleep("cable", NOW));
    try (InputStream events = follow()) {
      next(events);
      int before = port.looks.get();
      await().until(() -> port.looks.get() >= before + 3);
      port.views.set(0, Views.idle("cable", NOW, NOW.plusSeconds(900)));
      assertThat(next(events).at("/0/phase").textValue()).as("no repetition").isEqualTo("Active");
      next(events);
      next(events);
    }
  }

  @Test
  void seatsABoundedNumberOfViewersAndFreesASeatThatIsLeft() throws Exception {
    var streams = new ArrayList<InputStream>();
    for (int i = 0; i < Viewers.MAX; i++) {
      streams.add(follow());
    }
    assertThat(port.get("/events").statusCode()).isEqualTo(503);
    streams.removeLast().close();
    await()
        .atMost(Duration.ofSeconds(5))
        .until(
            () -> {
              var again =
                  port.client.send(port.request("/events").build(), BodyHandlers.ofInputStream());
              streams.add(again.body());
              return again.statusCode() == 200;
            });
    for (InputStream stream : streams) {
      stream.close();
    }
  }

  @Test
  void dropsAViewerWhoDoesNotRead() throws Exception {
    var big = List.of("x".repeat(4_000_000));
    port.views.add(Views.failed("cable", NOW, big));
    try (var socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port.server.port()));
      socket
          .getOutputStream()
          .write("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(UTF_8));
      await().atMost(Duration.ofSeconds(5)).until(() -> port.looks.get() > 1);
      int seen = port.looks.get();
      await().atMost(Duration.ofSeconds(15)).until(() -> port.looks.get() > seen + 2);
      await().atMost(Duration.ofSeconds(20)).until(() -> quietFor(Duration.ofMillis(1600)));
      long received = socket.getInputStream().skip(Long.MAX_VALUE >> 1);
      assertThat(received).isLessThan(4_000_000L);
    }
  }

  private boolean quietFor(Duration while_) {
    int before = port.looks.get();
    await().pollDelay(while_).until(() -> true);
    return port.looks.get() == before;
  }

  /** The number of looks once the last viewer's leaving has been noticed. */
  private int settled() {
    await().atMost(Duration.ofSeconds(10)).until(() -> quietFor(Duration.ofMillis(1500)));
    return port.looks.get();
  }

  private InputStream follow() throws Exception {
    var response = port.client.send(port.request("/events").build(), BodyHandlers.ofInputStream());
    assertThat(response.statusCode()).isEqualTo(200);
    return response.body();
  }

  /** The services of the next event; reads bytewise, so that nothing after it is lost. */
  private static JsonNode next(InputStream events) throws IOException {
    while (true) {
      var line = new java.io.ByteArrayOutputStream();
      for (int b = events.read(); b != '\n'; b = events.read()) {
        if (b < 0) {
          throw new IOException("the stream ended");
        }
        line.write(b);
      }
      if (line.toString(UTF_8).startsWith("data: [")) {
        return new ObjectMapper().readTree(line.toString(UTF_8).substring("data: ".length()));
      }
    }
  }
}
