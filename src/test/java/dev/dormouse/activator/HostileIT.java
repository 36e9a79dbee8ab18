package dev.dormouse.activator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.core.Refusal;
import dev.dormouse.core.Refusal.Reason;
import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.core.ServiceSpec.Fallback;
import dev.dormouse.core.ServiceStatus;
import dev.dormouse.core.Waiters;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** D20, D21, D22: input that wants to be misunderstood, and clients that do not behave. */
final class HostileIT {
  private static final Duration SHORT = Duration.ofMillis(250);
  private static final Duration LONG = Duration.ofSeconds(10);
  private static final String CL = "Content-Length: 4";
  private static final String TE = "Transfer-Encoding: chunked";

  private final Rig rig = new Rig(Specs.at("/cable"));

  @AfterEach
  void everyTicketIsBack() {
    rig.closeWithEveryTicketBack();
  }

  /** Shapes that two parsers may read in two ways, in the head of an otherwise valid upgrade. */
  static Map<String, String> smuggling() {
    Map<String, String> shapes = new TreeMap<>();
    String bare = Wire.upgrade("/cable");
    shapes.put("CL and TE", Wire.upgrade("/cable", CL, TE) + "0\r\n\r\n");
    shapes.put("TE and CL", Wire.upgrade("/cable", TE, CL) + "0\r\n\r\n");
    shapes.put("TE twice", Wire.upgrade("/cable", TE, "Transfer-Encoding: x") + "0\r\n\r\n");
    shapes.put("TE obscured", Wire.upgrade("/cable", "Transfer-Encoding: \u000bchunked"));
    shapes.put("TE with a space", Wire.upgrade("/cable", "Transfer-Encoding : chunked"));
    shapes.put("chunked upgrade", Wire.upgrade("/cable", TE) + "1\r\nx\r\n0\r\n\r\n");
    shapes.put("CL twice", Wire.upgrade("/cable", "Content-Length: 0", "Content-Length: 3"));
    shapes.put("CL signed", Wire.upgrade("/cable", "Content-Length: +0"));
    shapes.put("CL list", Wire.upgrade("/cable", "Content-Length: 0, 5"));
    shapes.put("CL huge", Wire.upgrade("/cable", "Content-Length: 99999999999999999999"));
    shapes.put("LF only", bare.replace("\r\n", "\n"));
    shapes.put("one LF only", bare.replace("Upgrade: WebSocket\r\n", "Upgrade: WebSocket\n"));
    shapes.put("CR only", bare.replace("Upgrade: WebSocket\r\n", "Upgrade: WebSocket\r"));
    shapes.put("CR in a value", Wire.upgrade("/cable", "X-A: a\rX-B: b"));
    shapes.put("folded", Wire.upgrade("/cable", "X-A: a", " b: c"));
    shapes.put("folded with a tab", Wire.upgrade("/cable", "X-A: a", "\tb"));
    shapes.put("folded first", bare.replace("Host:", " Host:"));
    shapes.put("space before colon", bare.replace("Host:", "Host :"));
    shapes.put("no colon", Wire.upgrade("/cable", "X-A"));
    shapes.put("no name", Wire.upgrade("/cable", ": x"));
    shapes.put("NUL in a value", Wire.upgrade("/cable", "X-A: a\0b"));
    shapes.put("NUL in a name", Wire.upgrade("/cable", "X\0A: b"));
    shapes.put("NUL in the line", bare.replace("/cable", "/cable\0"));
    shapes.put("DEL in a value", Wire.upgrade("/cable", "X-A: a\u007fb"));
    shapes.put("high byte in a name", Wire.upgrade("/cable", "X\u00e9: b"));
    shapes.put("high byte in the line", bare.replace("/cable", "/cable?\u00e9"));
    shapes.put("tab in the line", bare.replace("GET /cable", "GET\t/cable"));
    shapes.put("space first", " " + bare);
    shapes.put("two hosts", Wire.upgrade("/cable", "Host: evil.example"));
    shapes.put("odd host", bare.replace("cable.example", "cable.example/x@y"));
    shapes.put("fragment", bare.replace("/cable", "/cable?a#b"));
    shapes.put("HTTP 1.0", bare.replace("HTTP/1.1", "HTTP/1.0"));
    shapes.put("HTTP 2.0", bare.replace("HTTP/1.1", "HTTP/2.0"));
    shapes.put("two versions", bare.replace("HTTP/1.1", "HTTP/1.1 HTTP/1.1"));
    shapes.put("lower-case get", bare.replace("GET ", "get "));
    shapes.put("CONNECT", bare.replace("GET ", "CONNECT "));
    return shapes;
  }

