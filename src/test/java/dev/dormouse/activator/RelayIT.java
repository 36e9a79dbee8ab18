package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** After the 101: D41, N1, half-closes and resets. */
final class RelayIT {
  private static final int MANY = 32 << 20;
  private static final Duration LINGER = Duration.ofMillis(400);

  private final Rig rig =
      new Rig(
          Specs.at("/cable"), Rig.settings(Duration.ofSeconds(10), Duration.ofSeconds(30), LINGER));

  @AfterEach
  void everyTicketIsBackOnce() {
    rig.closeWithEveryTicketBack();
  }

  @Test
  @Tag("N1")
  void passesTheHandshakeOnUnchangedBothWays() throws Exception {
    String welcome = "\u0081\u0005hello";
    String answer =
        Upstream.switching(
            "sec-websocket-PROTOCOL: actioncable-v1-json", "Sec-WebSocket-Extensions: x; y=1");
    CompletableFuture<String> forwarded = new CompletableFuture<>();
    try (Upstream upstream =
            Upstream.playing(
                wire -> {
                  forwarded.complete(wire.head());
                  wire.send(answer + welcome);
                });
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(Wire.upgrade("/cable?a=1", "sec-WebSocket-Protocol: actioncable-v1-json, b"));
      assertThat(client.head() + "\r\n\r\n").isEqualTo(answer);
      assertThat(client.text(7)).isEqualTo(welcome);
      assertThat(forwarded.get(1, TimeUnit.SECONDS))
          .startsWith("GET /cable?a=1 HTTP/1.1\r\nHost: cable.example\r\n")
          .contains("Connection: Upgrade\r\nUpgrade: websocket\r\n")
          .contains("sec-WebSocket-Protocol: actioncable-v1-json, b\r\n");
    }
  }

  @Test
  void takesTheTunnelOverWhenAWelcomeAndAFinComeWithThe101() throws Exception {
    try (Upstream upstream =
            Upstream.playing(
                wire -> {
                  wire.head();
                  wire.send(Upstream.switching() + "bye");
                  wire.socket().shutdownOutput();
                });
        Wire client = rig.held()) {
      rig.admit(upstream.endpoint());
      assertThat(client.head()).startsWith("HTTP/1.1 101 ");
      assertThat(client.rest()).isEqualTo("bye");
    }
  }

  @Test
  @Tag("D41")
  void relaysEverythingExactlyAndStopsReadingForASlowClient() throws Exception {
    byte[] data = random();
    AtomicLong written = new AtomicLong();
    try (Upstream upstream =
            Upstream.playing(
                wire -> {
                  wire.socket().setSendBufferSize(64 << 10);
                  Upstream.accept(wire);
                  write(wire, data, written);
                });
        Wire client = Wire.to(rig.activator.port(), 32 << 10)) {
      rig.admit(upstream.endpoint());
      client.send(Wire.upgrade("/cable")).head();
      assertStalls(written);
      assertThat(client.socket().getInputStream().readNBytes(data.length)).isEqualTo(data);
    }
  }

  @Test
  @Tag("D41")
  void relaysEverythingExactlyAndStopsReadingForASlowWorkload() throws Exception {
    byte[] data = framed(random());
    AtomicLong written = new AtomicLong();
    try (Upstream upstream = Upstream.accepting();
        Wire client = rig.held()) {
      client.socket().setSendBufferSize(64 << 10);
      rig.admit(upstream.endpoint());
      client.head();
      Wire side = upstream.wire();
      Thread.ofVirtual().start(() -> writeAll(client, data, written));
      assertStalls(written);
      assertThat(side.socket().getInputStream().readNBytes(data.length)).isEqualTo(data);
    }
  }

