package dev.dormouse.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.testing.MutableClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sample, met over its socket; {@link SampleProcessTest} meets it as the process it is. */
@Timeout(60)
class SampleCableTest {
  private static final String SCORES = "{\"channel\":\"ScoresChannel\"}";
  private static final Instant NOW = MutableClock.START;

  private final HttpClient http = HttpClient.newHttpClient();
  private final MutableClock clock = new MutableClock();
  private final SampleCable cable = new SampleCable(clock);
  private ServerSocket listener;
  private int port;

  @BeforeEach
  void start() throws IOException {
    listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    port = listener.getLocalPort();
    Thread.ofVirtual().start(this::serve);
  }

  private void serve() {
    try {
      cable.serve(listener);
    } catch (IOException closed) {
      // The end of the test.
    }
  }

  @AfterEach
  void stop() throws IOException {
    listener.close();
    http.shutdownNow();
  }

  @Test
  void welcomesAndThenPingsWithTheTimeInSeconds() throws Exception {
    var client = connect("actioncable-v1-json", "actioncable-unsupported");

    assertThat(client.socket().getSubprotocol()).isEqualTo("actioncable-v1-json");
    assertThat(client.nextText()).isEqualTo("{\"type\":\"welcome\"}");
    cable.beat();
    assertThat(client.next("ping").path("message").asText()).isEqualTo("" + NOW.getEpochSecond());
    clock.advance(Duration.ofSeconds(3));
    cable.beat();
    assertThat(client.next("ping").path("message").asLong()).isEqualTo(NOW.getEpochSecond() + 3);
  }

  @Test
  void confirmsASubscriptionWithItsIdentifierUnchangedAndShowsTheBoard() throws Exception {
    var client = connect("actioncable-v1-json");
    String identifier =
        "{\"channel\": \"ScoresChannel\",  \"heat\":\"\\\"\u00e9\ud83d\udc2d\\\\\"}";

    client.command("subscribe", identifier, "");

    assertThat(client.nextText()).contains("welcome");
    assertThat(client.next("confirm_subscription").path("identifier").asText())
        .isEqualTo(identifier);
    var board = client.nextMessage();
    assertThat(board.path("identifier").asText()).isEqualTo(identifier);
    assertThat(board.at("/message/scores").toString()).isEqualTo("{\"acorn\":0,\"hazel\":0}");
    assertThat(board.at("/message/scored").isNull()).isTrue();
  }

  @Test
  void tellsEverySubscriberOfAScoreAndNobodyElse() throws Exception {
    var one = subscribed();
    var two = subscribed();
    var gone = subscribed();
    gone.command("unsubscribe", SCORES, "");
    var stranger = connect("actioncable-v1-json");

    var subscribers = List.of(one, two);
    one.score("hazel", 3, 41);
    subscribers.forEach(client -> assertThat(hazel(client.nextMessage())).isEqualTo(3));
    two.score("hazel", 2, 42);
    subscribers.forEach(client -> assertThat(hazel(client.nextMessage())).isEqualTo(5));
    stranger.score("hazel", 1, 43);
    gone.score("hazel", 1, 44);
    two.score("acorn", 1, 45);
    subscribers.forEach(
        client -> {
          var last = client.nextMessage().path("message");
          assertThat(last.path("scores").toString()).isEqualTo("{\"acorn\":1,\"hazel\":5}");
          assertThat(last.path("scored").toString())
              .isEqualTo("{\"team\":\"acorn\",\"points\":1,\"tag\":45}");
        });
    assertThat(gone.received).noneMatch(text -> text.contains("\"message\":{"));
    assertThat(stranger.received).noneMatch(text -> text.contains("\"message\":{"));
  }

  private static int hazel(JsonNode message) {
    return message.at("/message/scores/hazel").asInt();
  }

  @Test
  void showsALateComerTheBoardAsItIs() throws Exception {
    var one = subscribed();
    one.score("acorn", 2, 1);
    one.nextMessage();

    var late = connect("actioncable-v1-json");
    late.command("subscribe", SCORES, "");

    assertThat(late.nextMessage().at("/message/scores/acorn").asInt()).isEqualTo(2);
  }

  @Test
  void rejectsAnUnknownChannel() throws Exception {
    var client = connect("actioncable-v1-json");
    client.command("subscribe", "{\"channel\":\"OtherChannel\"}", "");

    assertThat(client.next("reject_subscription").path("identifier").asText())
        .isEqualTo("{\"channel\":\"OtherChannel\"}");
  }

  @Test
  void ignoresWhatItDoesNotUnderstandAndScoresThatAreNone() throws Exception {
    var client = subscribed();
    for (String text :
        new String[] {"", "not json", "[1]", "{\"command\":{}}", "{\"command\":1}"}) {
      client.socket().sendText(text, true).join();
    }
    client.score("hazel", 4, 1);
    client.score("hazel", -1, 1);
    client.score("oak", 1, 1);
    client.command("message", SCORES, "{\"action\":\"reset\",\"team\":\"hazel\",\"points\":1}");
    client.command(
        "message", SCORES, "{\"action\":\"score\",\"team\":\"hazel\",\"points\":1,\"tag\":\"}\"}");
    client.score("acorn", 1, 7);

    assertThat(client.nextMessage().at("/message/scores").toString())
        .isEqualTo("{\"acorn\":1,\"hazel\":0}");
  }