  static List<String> smugglingNames() {
    return List.copyOf(smuggling().keySet());
  }

  @ParameterizedTest
  @MethodSource("smugglingNames")
  @Tag("D21")
  void refusesWhatCanBeReadInTwoWays(String shape) throws Exception {
    try (Upstream upstream = Upstream.accepting();
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(smuggling().getOrDefault(shape, ""));
      assertThat(client.head())
          .startsWith("HTTP/1.1 400 ")
          .containsIgnoringCase("connection: close");
      assertThat(client.rest()).startsWith("{").endsWith("}");
      assertThat(rig.events).hasSize(1);
      assertThat(rig.demandChanges).as("changes of the demand").hasValue(0);
      assertThat(upstream.accepted).hasValue(0);
    }
  }

  /** Not an upgrade, or not for us: answered, and never the beginning of two requests. */
  @ParameterizedTest
  @CsvSource({
    "'POST /cable HTTP/1.1|Host: h|Content-Length: 4|Transfer-Encoding: chunked||0||GET /cable', 4",
    "'POST /cable HTTP/1.1|Host: h|Transfer-Encoding: chunked|Transfer-Encoding: x||0||', 4",
    "'POST /_broadcast HTTP/1.1|Host: h|Content-Length: 9||GET /cable', 4",
    "'GET http://h/cable HTTP/1.1|Host: h|Upgrade: websocket|Connection: upgrade||', 4",
    "'CONNECT h:443 HTTP/1.1|Host: h||', 4",
    "'CONNECT h:443 HTTP/1.1|Host: h|Upgrade: websocket||', 4",
    "'OPTIONS * HTTP/1.1|Host: h||', 4",
    "'PRI * HTTP/2.0||SM||', 4",
    "'GET /cable HTTP/1.1|Host: h|Connection: Upgrade, HTTP2-Settings|Upgrade: h2c||', 426"
  })
  @Tag("D20")
  void answersAndHangsUpOrStaysInStep(String text, String status) throws Exception {
    try (Wire client = rig.connect()) {
      client.send(text.replace("|", "\r\n"));
      assertThat(client.head()).containsPattern("^HTTP/1\\.[01] " + status);
      client.socket().shutdownOutput();
      assertThat(client.rest().split("HTTP/1\\.", -1)).hasSizeLessThanOrEqualTo(2);
      assertThat(rig.demandChanges).hasValue(0);
    }
  }

  @Test
  @Tag("D43")
  void aPostToADormantCableStartsNothing() throws Exception {
    rig.serve(Specs.at("/cable").routes(List.of(Specs.route("", "/_broadcast", "/_broadcast"))));
    for (String post :
        List.of(
            "POST /_broadcast HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}",
            Wire.upgrade("/_broadcast").replace("GET ", "POST "),
            Wire.upgrade("/_broadcast", "Content-Length: 2").replace("GET ", "POST ") + "{}")) {
      try (Wire client = rig.connect().send(post)) {
        assertThat(client.head()).startsWith("HTTP/1.1 4").contains("Connection: close");
      }
    }
    assertThat(rig.demandChanges).hasValue(0);
  }

  @Test
  @Tag("N5")
  void plainRequestsAreNoDemandHoweverManyAndHoweverLong() throws Exception {
    try (Wire client = rig.connect()) {
      for (int i = 0; i < 100; i++) {
        client.send("GET /cable HTTP/1.1\r\nHost: h\r\n\r\n");
        String head = client.head();
        client.text(Integer.parseInt(head.replaceAll("(?is).*content-length: (\\d+).*", "$1")));
      }
      assertThat(rig.demandChanges).hasValue(0);
    }
  }