  @Test
  void relaysBothWaysAtTheSameTime() throws Exception {
    byte[] down = random();
    byte[] up = framed(random());
    try (Upstream upstream = Upstream.accepting();
        Wire client = rig.held()) {
      rig.admit(upstream.endpoint());
      client.head();
      Wire side = upstream.wire();
      Thread.ofVirtual().start(() -> writeAll(client, up, new AtomicLong()));
      Thread.ofVirtual().start(() -> writeAll(side, down, new AtomicLong()));
      var read =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return side.socket().getInputStream().readNBytes(up.length);
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThat(client.socket().getInputStream().readNBytes(down.length)).isEqualTo(down);
      assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo(up);
    }
  }

  @Test
  @Tag("D41")
  void passesCloseCodesOnToARealClient() throws Exception {
    CompletableFuture<String> seen = new CompletableFuture<>();
    try (Upstream upstream =
            Upstream.playing(
                wire -> {
                  String key = wire.head().replaceAll("(?s).*Sec-WebSocket-Key: (\\S+).*", "$1");
                  wire.send(
                      Upstream.switching("Sec-WebSocket-Protocol: b")
                              .replace(Wire.ACCEPT, accept(key))
                          + "\u0081\u0002hi\u0088\u0006\u000f\u00a1gone");
                });
        HttpClient http = HttpClient.newHttpClient()) {
      rig.admit(upstream.endpoint());
      WebSocket socket =
          http.newWebSocketBuilder()
              .subprotocols("a", "b")
              .buildAsync(
                  URI.create("ws://127.0.0.1:" + rig.activator.port() + "/cable"),
                  new WebSocket.Listener() {
                    private String text = "";

                    @Override
                    public CompletionStage<?> onText(
                        WebSocket ws, CharSequence data, boolean last) {
                      text += data;
                      ws.request(1);
                      return CompletableFuture.completedFuture(null);
                    }

                    @Override
                    public CompletionStage<?> onClose(WebSocket ws, int code, String reason) {
                      seen.complete(text + " " + code + " " + reason);
                      return CompletableFuture.completedFuture(null);
                    }
                  })
              .get(10, TimeUnit.SECONDS);
      assertThat(socket.getSubprotocol()).isEqualTo("b");
      assertThat(seen.get(10, TimeUnit.SECONDS)).isEqualTo("hi 4001 gone");
      socket.abort();
    }
  }

  @Test
  void passesTheClientsFinOnAndStillRelaysTheOtherWay() throws Exception {
    try (Tunnelled t = tunnel()) {
      String words = "\u0081\nlast words";
      t.client.send(words).socket().shutdownOutput();
      assertThat(t.side.rest()).isEqualTo(words);
      t.side.send("answer");
      assertThat(t.client.text(6)).isEqualTo("answer");
      assertThat(rig.gate.demand().open()).isEqualTo(1);
      t.side.close();
      assertThat(t.client.rest()).isEmpty();
      rig.awaitDemand(0, 0);
    }
  }

  @Test
  void passesTheWorkloadsFinOnAndStillRelaysTheOtherWay() throws Exception {
    try (Tunnelled t = tunnel()) {
      t.side.send("last words").socket().shutdownOutput();
      assertThat(t.client.rest()).isEqualTo("last words");
      t.client.send("\u0081\u0006answer");
      assertThat(t.side.text(8)).isEqualTo("\u0081\u0006answer");
      t.client.close();
      assertThat(t.side.rest()).isEmpty();
      rig.awaitDemand(0, 0);
    }
  }

  @Test
  void closesBothSidesSomeTimeAfterOneHasEnded() throws Exception {
    try (Tunnelled t = tunnel()) {
      t.side.socket().shutdownOutput();
      assertThat(t.client.rest()).isEmpty();
      rig.awaitDemand(0, 0);
      assertThat(t.side.rest()).isEmpty();
    }
  }

