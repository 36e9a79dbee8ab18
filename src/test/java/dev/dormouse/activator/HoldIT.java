package dev.dormouse.activator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.budget.Account;
import dev.dormouse.budget.Budget.Kind;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.Refusal.Reason;
import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.core.ServiceSpec.Fallback;
import dev.dormouse.core.Waiters;
import dev.dormouse.testing.FreePort;
import dev.dormouse.testing.Specs;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** From the upgrade to its answer: promises 2, 4 and 7, D22 and D40. */
final class HoldIT {
  private final Rig rig = new Rig(Specs.at("/cable"));

  @AfterEach
  void everyTicketIsBack() {
    rig.closeWithEveryTicketBack();
  }

  @Test
  void withholdsThe101UntilTheGateAdmits() throws Exception {
    try (Upstream upstream = Upstream.accepting();
        Wire client = rig.held()) {
      assertThat(upstream.accepted).hasValue(0);
      rig.admit(upstream.endpoint());
      assertThat(client.head()).startsWith("HTTP/1.1 101 ");
      rig.awaitDemand(0, 1);
      upstream.wire().close();
      assertThat(client.rest()).isEmpty();
      client.socket().shutdownOutput();
      rig.awaitDemand(0, 0);
      assertThat(rig.events).containsExactly("opened cable", "closed cable");
    }
  }

  /** Fly connects as soon as somebody listens; that nobody knows a route yet is no 404. */
  @Test
  void whoComesBeforeTheServicesAreKnownWaitsForThem() throws Exception {
    try (Rig starting = new Rig(ActivatorSettings.of("127.0.0.1", 0));
        Upstream upstream = Upstream.accepting();
        Wire client = starting.connect().send(Wire.upgrade("/cable"));
        Wire other = starting.connect()) {
      await().until(() -> starting.activator.connections() == 2);
      client.socket().setSoTimeout(200);
      assertThatThrownBy(client::head).isInstanceOf(SocketTimeoutException.class);
      client.socket().setSoTimeout(10_000);
      starting.serve(Specs.at("/cable"));
      starting.awaitDemand(1, 0);
      starting.admit(upstream.endpoint());
      assertThat(client.head()).startsWith("HTTP/1.1 101 ");
      assertThat(other.send(Wire.upgrade("/cable")).head()).startsWith("HTTP/1.1 101 ");
      assertThat(starting.events).containsExactly("opened cable", "opened cable");
    }
  }

  @Test
  void dialsAtOnceWhenTheGateIsOpen() throws Exception {
    try (Upstream upstream = Upstream.accepting();
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(Wire.upgrade("/cable"));
      assertThat(client.head()).startsWith("HTTP/1.1 101 ");
    }
  }

  @Test
  void admitsAClientWithoutAnOriginWhichIsNoBrowser() throws Exception {
    try (Upstream upstream = Upstream.accepting();
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(Wire.upgrade("/cable").replaceAll("Origin: [^\\r]*\\r\\n", ""));
      assertThat(client.head()).startsWith("HTTP/1.1 101 ");
    }
  }

  @Test
  void keepsDialingUntilTheWorkloadListens() throws Exception {
    Endpoint closed = unusedEndpoint();
    try (Wire client = rig.held()) {
      rig.admit(closed);
      await().during(Duration.ofMillis(100)).until(() -> rig.gate.demand().waiting() == 1);
      try (Upstream _ = Upstream.playing(closed.port(), Upstream::accept)) {
        assertThat(client.head()).startsWith("HTTP/1.1 101 ");
      }
    }
  }