  /** Every request has all the faults to its right, too: the first check that fails answers. */
  @Test
  @Tag("N12")
  void checksRouteThenHandshakeThenOriginThenLimitsThenGate() throws Exception {
    rig.serve(
        Specs.at("/cable")
            .access(new Access(List.of("https://a.example"), 1, 0, List.of("127.0.0.0/8"))));
    String good = "Origin: https://a.example";
    try (Wire _ = rig.connect().send(Wire.upgrade("/cable", good))) {
      rig.awaitDemand(1, 0);
      int changes = rig.demandChanges.get();
      String bad = "Origin: https://b.example";
      String noVersion = Wire.upgrade("/cable", bad).replace("Version: 13", "Version: 9");
      assertAnswer(noVersion.replace("/cable", "/x"), 404, "unknown-route");
      assertAnswer(noVersion, 426, "wrong-version");
      assertAnswer(Wire.upgrade("/cable", bad), 403, "foreign-origin");
      assertAnswer(Wire.upgrade("/cable", good), 503, "full");
      assertThat(rig.demandChanges).hasValue(changes);
    }
  }

  private void assertAnswer(String request, int status, String reason) throws IOException {
    try (Wire client = rig.connect().send(request)) {
      assertThat(client.head()).startsWith("HTTP/1.1 " + status + " ");
      assertThat(client.rest()).contains("\"reason\":\"" + reason + "\"");
    }
  }

  @Test
  void anUpgradeBehindAnAnsweredRequestIsHeldAllTheSame() throws Exception {
    try (Upstream upstream = Upstream.accepting();
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send("\r\nGET /up HTTP/1.1\r\nHost: h\r\n\r\n");
      String head = client.head();
      client.text(Integer.parseInt(head.replaceAll("(?is).*content-length: (\\d+).*", "$1")));
      client.send("\r\n" + Wire.upgrade("/cable"));
      assertThat(client.head()).startsWith("HTTP/1.1 101 ");
    }
  }

  @Test
  void aClientThatPipelinesWithoutEndIsCutOff() throws Exception {
    try (Wire client = rig.connect()) {
      assertThat(pipelineUntilCut(client)).isTrue();
      assertThat(rig.events).contains("refused - malformed");
    }
  }

