package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.core.ServiceSpec.Http;
import dev.dormouse.core.ServiceSpec.Limits;
import dev.dormouse.core.ServiceSpec.Monitor;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Waiters;
import dev.dormouse.testing.FreePort;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ordinary requests on routes that take them: who answers, when, and what passes. */
final class PlainHttpIT {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  private final Rig rig = new Rig(Specs.at("/app/*").http(Http.WAKE));

  @AfterEach
  void everyTicketIsBack() {
    rig.closeWithEveryTicketBack();
    assertThat(rig.events).noneMatch(it -> it.startsWith("broke "));
  }

  private static String get(String path, String... headers) {
    return request("GET", path, headers);
  }

  static String request(String method, String path, String... headers) {
    var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: app.example\r\n");
    List.of(headers).forEach(it -> head.append(it).append("\r\n"));
    return head.append("\r\n").toString();
  }

  /** A head and the body that its length announces. */
  static String answer(Wire client) throws Exception {
    String head = client.head();
    for (String line : head.split("\r\n", -1)) {
      if (line.startsWith("Content-Length: ")) {
        return head + "\r\n\r\n" + client.text(Integer.parseInt(line.substring(16)));
      }
    }
    return head;
  }

  @Test
  void aRequestWaitsForItsServiceAndIsDemandUntilItIsAnswered() throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect().send(get("/app/a?b"))) {
      rig.awaitDemand(1, 0);
      rig.admit(upstream.endpoint());
      Wire server = upstream.wire();
      assertThat(server.head())
          .isEqualTo(
              """
              GET /app/a?b HTTP/1.1
              Host: app.example
              X-Forwarded-For: 127.0.0.1
              X-Forwarded-Host: app.example
              X-Forwarded-Proto: http\
              """
                  .replace("\n", "\r\n"));
      rig.awaitDemand(0, 1);
      server.send(OK);
      assertThat(answer(client)).isEqualTo(OK);
      rig.awaitDemand(0, 0);
      assertThat(rig.events).containsExactly("answered cable");
    }
  }

  @Test
  void bothConnectionsServeOneRequestAfterTheOther() throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(get("/app/1"));
      Wire server = upstream.wire();
      for (int i = 2; i < 10; i++) {
        server.head();
        server.send(OK);
        assertThat(answer(client)).isEqualTo(OK);
        client.send(get("/app/" + i));
      }
      assertThat(server.head()).startsWith("GET /app/9 ");
      server.send(OK);
      assertThat(answer(client)).isEqualTo(OK);
      assertThat(upstream.accepted).hasValue(1);
    }
  }

  @Test
  void requestsThatCameTogetherAreAnsweredInTheirOrder() throws Exception {
    try (Upstream upstream = Upstream.playing(PlainHttpIT::echoPath);
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      var all = new StringBuilder();
      for (int i = 0; i < 40; i++) {
        all.append(request("POST", "/app/" + i, "Content-Length: 3")).append("abc");
        all.append(get("/other"));
      }
      client.send(all.toString());
      for (int i = 0; i < 40; i++) {
        assertThat(answer(client)).endsWith("/app/" + i);
        assertThat(answer(client)).startsWith("HTTP/1.1 404 ");
      }
    }
  }

  /** Answers with what it was asked for, and how many bytes came with it. */
  private static void echoPath(Wire wire) throws IOException {
    String head = wire.head();
    wire.text(3);
    String path = head.split(" ", -1)[1];
    wire.send("HTTP/1.1 200 OK\r\nContent-Length: " + path.length() + "\r\n\r\n" + path);
  }

  @Test
  void passIsAnsweredByWhatIsAwakeAndElseByTheFallback() throws Exception {
    rig.serve(Specs.at("/app/*").http(Http.PASS));
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      client.send(get("/app/"));
      assertThat(answer(client)).startsWith("HTTP/1.1 503 ").contains("\"reason\":\"asleep\"");
      assertThat(rig.demandChanges).hasValue(0);
      rig.admit(upstream.endpoint());
      client.send(get("/app/"));
      Wire server = upstream.wire();
      server.head();
      rig.awaitDemand(0, 1);
      server.send(OK);
      assertThat(answer(client)).isEqualTo(OK);
    }
    assertThat(rig.events).containsExactly("refused cable asleep", "answered cable");
  }

  @Test
  void aMonitorIsAnsweredByWhatIsAwakeAndIsNoDemand() throws Exception {
    var monitor = new Monitor(Optional.empty(), Optional.of("probe/*"));
    rig.serve(
        Specs.at("/app/*")
            .http(Http.WAKE)
            .access(new Access(List.of(), 100, 0, List.of(), List.of(monitor))));
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      client.send(get("/app/", "User-Agent: probe/1"));
      assertThat(answer(client)).startsWith("HTTP/1.1 503 ").contains("\"reason\":\"asleep\"");
      rig.admit(upstream.endpoint());
      client.send(get("/app/", "User-Agent: probe/1"));
      Wire server = upstream.wire();
      server.head();
      assertThat(rig.gate.demand().any()).isFalse();
      assertThat(rig.gate.withdrawIfSilent(rig.gate.demand())).as("nor dozes it").isFalse();
      server.send(OK);
      assertThat(answer(client)).isEqualTo(OK);
      assertThat(rig.demandChanges).hasValue(0);
    }
  }

  @Test
  void anUpgradeOnTheSameConnectionWorksAsEver() throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(get("/app/"));
      Wire server = upstream.wire();
      server.head();
      server.send(OK);
      assertThat(answer(client)).isEqualTo(OK);
      client.send(Wire.upgrade("/app/socket"));
      Wire other = upstream.wire();
      Upstream.accept(other);
      assertThat(client.head()).startsWith("HTTP/1.1 101 ");
      rig.awaitDemand(0, 1);
      other.send("\u0081\u0002hi");
      assertThat(client.text(4)).endsWith("hi");
      client.reset();
    }
  }

  @Test
  void aBodyOfAnyLengthPassesAsItComes() throws Exception {
    byte[] body = new byte[5_000_000];
    new Random(1).nextBytes(body);
    var text = new String(body, ISO_8859_1);
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(request("PUT", "/app/x", "Content-Length: " + body.length));
      sendMuch(client, body);
      Wire server = upstream.wire();
      assertThat(server.head()).contains("Content-Length: 5000000");
      assertThat(server.socket().getInputStream().readNBytes(body.length)).isEqualTo(body);
      server.send("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n");
      sendMuch(server, ("4c4b40\r\n" + text + "\r\n0\r\nX-Sum: 1\r\nHost: x\r\n\r\n"));
      assertThat(client.head()).contains("Transfer-Encoding: chunked").contains("201 Created");
      assertThat(unchunked(client)).isEqualTo(text + "|X-Sum: 1|");
    }
  }

  /** The content of chunks, and the trailer fields behind it. */
  static String unchunked(Wire wire) throws Exception {
    var all = new StringBuilder();
    while (true) {
      int size = Integer.parseInt(line(wire), 16);
      if (size == 0) {
        break;
      }
      all.append(wire.text(size));
      assertThat(line(wire)).isEmpty();
    }
    for (String trailer = line(wire); !trailer.isEmpty(); trailer = line(wire)) {
      all.append('|').append(trailer);
    }
    return all.append('|').toString();
  }

  private static String line(Wire wire) throws Exception {
    var line = new StringBuilder();
    while (!line.toString().endsWith("\r\n")) {
      line.append((char) wire.socket().getInputStream().read());
    }
    return line.toString().strip();
  }

  @Test
  void whatIsStreamedPassesAtOnceInBothDirections() throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(request("POST", "/app/", "Transfer-Encoding: chunked"));
      Wire server = upstream.wire();
      assertThat(server.head()).contains("Transfer-Encoding: chunked");
      client.send("3;x=\"y;\"\r\none\r\n");
      assertThat(server.text(8)).isEqualTo("3\r\none\r\n");
      server.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n");
      server.send("Transfer-Encoding: chunked\r\n\r\n5\r\ndata:\r\n");
      assertThat(client.head()).contains("Transfer-Encoding: chunked");
      assertThat(client.text(10)).isEqualTo("5\r\ndata:\r\n");
      client.send("3\r\ntwo\r\n0\r\n\r\n");
      assertThat(server.text(13)).isEqualTo("3\r\ntwo\r\n0\r\n\r\n");
      rig.awaitDemand(0, 1);
      server.send("0\r\n\r\n");
      assertThat(client.rest()).isEqualTo("0\r\n\r\n");
    }
  }

  /**
   * However silent it is: a long poll waits for what the server may have to say. Nor under the
   * connection, as long as it is kept: its end would wake.
   */
  @Test
  void nothingIsPutToSleepUnderARequest() throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(get("/app/"));
      Wire server = upstream.wire();
      server.head();
      rig.awaitDemand(0, 1);
      assertThat(rig.gate.withdrawIfSilent(rig.gate.demand())).isFalse();
      assertThat(rig.gate.hasAnswered()).isFalse();
      server.send(OK);
      assertThat(answer(client)).isEqualTo(OK);
      rig.awaitDemand(0, 0);
      assertThat(rig.gate.hasAnswered()).isTrue();
      await().until(() -> rig.gate.withdrawIfSilent(rig.gate.demand()));
      server.socket().setSoTimeout(300);
      assertThat(server.socket().getInputStream().read()).as("its end came before").isEqualTo(-1);
    }
  }

  @Test
  void anEventStreamEndsWhenItsServiceIsStopped() throws Exception {
    rig.serve(Specs.at("/app/*").http(Http.WAKE).drain(Duration.ofMillis(200)));
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect();
        Wire other = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(get("/app/events"));
      Wire server = upstream.wire();
      server.head();
      server.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n");
      server.send("Transfer-Encoding: chunked\r\n\r\n3\r\n:\r\n\r\n");
      client.head();
      other.send(get("/app/page"));
      Wire page = upstream.wire();
      page.head();
      rig.gate.drain(StopReason.OUTDATED);
      assertThat(client.rest()).isEqualTo("3\r\n:\r\n\r\n0\r\n\r\n");
      page.send(OK);
      assertThat(other.rest()).contains("Connection: close").endsWith("ok");
    }
  }

  @Test
  void aClientThatDoesNotGoOnWithItsBodyIsGivenUp() throws Exception {
    rig.serve(
        Specs.at("/app/*")
            .http(Http.WAKE)
            .limits(new Limits(Long.MAX_VALUE, Duration.ofMillis(400))));
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(request("POST", "/app/", "Content-Length: 5") + "ab");
      upstream.wire().head();
      assertThat(client.rest()).startsWith("HTTP/1.1 408 ").contains("body-timeout");
    }
    assertThat(rig.events).containsExactly("refused cable body-timeout");
  }

  @Test
  void aClientThatLeavesEndsItsRequestInEveryState() throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {})) {
      try (Wire _ = rig.connect().send(get("/app/"))) {
        rig.awaitDemand(1, 0);
      }
      rig.awaitDemand(0, 0);
      rig.admit(upstream.endpoint());
      try (Wire _ = rig.connect().send(get("/app/"))) {
        rig.awaitDemand(0, 1);
        upstream.wire().head();
      }
      rig.awaitDemand(0, 0);
      assertThat(rig.events).containsExactly("left cable", "cut cable client-left");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "OPTIONS"})
  void whatIsSafeIsSentAgainIfTheServerHangsUpFirst(String method) throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(request(method, "/app/"));
      upstream.wire().close();
      Wire second = upstream.wire();
      assertThat(second.head()).startsWith(method + " ");
      second.send("HTTP/1.1 204 No Content\r\n\r\n");
      assertThat(client.head()).startsWith("HTTP/1.1 204 ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH"})
  void whatMayHaveHappenedIsNotSentAgain(String method) throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(request(method, "/app/", "Content-Length: 2") + "ab");
      Wire server = upstream.wire();
      server.head();
      server.text(2);
      server.close();
      assertThat(answer(client)).startsWith("HTTP/1.1 502 ").contains("no-answer");
      assertThat(upstream.accepted).hasValue(1);
    }
  }

  @Test
  void aHeldRequestIsRefusedWithTheFallbackAndItsConnectionStays() throws Exception {
    try (Wire client = rig.connect().send(get("/app/"))) {
      rig.awaitDemand(1, 0);
      rig.gate.apply(new Waiters.Refuse(Refusal.of(Refusal.Reason.START_FAILED, "no")));
      assertThat(answer(client)).startsWith("HTTP/1.1 503 ").contains("start-failed");
      client.send(get("/app/"));
      rig.awaitDemand(1, 0);
    }
  }

  @Test
  void anAddressThatRefusesIsDialledUntilItAccepts() throws Exception {
    int port = FreePort.any();
    try (Wire client = rig.connect().send(get("/app/"))) {
      rig.awaitDemand(1, 0);
      rig.admit(new Endpoint("127.0.0.1", port));
      try (Upstream upstream = Upstream.playing(port, wire -> {})) {
        Wire server = upstream.wire();
        server.head();
        server.send(OK);
        assertThat(answer(client)).isEqualTo(OK);
      }
    }
  }

  @Test
  void anEarlyAnswerToARequestThatGoesOnReachesItsClient() throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(request("POST", "/app/", "Content-Length: 100000") + "abc");
      Wire server = upstream.wire();
      server.head();
      server.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
      assertThat(client.rest()).contains("413 Too Large", "Connection: close").endsWith("no");
    }
  }

  @Test
  void interimAnswersPassAndTheBodyFollowsWhenItIsAskedFor() throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(request("POST", "/app/", "Content-Length: 2", "Expect: 100-continue"));
      Wire server = upstream.wire();
      assertThat(server.head()).contains("Expect: 100-continue");
      server.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
      assertThat(client.head()).isEqualTo("HTTP/1.1 103 Early Hints\r\nLink: </a>");
      assertThat(client.head()).isEqualTo("HTTP/1.1 100 Continue");
      client.send("ab");
      assertThat(server.text(2)).isEqualTo("ab");
      server.send(OK);
      assertThat(answer(client)).isEqualTo(OK);
    }
  }

  @Test
  void answersWithoutABodyKeepTheConnection() throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(request("HEAD", "/app/"));
      Wire server = upstream.wire();
      server.head();
      server.send("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n");
      assertThat(client.head()).isEqualTo("HTTP/1.1 200 OK\r\nContent-Length: 7");
      client.send(get("/app/"));
      server.head();
      server.send("HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 7\r\n\r\n");
      assertThat(client.head())
          .isEqualTo("HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 7");
      client.send(get("/app/"));
      server.head();
      server.send(OK);
      assertThat(answer(client)).isEqualTo(OK);
      assertThat(upstream.accepted).hasValue(1);
    }
  }

  /** RFC 9112, 9.3: without keep-alive it is over after the answer. */
  @Test
  void aClientOfHttp10IsServedAsItCan() throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send("GET /app/ HTTP/1.0\r\n\r\n");
      Wire server = upstream.wire();
      assertThat(server.head())
          .startsWith("GET /app/ HTTP/1.1\r\nHost: " + upstream.endpoint() + "\r\n");
      server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
      assertThat(client.rest()).isEqualTo("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok");
    }
  }

  @Test
  void fieldsOfOneConnectionAreNotHandedOn() throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(
          get("/app/", "Connection: X-Hop, keep-alive", "X-Hop: 1", "TE: trailers", "A: b"));
      Wire server = upstream.wire();
      assertThat(server.head()).contains("A: b").doesNotContain("X-Hop", "TE:", "Connection");
      server.send("HTTP/1.1 200 OK\r\nConnection: X-Own\r\nX-Own: 1\r\nKeep-Alive: 1\r\nB: c\r\n");
      server.send("Content-Length: 0\r\n\r\n");
      assertThat(client.head()).isEqualTo("HTTP/1.1 200 OK\r\nB: c\r\nContent-Length: 0");
    }
  }

  @Test
  void noMoreWaitThanMay() throws Exception {
    rig.serve(Specs.at("/app/*").http(Http.WAKE).maxWaiting(3));
    List<Wire> held = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      held.add(rig.connect().send(get("/app/")));
    }
    rig.awaitDemand(3, 0);
    try (Wire client = rig.connect().send(get("/app/"))) {
      assertThat(answer(client)).startsWith("HTTP/1.1 503 ").contains("\"full\"");
    }
    for (Wire it : held) {
      it.close();
    }
  }

  /** What a server sends by itself is nobody's answer. */
  @Test
  void anIdleConnectionThatSpeaksIsClosed() throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(get("/app/"));
      Wire server = upstream.wire();
      server.head();
      server.send(OK);
      assertThat(answer(client)).isEqualTo(OK);
      server.send(OK);
      server.awaitEnd();
      client.send(get("/app/"));
      Wire second = upstream.wire();
      second.head();
      second.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew");
      assertThat(answer(client)).endsWith("new");
    }
  }

  @Test
  void whatIsNotReadStopsWhatIsSent() throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(get("/app/"));
      Wire server = upstream.wire();
      server.head();
      server.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
      client.head();
      Thread sending = sendMuch(server, new byte[100_000_000]);
      await()
          .during(Duration.ofMillis(300))
          .until(() -> rig.budget.usedBytes() > 10_000 && rig.budget.usedBytes() < 2_000_000);
      assertThat(sending.isAlive()).isTrue();
      client.reset();
      sending.join();
    }
  }

  private static Thread sendMuch(Wire wire, String text) {
    return sendMuch(wire, text.getBytes(ISO_8859_1));
  }

  private static Thread sendMuch(Wire wire, byte[] bytes) {
    return Thread.ofVirtual()
        .start(
            () -> {
              try {
                wire.send(bytes);
              } catch (IOException _) {
                // The other end has left.
              }
            });
  }
}
