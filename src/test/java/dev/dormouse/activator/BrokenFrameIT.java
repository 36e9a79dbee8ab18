package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.core.ServiceSpec.Limits;
import dev.dormouse.core.StopReason;
import dev.dormouse.testing.Specs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * S1: a frame that breaks the protocol is its endpoint's to judge. What both ends see through a
 * tunnel is what they would see of each other.
 */
final class BrokenFrameIT {
  private static final Duration LINGER = Duration.ofSeconds(2);
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final byte[] OPCODE_3 = Frame.of(0x83, new byte[9]).asMasked().bytes();

  private final Rig rig =
      new Rig(
          Specs.at("/cable"), Rig.settings(Duration.ofSeconds(10), Duration.ofSeconds(30), LINGER));

  @AfterEach
  void everyTicketIsBack() {
    rig.closeWithEveryTicketBack();
  }

  /** The frames of Autobahn's cases in which a good frame stands in front of a broken one. */
  static Map<String, List<byte[]>> cases() {
    byte[] hello = masked(0x81, "Hello, world!");
    byte[] ping = masked(0x89, "");
    Map<String, List<byte[]>> cases = new TreeMap<>();
    cases.put("3.1", List.of(masked(0xC1, "Hello, world!")));
    byte[] rsv2 = masked(0xA1, "Hello, world!");
    byte[] rsv3 = masked(0xB1, "Hello, world!");
    byte[] rsv4 = masked(0xC1, "Hello, world!");
    cases.put("3.2", List.of(joined(hello, rsv2, ping)));
    cases.put("3.3", List.of(hello, rsv3, ping));
    cases.put("3.4", bytewise(hello, rsv4, ping));
    cases.put("4.1.3", List.of(joined(hello, masked(0x85, ""), ping)));
    cases.put("4.1.4", List.of(joined(hello, masked(0x86, "Hello, world!"), ping)));
    cases.put("4.1.5", bytewise(hello, masked(0x87, "Hello, world!"), ping));
    cases.put("4.2.3", List.of(joined(hello, masked(0x8D, ""), ping)));
    cases.put("4.2.4", List.of(joined(hello, masked(0x8E, "Hello, world!"), ping)));
    cases.put("4.2.5", bytewise(hello, masked(0x8F, "Hello, world!"), ping));
    byte[] first = masked(0x01, "fragment1");
    byte[] second = masked(0x80, "fragment2");
    byte[] nothing = masked(0x00, "fragment3");
    cases.put("5.15", List.of(joined(first, second, nothing, masked(0x81, "fragment4"))));
    cases.put("2.5", List.of(joined(hello, masked(0x89, "x".repeat(126)))));
    cases.put("5.1", List.of(joined(masked(0x09, "frag"), masked(0x80, "ment"))));
    cases.put("an opcode and no more of it", List.of(hello, new byte[] {(byte) 0x83}));
    cases.put("a long PONG and no more", List.of(hello, new byte[] {(byte) 0x8A, (byte) 0xFE}));
    return cases;
  }

  static List<String> names() {
    return List.copyOf(cases().keySet());
  }

  @ParameterizedTest
  @MethodSource("names")
  void looksToBothEndsAsWithoutUs(String name) throws Exception {
    for (Limits limits : List.of(new Limits(Long.MAX_VALUE, LONG), new Limits(1 << 20, LONG))) {
      rig.serve(Specs.at("/cable").limits(limits));
      try (Upstream upstream = Upstream.playing(new StrictEcho());
          Wire direct = Wire.to(upstream.endpoint().port());
          Wire through = rig.connect()) {
        rig.admit(upstream.endpoint());
        byte[] expected = conversation(direct, name);
        assertThat(Frame.parse(expected).getLast().asText()).endsWith(StrictEcho.REASON);
        assertThat(conversation(through, name)).isEqualTo(expected);
      }
    }
    assertThat(rig.events).noneMatch(event -> event.startsWith("cut"));
  }