  private static boolean pipelineUntilCut(Wire client) {
    try {
      for (int i = 0; i < 100_000; i++) {
        client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n".repeat(20));
      }
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void aBugThatAClientFindsClosesItsConnectionAndIsTold() throws Exception {
    var script = new Fallback(503, Duration.ofSeconds(5), Optional.empty(), true);
    var spec = Specs.at("/cable").fallback(script).build();
    Supplier<ServiceStatus> bug =
        () -> {
          throw new IllegalStateException("on purpose");
        };
    rig.activator.serve(
        RouteTable.of(List.of(new GatedService(Rig.CABLE, spec, rig.gate, bug)), Optional.empty()));
    try (Wire client =
        rig.connect()
            .send("GET /cable?dormouse=status HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")) {
      assertThat(client.rest()).isEmpty();
    }
    assertThat(rig.events).containsExactly("broke - java.lang.IllegalStateException: on purpose");
  }

  @Test
  void slowlorisGetsAsLongAsAHeadMayTakeAndNoLonger() throws Exception {
    try (var impatient = new Rig(Specs.at("/cable"), Rig.settings(SHORT, LONG, LONG))) {
      List<Thread> drips = new ArrayList<>();
      List<Wire> wires = new ArrayList<>();
      for (String head :
          List.of("GET /cable HTTP/1.1\r\nHost: h\r\nX: " + "y".repeat(1999), "\r\n".repeat(999))) {
        Wire wire = impatient.connect();
        wires.add(wire);
        drips.add(Thread.startVirtualThread(() -> drip(wire, head)));
      }
      for (Thread drip : drips) {
        assertThat(drip.join(Duration.ofSeconds(5))).as("cut off").isTrue();
      }
      assertThat(impatient.demandChanges).hasValue(0);
      for (Wire wire : wires) {
        wire.close();
      }
    }
  }

  /** Ends when the peer does not take any more. */
  private static void drip(Wire wire, String text) {
    try {
      for (int i = 0; i < text.length(); i++) {
        wire.send(text.substring(i, i + 1));
        Thread.sleep(5);
      }
      wire.head();
    } catch (IOException | AssertionError _) {
      return;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  @Tag("D22")
  void fiveThousandSilentConnectionsCostNothingAndGo() throws Exception {
    try (var impatient =
            new Rig(Specs.at("/cable"), Rig.settings(Duration.ofSeconds(3), LONG, LONG));
        Upstream upstream = Upstream.accepting()) {
      impatient.admit(upstream.endpoint());
      List<Wire> silent = new ArrayList<>();
      for (int i = 0; i < 5000; i++) {
        silent.add(impatient.connect());
      }
      try (Wire client = impatient.connect().send(Wire.upgrade("/cable"))) {
        assertThat(client.head()).startsWith("HTTP/1.1 101 ");
      }
      for (Wire wire : silent) {
        assertThat(wire.rest()).isEmpty();
        wire.close();
      }
      await().atMost(LONG).until(() -> impatient.activator.connections() == 0);
    }
  }

  @Test
  @Tag("D22")
  void aFloodOnAFailingServiceIsAnsweredAndLeavesNothing() throws Exception {
    var failed = Refusal.of(Reason.START_FAILED, "the last start failed");
    for (int round = 1; round <= 5; round++) {
      int answered = round * 300;
      List<Wire> flood = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        flood.add(rig.connect().send(Wire.upgrade("/cable")));
      }
      await()
          .atMost(LONG)
          .pollInterval(Duration.ofMillis(5))
          .until(
              () -> {
                rig.gate.apply(new Waiters.Refuse(failed));
                return rig.events.size() == answered;
              });
      for (Wire wire : flood) {
        assertThat(wire.head()).startsWith("HTTP/1.1 503 ");
        wire.close();
      }
    }
    assertThat(rig.events)
        .hasSize(1500)
        .allMatch(e -> e.equals("refused cable start-failed") || e.equals("refused cable full"));
    await().atMost(LONG).until(() -> rig.activator.connections() == 0);
  }

  /** At every byte of its head, while it is held, in the handshake, and after the 101. */
  @Test
  @Tag("D22")
  void clientsThatVanishAtEveryStageLeaveNothing() throws Exception {
    String upgrade = Wire.upgrade("/cable");
    for (int bytes = 0; bytes < upgrade.length(); bytes += 7) {
      vanish(rig.connect().send(upgrade.substring(0, bytes)), bytes % 2 == 0);
    }
    for (boolean rude : List.of(true, false)) {
      vanish(rig.held(), rude);
      rig.awaitDemand(0, 0);
    }
    try (Upstream deaf = Upstream.playing(Wire::head)) {
      rig.admit(deaf.endpoint());
      for (boolean rude : List.of(true, false)) {
        Wire client = rig.connect().send(upgrade);
        Wire side = deaf.wire();
        vanish(client, rude);
        side.awaitEnd();
      }
    }
    rig.gate.withdraw();
    try (Upstream upstream = Upstream.accepting()) {
      rig.admit(upstream.endpoint());
      for (boolean rude : List.of(true, false)) {
        Wire client = rig.connect().send(upgrade);
        client.head();
        Wire side = upstream.wire();
        vanish(client, rude);
        side.awaitEnd();
        side.close();
      }
    }
    rig.awaitDemand(0, 0);
    await().atMost(LONG).until(() -> rig.activator.connections() == 0);
  }

  private static void vanish(Wire client, boolean rude) throws IOException {
    try {
      if (rude) {
        client.reset();
      } else {
        client.close();
      }
    } catch (SocketException _) {
      // Already gone.
    }
  }
}