  @Test
  void letsTwoHundredHeldUpgradesThroughAtOnce() throws Exception {
    Endpoint closed = unusedEndpoint();
    List<Wire> clients = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      clients.add(rig.connect().send(Wire.upgrade("/cable")));
    }
    rig.awaitDemand(200, 0);
    rig.admit(closed);
    await().during(Duration.ofMillis(50)).until(() -> rig.gate.demand().waiting() == 200);
    try (Upstream upstream = Upstream.playing(closed.port(), Upstream::accept)) {
      for (Wire client : clients) {
        assertThat(client.head()).startsWith("HTTP/1.1 101 ");
      }
      rig.awaitDemand(0, 200);
      assertThat(upstream.accepted).hasValue(200);
      for (Wire client : clients) {
        client.close();
      }
    }
  }

  @Test
  void waitsForTheNextAddressWhenOneIsWithdrawn() throws Exception {
    Endpoint dead = unusedEndpoint();
    try (Upstream upstream = Upstream.accepting();
        Wire client = rig.held()) {
      rig.admit(dead);
      await().during(Duration.ofMillis(30)).until(() -> rig.gate.demand().waiting() == 1);
      rig.gate.withdraw();
      await().during(Duration.ofMillis(30)).until(() -> rig.gate.demand().waiting() == 1);
      rig.admit(upstream.endpoint());
      assertThat(client.head()).startsWith("HTTP/1.1 101 ");
    }
  }

  @Test
  void dialsTheSameAddressAgainAfterItWasWithdrawn() throws Exception {
    Endpoint dead = unusedEndpoint();
    try (Wire client = rig.held()) {
      rig.admit(dead);
      await().during(Duration.ofMillis(30)).until(() -> rig.gate.demand().waiting() == 1);
      rig.gate.withdraw();
      await().during(Duration.ofMillis(30)).until(() -> rig.gate.demand().waiting() == 1);
      try (Upstream _ = Upstream.playing(dead.port(), Upstream::accept)) {
        rig.admit(dead);
        assertThat(client.head()).startsWith("HTTP/1.1 101 ");
      }
    }
  }

  @Test
  void turnsToTheNewAddressInTheMiddleOfAHandshake() throws Exception {
    try (Upstream deaf = Upstream.playing(Wire::head);
        Upstream upstream = Upstream.accepting();
        Wire client = rig.held()) {
      rig.admit(deaf.endpoint());
      Wire abandoned = deaf.wire();
      rig.admit(upstream.endpoint());
      assertThat(client.head()).startsWith("HTTP/1.1 101 ");
      assertThat(abandoned.rest()).isEmpty();
    }
  }

  @Test
  @Tag("D22")
  void aClientThatLeavesGivesItsTicketBack() throws Exception {
    Wire polite = rig.held();
    Wire rude = rig.held();
    polite.close();
    rig.awaitDemand(1, 0);
    rude.reset();
    rig.awaitDemand(0, 0);
    assertThat(rig.events).containsExactly("left cable", "left cable");
  }

  @Test
  void aClientThatLeavesDuringTheHandshakeGivesItsTicketBack() throws Exception {
    try (Upstream deaf = Upstream.playing(Wire::head)) {
      Wire client = rig.held();
      rig.admit(deaf.endpoint());
      Wire upstream = deaf.wire();
      client.close();
      rig.awaitDemand(0, 0);
      assertThat(upstream.rest()).isEmpty();
    }
  }

  @Test
  @Tag("D22")
  void refusesMoreThanMayWait() throws Exception {
    rig.serve(
        Specs.at("/cable")
            .hold(Duration.ofSeconds(15))
            .maxWaiting(1)
            .handshake(Duration.ofSeconds(1)));
    try (Wire first = rig.held();
        Wire second = rig.connect().send(Wire.upgrade("/cable"))) {
      assertThat(second.head()).startsWith("HTTP/1.1 503 ").contains("Retry-After: 5");
      assertThat(second.rest()).contains("\"reason\":\"full\"");
      assertThat(first.socket().isConnected()).isTrue();
      assertThat(rig.gate.demand().waiting()).isEqualTo(1);
    }
  }

  @Test
  @Tag("D22")
  void refusesMoreThanMayBeConnected() throws Exception {
    rig.serve(Specs.at("/cable").access(new Access(List.of(), 1, 0, List.of())));
    try (Upstream upstream = Upstream.accepting();
        Wire first = rig.held()) {
      rig.admit(upstream.endpoint());
      first.head();
      try (Wire second = rig.connect().send(Wire.upgrade("/cable"))) {
        assertThat(second.head()).startsWith("HTTP/1.1 503 ");
        assertThat(second.rest()).contains("\"reason\":\"full\"");
      }
    }
  }

  @Test
  void answersWhenTheHoldEnds() throws Exception {
    rig.serve(Specs.at("/cable").hold(Duration.ofMillis(150)));
    try (Wire client = rig.held()) {
      assertThat(client.head())
          .startsWith("HTTP/1.1 503 ")
          .contains("Retry-After: 5")
          .contains("Content-Type: application/problem+json")
          .contains("Connection: close");
      assertThat(client.rest())
          .isEqualTo(
              "{\"type\":\"tag:dormouse.dev,2026:held-too-long\",\"title\":\"Service Unavailable\","
                  + "\"status\":503,\"detail\":\"The service was not ready in time.\","
                  + "\"service\":\"default/cable\",\"reason\":\"held-too-long\"}");
      assertThat(rig.gate.demand().waiting()).isZero();
      assertThat(rig.events).containsExactly("refused cable held-too-long");
    }
  }

  @Test
  void theHoldEndsEvenWhileAnAddressRefuses() throws Exception {
    rig.serve(Specs.at("/cable").hold(Duration.ofMillis(150)));
    rig.admit(unusedEndpoint());
    try (Wire client = rig.connect().send(Wire.upgrade("/cable"))) {
      assertThat(client.head()).startsWith("HTTP/1.1 503 ");
    }
  }

  @Test
  void passesTheGatesReasonOn() throws Exception {
    Instant retryAt = Instant.parse("2999-01-01T00:00:00Z");
    try (Wire client = rig.held()) {
      rig.gate.apply(
          new Waiters.Refuse(
              new Refusal(Reason.START_FAILED, "It said \"no\"\n", Optional.of(retryAt))));
      assertThat(client.head()).startsWith("HTTP/1.1 503 ");
      assertThat(client.rest())
          .contains("\"reason\":\"start-failed\"")
          .contains("\"detail\":\"It said \\\"no\\\" \"")
          .contains("\"retryAt\":\"2999-01-01T00:00:00Z\"");
      assertThat(rig.events).containsExactly("refused cable start-failed");
    }
  }

  @Test
  void usesTheDeclaredFallback() throws Exception {
    rig.serve(
        Specs.at("/cable")
            .hold(Duration.ofMillis(50))
            .fallback(
                new Fallback(429, Duration.ofMillis(1500), Optional.of("<p>Sp\u00e4ter</p>"))));
    try (Wire client = rig.connect().send(Wire.upgrade("/cable"))) {
      assertThat(client.head())
          .startsWith("HTTP/1.1 429 ")
          .contains("Retry-After: 2")
          .contains("text/html; charset=utf-8");
      assertThat(client.rest()).hasSize(14);
    }
  }

  @Test
  void refusesBytesThatComeBeforeThe101() throws Exception {
    try (Upstream upstream = Upstream.playing(Wire::head);
        Wire early = rig.connect().send(Wire.upgrade("/cable") + "GET / HTTP/1.1\r\n\r\n");
        Wire later = rig.held()) {
      assertThat(early.head()).startsWith("HTTP/1.1 400 ");
      assertThat(early.rest()).contains("early-bytes");
      rig.admit(upstream.endpoint());
      Wire side = upstream.wire();
      later.send("\u0081");
      assertThat(later.head()).startsWith("HTTP/1.1 400 ");
      rig.awaitDemand(0, 0);
      assertThat(side.rest()).isEmpty();
      assertThat(rig.events)
          .containsExactly("refused cable early-bytes", "refused cable early-bytes");
    }
  }

  @Test
  void anEarlyByteInTheSamePacketWakesNobody() throws Exception {
    try (Wire early = rig.connect().send(Wire.upgrade("/cable") + "x")) {
      assertThat(early.head()).startsWith("HTTP/1.1 400 ");
      assertThat(rig.demandChanges).hasValue(0);
    }
  }

  @Test
  void aHeadMayComeByteByByte() throws Exception {
    try (Upstream upstream = Upstream.accepting();
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      for (char c : Wire.upgrade("/cable").toCharArray()) {
        client.send(String.valueOf(c));
      }
      assertThat(client.head()).startsWith("HTTP/1.1 101 ");
    }
  }

  @Test
  @Tag("D40")
  void relaysTheWorkloadsOwnRefusal() throws Exception {
    String chunked =
        """
        HTTP/1.1 404 Nope
        Transfer-Encoding: chunked
        X-CASE: a
        Connection: x-hop
        X-Hop: 1
        Keep-Alive: 5

        4
        Page
        5
         gone
        0

        """
            .replace("\n", "\r\n");
    assertRelayed(chunked, false, "HTTP/1.1 404 Nope", "4\r\nPage\r\n5\r\n gone\r\n0\r\n\r\n");
    assertRelayed(
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", false, "HTTP/1.1 403", "no");
    assertRelayed(
        "HTTP/1.1 401 Unauthorized\r\n\r\nuntil the end", true, "HTTP/1.1 401", "until the end");
    assertRelayed("HTTP/1.1 204 No Content\r\n\r\n", false, "HTTP/1.1 204", "");
    assertRelayed(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
        false,
        "HTTP/1.1 500 Oh",
        "");
    assertRelayed(
        "HTTP/1.1 400 Bad\r\nContent-Length: 100000\r\n\r\n" + "x".repeat(100_000),
        false,
        "HTTP/1.1 400 Bad",
        "x".repeat(100_000));
    assertThat(rig.events).allMatch("refused cable upstream-refused"::equals);
  }

  private void assertRelayed(String answer, boolean eof, String status, String body)
      throws Exception {
    try (Upstream upstream =
            Upstream.playing(
                wire -> {
                  wire.head();
                  wire.send(answer);
                  if (eof) {
                    wire.socket().shutdownOutput();
                  }
                });
        Wire client = rig.held()) {
      rig.admit(upstream.endpoint());
      String head = client.head();
      assertThat(head).startsWith(status).contains("Connection: close");
      assertThat(head).doesNotContain("X-Hop", "Keep-Alive");
      if (answer.contains("X-CASE")) {
        assertThat(head).contains("X-CASE: a").contains("Transfer-Encoding: chunked");
      }
      assertThat(client.rest()).isEqualTo(body);
      rig.awaitDemand(0, 0);
      rig.gate.withdraw();
    }
  }

  @Test
  void refusesAnAnswerThatIsNoHandshake() throws Exception {
    for (String answer :
        List.of(
            Upstream.switching().replace(Wire.ACCEPT, "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
            "SSH-2.0-OpenSSH_9\r\n\r\n",
            "HTTP/1.1 401 No\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nno",
            "HTTP/1.1 000 Nothing\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 099 Nothing\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 600 Nothing\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 404 Not Fou")) {
      try (Upstream upstream =
              Upstream.playing(
                  wire -> {
                    wire.head();
                    wire.send(answer);
                    wire.socket().shutdownOutput();
                  });
          Wire client = rig.held()) {
        rig.admit(upstream.endpoint());
        assertThat(client.head()).startsWith("HTTP/1.1 502 ").contains("Retry-After");
        assertThat(client.rest()).contains("bad-gateway");
        rig.awaitDemand(0, 0);
        rig.gate.withdraw();
      }
    }
  }

  @Test
  void triesOnceMoreWhenTheWorkloadDiesInTheHandshake() throws Exception {
    AtomicInteger visits = new AtomicInteger();
    try (Upstream upstream =
            Upstream.playing(
                wire -> {
                  wire.head();
                  if (visits.incrementAndGet() == 1) {
                    wire.reset();
                  } else {
                    wire.send(Upstream.switching());
                  }
                });
        Wire client = rig.held()) {
      rig.admit(upstream.endpoint());
      assertThat(client.head()).startsWith("HTTP/1.1 101 ");
      assertThat(visits).hasValue(2);
    }
  }

  @Test
  @Tag("D26")
  void givesADeafWorkloadUntilTheHandshakeTimeout() throws Exception {
    rig.serve(
        Specs.at("/cable")
            .hold(Duration.ofSeconds(15))
            .maxWaiting(9)
            .handshake(Duration.ofMillis(150)));
    try (Upstream deaf = Upstream.playing(Wire::head);
        Wire client = rig.held()) {
      rig.admit(deaf.endpoint());
      assertThat(client.head()).startsWith("HTTP/1.1 504 ").contains("Retry-After: 5");
      assertThat(client.rest()).contains("handshake-timeout");
      assertThat(deaf.wire().rest()).isEmpty();
    }
  }

  /** An alert, as OpenSSL sends it to who speaks HTTP. */
  @Test
  void saysThatAServerSpeaksTls() throws Exception {
    byte[] alert = {0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46};
    try (Upstream tls =
            Upstream.playing(
                wire -> {
                  wire.head();
                  wire.send(alert);
                });
        Wire client = rig.held()) {
      rig.admit(tls.endpoint());
      assertThat(client.head()).startsWith("HTTP/1.1 502 ");
      assertThat(client.rest()).contains("answers-with-tls");
      await().until(() -> rig.events.contains("broken cable DEAF"));
    }
  }

  @Test
  void aTicketThatTheGateClosedOpensNoTunnel() throws Exception {
    try (Upstream upstream =
            Upstream.playing(
                wire -> {
                  wire.head();
                  rig.gate.apply(
                      new Waiters.Refuse(Refusal.of(Reason.DISABLED, "Somebody disabled it.")));
                  wire.send(Upstream.switching());
                });
        Wire client = rig.held()) {
      rig.admit(upstream.endpoint());
      assertThat(client.head()).startsWith("HTTP/1.1 503 ");
      assertThat(client.rest()).contains("\"reason\":\"disabled\"");
      upstream.wire().awaitEnd();
    }
  }

  @Test
  void aTicketThatTheGateHasJustClosedOpensNoTunnelEither() {
    var client = new EmbeddedChannel();
    var upstream = new EmbeddedChannel();
    var request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/cable");
    RouteTable.Hit hit = rig.activator.routes().match("", "/cable").orElseThrow();
    Account account = rig.budget.open(Kind.HELD, 1, () -> {}).orElseThrow();
    var held = new HeldUpgrade(rig.activator, client, account, request, hit);
    client.pipeline().addLast(held);
    held.enter();
    rig.gate.apply(new Waiters.Refuse(Refusal.of(Reason.DISABLED, "The signal is on its way.")));

    held.open(
        new UpstreamHandshake(held, new Endpoint("127.0.0.1", 1)),
        upstream,
        new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS));

    assertThat(upstream.isOpen()).isFalse();
    assertThat(client.outboundMessages()).isEmpty();
    assertThat(rig.events).isEmpty();
  }

  @Test
  void closingTheActivatorClosesHeldUpgradesAndTunnels() throws Exception {
    try (Upstream upstream = Upstream.accepting();
        Wire open = rig.held()) {
      rig.admit(upstream.endpoint());
      open.head();
      rig.gate.withdraw();
      try (Wire waiting = rig.held()) {
        rig.activator.close();
        assertThat(waiting.rest()).isEmpty();
        assertThat(open.rest()).isEmpty();
        rig.awaitDemand(0, 0);
      }
    }
  }

  private static Endpoint unusedEndpoint() {
    return new Endpoint("127.0.0.1", FreePort.any());
  }
}