  private static byte[] conversation(Wire wire, String name) throws IOException {
    wire.send(Wire.upgrade("/cable")).head();
    for (byte[] segment : cases().getOrDefault(name, List.of())) {
      try {
        wire.send(segment);
      } catch (SocketException _) {
        break; // the server has judged already
      }
    }
    return all(wire);
  }

  @Test
  void repliesInFlightComeBeforeTheVerdict() throws Exception {
    byte[] message = masked(0x82, "x".repeat(10_000));
    try (Upstream upstream = Upstream.playing(new StrictEcho());
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(Wire.upgrade("/cable")).head();
      Thread.ofVirtual().start(() -> sendQuietly(client, message, 100));
      List<Frame> frames = Frame.parse(all(client));
      assertThat(frames).hasSize(101);
      assertThat(frames.subList(0, 100)).allMatch(f -> f.payload().length == 10_000);
      assertThat(frames.getLast().asText()).endsWith(StrictEcho.REASON);
    }
  }

  /** It closes with input unread, which resets the connection that its last words came on. */
  @Test
  void theVerdictReachesAClientThatNeverStopsTalking() throws Exception {
    byte[] replies = joined(Frame.of(0x82, new byte[400_000]).bytes(), Frame.close(1002).bytes());
    var hasReset = new CountDownLatch(1);
    try (Upstream upstream =
            Upstream.playing(
                wire -> {
                  Upstream.accept(wire);
                  wire.socket().getInputStream().readNBytes(OPCODE_3.length);
                  wire.send(replies);
                  await().pollDelay(Duration.ofMillis(300)).until(() -> true); // all is on its way
                  wire.close();
                  hasReset.countDown();
                });
        Wire client = Wire.to(rig.activator.port(), 32 << 10)) {
      rig.admit(upstream.endpoint());
      client.send(Wire.upgrade("/cable")).head();
      client.send(OPCODE_3);
      Thread.ofVirtual().start(() -> sendQuietly(client, masked(0x82, "x".repeat(10_000)), 2000));
      assertThat(hasReset.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(client.socket().getInputStream().readNBytes(replies.length)).isEqualTo(replies);
    }
  }

  @Test
  void whatComesBehindTheFrameIsHandedOnAsItCame() throws Exception {
    try (Pair t = tunnel(new Limits(1000, LONG), LONG)) {
      byte[] odd = joined(OPCODE_3, masked(0x82, "y".repeat(5000)), Frame.text("bare").bytes());
      t.client.send(odd);
      assertThat(t.side.socket().getInputStream().readNBytes(odd.length)).isEqualTo(odd);
      t.side.send("\u0081\u0004fine");
      assertThat(t.client.text(6)).isEqualTo("\u0081\u0004fine");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void bothSidesAreClosedWhenTheJudgeSaysNothing(boolean byTheServer) throws Exception {
    try (Pair t = tunnel(new Limits(Long.MAX_VALUE, LONG), LONG)) {
      Wire guilty = byTheServer ? t.side : t.client;
      Wire judge = byTheServer ? t.client : t.side;
      long start = System.nanoTime();
      guilty.send(OPCODE_3);
      assertThat(judge.socket().getInputStream().readNBytes(OPCODE_3.length)).isEqualTo(OPCODE_3);
      judge.send("\u0081\u0002so");
      assertThat(guilty.text(4)).isEqualTo("\u0081\u0002so");
      assertThat(all(judge)).as("nothing of ours").isEmpty();
      assertThat(all(guilty)).as("nothing of ours").isEmpty();
      assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(LINGER.toNanos());
      rig.awaitDemand(0, 0);
    }
    assertThat(rig.events).contains("cut cable protocol-error");
  }

  @Test
  void aServerThatTakesItAndGoesOnTalkingKeepsItsClient() throws Exception {
    try (Pair t = tunnel(new Limits(Long.MAX_VALUE, LONG), LONG)) {
      t.client.send(OPCODE_3);
      for (int i = 0; i < 6; i++) {
        t.side.send("\u0081\u0002ok");
        assertThat(t.client.text(4)).isEqualTo("\u0081\u0002ok");
        await().pollDelay(LINGER.dividedBy(2)).until(() -> rig.gate.demand().open() == 1);
      }
    }
  }

  @Test
  void theClientIsStillAskedAndAnyByteIsAnAnswer() throws Exception {
    Duration interval = Duration.ofMillis(400);
    try (Pair t = tunnel(new Limits(Long.MAX_VALUE, LONG), interval)) {
      t.client.send(OPCODE_3);
      t.side.socket().getInputStream().readNBytes(OPCODE_3.length);
      for (int i = 0; i < 3; i++) {
        byte[] asked = Arrays.copyOf(t.client.socket().getInputStream().readNBytes(10), 10);
        assertThat(asked).startsWith(0x89, 8);
        byte[] pong = Frame.of(0x8A, Arrays.copyOfRange(asked, 2, 10)).asMasked().bytes();
        t.client.send(pong);
        assertThat(t.side.socket().getInputStream().readNBytes(pong.length)).isEqualTo(pong);
        t.side.send("\u0081\u0002ok");
        assertThat(t.client.text(4)).isEqualTo("\u0081\u0002ok");
      }
      assertThat(all(t.client)).as("another PING").startsWith(0x89, 8);
    }
  }

  @Test
  void aDrainPutsNothingIntoABrokenDirection() throws Exception {
    try (Pair t = tunnel(new Limits(Long.MAX_VALUE, LONG), LONG)) {
      t.client.send(OPCODE_3);
      t.side.socket().getInputStream().readNBytes(OPCODE_3.length);
      rig.gate.drain(StopReason.SHUTDOWN);
      assertThat(Frame.parse(all(t.client)).getLast().code()).isEqualTo(1001);
      assertThat(all(t.side)).isEmpty();
    }
  }

  /** A header in pieces, without a limit: nothing of it waits for the rest. */
  @ParameterizedTest
  @CsvSource({"82FF000000007FFFFFFF", "8A", "81FE", "8A87", "89"})
  void theBeginningOfAHeaderIsHandedOnAtOnce(String hex) throws Exception {
    byte[] begun = java.util.HexFormat.of().parseHex(hex);
    try (Pair t = tunnel(new Limits(Long.MAX_VALUE, LONG), LONG)) {
      t.client.send(begun);
      assertThat(t.side.socket().getInputStream().readNBytes(begun.length)).isEqualTo(begun);
    }
  }

  private record Pair(Upstream upstream, Wire client, Wire side) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      client.close();
      side.close();
      upstream.close();
    }
  }

  private Pair tunnel(Limits limits, Duration interval) throws Exception {
    rig.serve(
        Specs.at("/cable").drain(Duration.ofSeconds(1)).keepalive(interval, 2).limits(limits));
    Upstream upstream = Upstream.accepting();
    rig.admit(upstream.endpoint());
    Wire client = rig.connect().send(Wire.upgrade("/cable"));
    assertThat(client.head()).startsWith("HTTP/1.1 101 ");
    return new Pair(upstream, client, upstream.wire());
  }

  private static byte[] masked(int first, String payload) {
    return Frame.of(first, payload.getBytes(UTF_8)).asMasked().bytes();
  }

  private static byte[] joined(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    Arrays.stream(parts).forEach(all::writeBytes);
    return all.toByteArray();
  }

  private static List<byte[]> bytewise(byte[]... parts) {
    List<byte[]> bytes = new ArrayList<>();
    for (byte b : joined(parts)) {
      bytes.add(new byte[] {b});
    }
    return bytes;
  }

  /** Messages, and then what must not be sent. */
  private static void sendQuietly(Wire wire, byte[] message, int times) {
    try {
      for (int i = 0; i < times; i++) {
        wire.send(message);
      }
      wire.send(OPCODE_3);
    } catch (IOException _) {
      // The server has closed.
    }
  }

  /** Everything until the end, whether by FIN or RST. */
  private static byte[] all(Wire wire) throws IOException {
    var all = new ByteArrayOutputStream();
    try {
      wire.socket().getInputStream().transferTo(all);
    } catch (SocketException _) {
      all.flush();
    }
    return all.toByteArray();
  }
}