  @Test
  void closesASocketThatSendsTooMuchOrWhatIsNoText() throws Exception {
    var big = connect("actioncable-v1-json");
    big.socket().sendText("x".repeat(8 * 1024 + 1), true).join();
    var binary = connect("actioncable-v1-json");
    binary.socket().sendBinary(ByteBuffer.wrap(new byte[9]), true).join();

    assertThat(big.closed.get(30, TimeUnit.SECONDS)).isEqualTo(1009);
    assertThat(binary.closed.get(30, TimeUnit.SECONDS)).isEqualTo(1003);
  }

  @Test
  void saysWhyEvenToAClientThatSendsAllItHasBeforeItReads() throws Exception {
    int length = 4_000_000;
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      upgrade(socket, "GET /cable HTTP/1.1", "Upgrade: websocket");
      var frame = ByteBuffer.allocate(14 + length).put((byte) 0x81).put((byte) 0xFF);
      socket.getOutputStream().write(frame.putLong(length).array());
      socket.shutdownOutput();

      byte[] received = socket.getInputStream().readAllBytes();
      assertThat(ByteBuffer.wrap(received).getInt(received.length - 4)).isEqualTo(0x880203F1);
    }
  }

  @Test
  void echoesTheCloseAndForgetsTheClient() throws Exception {
    var leaving = subscribed();
    leaving.socket().sendClose(4321, "enough").join();
    assertThat(leaving.closed.get(30, TimeUnit.SECONDS)).isEqualTo(4321);

    var staying = subscribed();
    staying.score("hazel", 1, 1);
    assertThat(staying.nextMessage().at("/message/scores/hazel").asInt()).isEqualTo(1);
  }

  @Test
  void answersAPingWithItsPayload() throws Exception {
    var client = connect("actioncable-v1-json");
    client.socket().sendPing(ByteBuffer.wrap("knock".getBytes(StandardCharsets.UTF_8))).join();

    assertThat(client.pong.get(30, TimeUnit.SECONDS)).isEqualTo("knock");
  }

  @Test
  void picksTheFirstSubprotocolItKnowsAndWelcomesClientsWithoutOne() throws Exception {
    var other = connect("x", "actioncable-unsupported");
    assertThat(other.socket().getSubprotocol()).isEqualTo("actioncable-unsupported");
    assertThat(raw("GET /cable?token=1 HTTP/1.1", "Upgrade: WebSocket"))
        .startsWith("HTTP/1.1 101 ")
        .doesNotContain("Sec-WebSocket-Protocol")
        .contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        .contains("{\"type\":\"welcome\"}");
  }

  @Test
  void answers404ToWhatIsNoUpgradeOnItsPath() throws Exception {
    var get = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/cable")).build();

    assertThat(http.send(get, BodyHandlers.ofString()).statusCode()).isEqualTo(404);
    assertThat(raw("GET /cables HTTP/1.1", "Upgrade: websocket")).startsWith("HTTP/1.1 404 ");
    assertThat(raw("POST /cable HTTP/1.1", "Upgrade: websocket")).startsWith("HTTP/1.1 404 ");
  }

  @Test
  void refusesMoreThanAHundredClientsAndServesAgainWhenOneLeaves() throws Exception {
    var crowd = Stream.generate(() -> connect("actioncable-v1-json")).limit(100).toList();

    assertThat(http.newWebSocketBuilder().buildAsync(address(), new CableClient()))
        .failsWithin(Duration.ofSeconds(30));

    crowd.getFirst().socket().abort();
    await().until(() -> raw("GET /cable HTTP/1.1", "Upgrade: websocket").contains(" 101 "));
  }

  @Test
  void cutsOffAClientThatDoesNotReadAndGoesOnServingTheOthers() throws Exception {
    try (var slow = new Socket()) {
      slow.setReceiveBufferSize(1024);
      slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      upgrade(slow, "GET /cable HTTP/1.1", "Upgrade: websocket");
      String identifier = SCORES.replace("}", ",\"a\":\"" + "x".repeat(7000) + "\"}");
      slow.getOutputStream().write(masked(CableClient.text("subscribe", identifier, "")));
      var client = subscribed();
      for (int i = 0; i < 3000; i++) {
        client.score("hazel", 1, i);
        client.nextMessage();
      }
      slow.setSoTimeout(5000);
      int all = 3000 * 7000;
      assertThat(slow.getInputStream().readNBytes(all).length).isLessThan(all);
    }
  }

  private URI address() {
    return URI.create("ws://127.0.0.1:" + port + "/cable");
  }

  private CableClient connect(String first, String... others) {
    return CableClient.connect(http.newWebSocketBuilder().subprotocols(first, others), address());
  }

  private CableClient subscribed() {
    var client = connect("actioncable-v1-json");
    client.command("subscribe", SCORES, "");
    client.nextMessage();
    return client;
  }

  /** The beginning of the answer to a handshake: as much as comes at once, or until the end. */
  private String raw(String requestLine, String upgrade) {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return upgrade(socket, requestLine, upgrade);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static String upgrade(Socket socket, String requestLine, String upgrade)
      throws IOException {
    String head =
        String.join(
            "\r\n",
            requestLine,
            "Host: 127.0.0.1",
            upgrade,
            "Connection: keep-alive, Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "\r\n");
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    socket.setSoTimeout(30_000);
    var answer = new StringBuilder();
    for (int c = socket.getInputStream().read();
        c >= 0 && answer.append((char) c).indexOf("welcome\"}") < 0;
        c = socket.getInputStream().read()) {}
    return answer.toString();
  }

  /** A text of 126 to 65535 bytes in a frame with a mask of zeros. */
  private static byte[] masked(String text) {
    byte[] payload = text.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + payload.length)
        .put((byte) 0x81)
        .put((byte) 0xFE)
        .putChar((char) payload.length)
        .putInt(0)
        .put(payload)
        .array();
  }
}