  @Test
  void aWorkloadThatDiesAfterItsLastWordsIsHeardOut() throws Exception {
    byte[] words = Arrays.copyOf(random(), 1 << 20);
    try (Tunnelled t = tunnel()) {
      Thread.ofVirtual()
          .start(
              () -> {
                writeAll(t.side, words, new AtomicLong());
                closeQuietly(t.side);
              });
      assertThat(t.client.socket().getInputStream().readAllBytes()).isEqualTo(words);
    }
  }

  @Test
  @Tag("D37")
  void aResetOfTheWorkloadEndsTheClientAtOnce() throws Exception {
    try (Tunnelled t = tunnel()) {
      t.side.reset();
      assertThat(t.client.rest()).isEmpty();
      rig.awaitDemand(0, 0);
    }
  }

  @Test
  @Tag("D37")
  void aResetOfTheClientEndsTheWorkloadsSideAtOnce() throws Exception {
    try (Tunnelled t = tunnel()) {
      t.client.reset();
      assertThat(t.side.rest()).isEmpty();
      rig.awaitDemand(0, 0);
    }
  }

  @Test
  void aResetIsNoticedWhileTheOtherSideIsSlow() throws Exception {
    AtomicLong written = new AtomicLong();
    try (Tunnelled t = tunnel()) {
      Thread.ofVirtual().start(() -> writeAll(t.side, random(), written));
      assertStalls(written);
      t.client.reset();
      rig.awaitDemand(0, 0);
      assertThatThrownBy(() -> t.side.send(new byte[1 << 20]).send(new byte[1 << 20]))
          .isInstanceOf(SocketException.class);
    }
  }

  @Test
  void swappingTheRoutesTouchesNoLiveTunnel() throws Exception {
    try (Tunnelled t = tunnel()) {
      rig.serve(Specs.at("/elsewhere"));
      t.client.send("\u0081\u0005still");
      assertThat(t.side.text(7)).isEqualTo("\u0081\u0005still");
      try (Wire late = rig.connect().send(Wire.upgrade("/cable"))) {
        assertThat(late.head()).startsWith("HTTP/1.1 404 ");
      }
    }
  }

  private record Tunnelled(Upstream upstream, Wire client, Wire side) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      client.close();
      side.close();
      upstream.close();
    }
  }

  private Tunnelled tunnel() throws Exception {
    Upstream upstream = Upstream.accepting();
    rig.admit(upstream.endpoint());
    Wire client = rig.connect().send(Wire.upgrade("/cable"));
    assertThat(client.head()).startsWith("HTTP/1.1 101 ");
    return new Tunnelled(upstream, client, upstream.wire());
  }

  /** Nothing moves any more, and most of the data has stayed where it came from. */
  private static void assertStalls(AtomicLong written) {
    long[] last = {-1};
    await()
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              boolean still = written.get() > 0 && written.get() == last[0];
              last[0] = written.get();
              return still;
            });
    assertThat(written.get()).isLessThan(MANY / 2);
  }

  private static void writeAll(Wire wire, byte[] data, AtomicLong written) {
    try {
      write(wire, data, written);
    } catch (IOException _) {
      // Some tests cut the connection below the writer.
    }
  }

  private static void write(Wire wire, byte[] data, AtomicLong written) throws IOException {
    for (int i = 0; i < data.length; i += 16 << 10) {
      wire.send(Arrays.copyOfRange(data, i, Math.min(data.length, i + (16 << 10))));
      written.addAndGet(16 << 10);
    }
  }

  private static void closeQuietly(Wire wire) {
    try {
      wire.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] random() {
    byte[] bytes = new byte[MANY];
    new Random(4711).nextBytes(bytes);
    return bytes;
  }

  /** As a client sends it: in masked frames of many sizes. */
  private static byte[] framed(byte[] data) {
    return Frame.fragments(data, 77_777, true);
  }

  private static String accept(String key) throws IOException {
    try {
      var sha1 = java.security.MessageDigest.getInstance("SHA-1");
      return java.util.Base64.getEncoder()
          .encodeToString(
              sha1.digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(UTF_8)));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IOException(e);
    }
  }
}
