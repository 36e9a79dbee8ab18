package dev.dormouse.activator.frames;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.activator.Frame;
import dev.dormouse.activator.Rig;
import dev.dormouse.activator.Upstream;
import dev.dormouse.activator.Wire;
import dev.dormouse.core.ServiceSpec.Keepalive;
import dev.dormouse.core.ServiceSpec.Limits;
import dev.dormouse.core.StopReason;
import dev.dormouse.testing.Specs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is put in between the frames of real sockets, and where: D36, D37, D41. */
final class FramesIT {
  private static final String CABLE = "Sec-WebSocket-Protocol: actioncable-v1-json";
  private static final String DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate";
  private static final String DISCONNECT =
      "{\"type\":\"disconnect\",\"reason\":\"server_restart\",\"reconnect\":true}";
  private static final Duration DRAIN = Duration.ofSeconds(1);
  private static final Duration LINGER = Duration.ofSeconds(1);
  private static final Duration INTERVAL = Duration.ofMillis(400);
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final int HUGE = 10 << 20;

  private final Rig rig =
      new Rig(
          Specs.at("/cable"), Rig.settings(Duration.ofSeconds(10), Duration.ofSeconds(30), LINGER));

  private record Pair(Upstream upstream, Wire client, Wire side) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      client.close();
      side.close();
      upstream.close();
    }
  }

  @AfterEach
  void everyTicketIsBackOnce() {
    rig.closeWithEveryTicketBack();
  }

  private void serve(Keepalive keepalive, Limits limits) {
    rig.serve(
        Specs.at("/cable")
            .drain(DRAIN)
            .keepalive(keepalive.interval(), keepalive.failureThreshold())
            .limits(limits)
            .build());
  }

  private void serveBusy() {
    serve(new Keepalive(LONG, 2), new Limits(1 << 20, LONG));
  }

  private void serveWatchful() {
    serve(new Keepalive(INTERVAL, 2), new Limits(1 << 20, LONG));
  }

  private Pair tunnel(String... headers) throws Exception {
    Upstream upstream =
        Upstream.playing(
            wire -> {
              wire.head();
              wire.send(Upstream.switching(headers));
            });
    rig.admit(upstream.endpoint());
    Wire client = rig.connect().send(Wire.upgrade("/cable"));
    assertThat(client.head()).startsWith("HTTP/1.1 101 ");
    return new Pair(upstream, client, upstream.wire());
  }

  /** Everything until the end, whether by FIN or RST. */
  private static byte[] all(Wire wire) throws IOException {
    var all = new ByteArrayOutputStream();
    try {
      for (int b = wire.socket().getInputStream().read();
          b >= 0;
          b = wire.socket().getInputStream().read()) {
        all.write(b);
        all.writeBytes(available(wire));
      }
    } catch (SocketException _) {
      all.flush();
    }
    return all.toByteArray();
  }

  private static byte[] available(Wire wire) throws IOException {
    return wire.socket().getInputStream().readNBytes(wire.socket().getInputStream().available());
  }

  /** The next frame, and nothing behind it. */
  private static Frame frame(Wire wire) throws IOException {
    byte[] head = wire.socket().getInputStream().readNBytes(2);
    assertThat(head).as("a frame").hasSize(2);
    int more = (head[1] & 0x7F) + (head[1] < 0 ? 4 : 0);
    byte[] rest = wire.socket().getInputStream().readNBytes(more);
    byte[] all = Arrays.copyOf(head, 2 + more);
    System.arraycopy(rest, 0, all, 2, rest.length);
    return Frame.parse(all).getFirst();
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(42).nextBytes(bytes);
    return bytes;
  }

  private void assertClosedPolitely(Pair t, int code) throws Exception {
    Frame close = frame(t.client);
    assertThat(close.first()).isEqualTo(0x88);
    assertThat(close.code()).isEqualTo(code);
    Frame toSide = frame(t.side);
    assertThat(toSide.masked()).isTrue();
    assertThat(toSide.code()).isEqualTo(1001);
    t.side.send(Frame.text("too late").bytes()).send(Frame.close(1001).bytes());
    t.client.send(close.asMasked().bytes());
    assertThat(t.client.rest()).as("after our close frame").isEmpty();
    assertThat(t.side.rest()).as("the echo is not for the workload").isEmpty();
    t.side.close();
    rig.awaitDemand(0, 0);
  }

  @ParameterizedTest
  @EnumSource(
      value = StopReason.class,
      names = {"SHUTDOWN", "REMOVED", "DISABLED", "OUTDATED"})
  @Tag("D36")
  void anActionCableClientIsToldToReconnect(StopReason reason) throws Exception {
    serveBusy();
    try (Pair t = tunnel(CABLE, DEFLATE)) {
      rig.gate.drain(reason);
      assertThat(frame(t.client).asText()).isEqualTo(DISCONNECT);
      assertClosedPolitely(t, reason == StopReason.OUTDATED ? 1012 : 1001);
    }
    assertThat(rig.events).noneMatch(event -> event.startsWith("cut"));
  }

  @Test
  @Tag("D36")
  void otherClientsGetTheCloseFrameOnly() throws Exception {
    serveBusy();
    try (Pair t = tunnel("Sec-WebSocket-Protocol: graphql-ws")) {
      rig.gate.drain(StopReason.SHUTDOWN);
      assertClosedPolitely(t, 1001);
    }
  }

  @Test
  @Tag("D36")
  void closesAreSpreadOverTheDrain() throws Exception {
    serveBusy();
    long[] at = new long[12];
    var tunnels = new java.util.ArrayList<Pair>();
    try {
      for (int i = 0; i < at.length; i++) {
        tunnels.add(tunnel());
      }
      long start = System.nanoTime();
      rig.gate.drain(StopReason.SHUTDOWN);
      var threads = new java.util.ArrayList<Thread>();
      for (int i = 0; i < at.length; i++) {
        int mine = i;
        threads.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        tunnels.get(mine).client.socket().getInputStream().read();
                        at[mine] = System.nanoTime() - start;
                      } catch (Exception e) {
                        throw new IllegalStateException(e);
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      Arrays.sort(at);
      assertThat(at[0]).isPositive();
      assertThat(at[at.length - 1] - at[0]).isGreaterThan(DRAIN.toNanos() / 5);
    } finally {
      for (Pair t : tunnels) {
        t.close();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-None: 1", DEFLATE})
  @Tag("D36")
  void waitsForTheEndOfAMessageThatIsUnderWay(String header) throws Exception {
    serveBusy();
    byte[] message = Frame.fragments(random(HUGE), HUGE / 7, false);
    if (header.equals(DEFLATE)) {
      message[0] |= 0x40; // what is inside is no business of ours
    }
    try (Pair t = tunnel(CABLE, header)) {
      int half = message.length / 2;
      t.side.send(Arrays.copyOf(message, 100));
      assertThat(t.client.socket().getInputStream().readNBytes(100)).hasSize(100);
      rig.gate.drain(StopReason.SHUTDOWN);
      Thread.ofVirtual().start(() -> send(t.side, Arrays.copyOfRange(message, 100, half)));
      assertThat(t.client.socket().getInputStream().readNBytes(half - 100))
          .isEqualTo(Arrays.copyOfRange(message, 100, half));
      Thread.ofVirtual()
          .start(() -> send(t.side, Arrays.copyOfRange(message, half, message.length)));
      assertThat(t.client.socket().getInputStream().readNBytes(message.length - half))
          .isEqualTo(Arrays.copyOfRange(message, half, message.length));
      assertThat(frame(t.client).asText()).isEqualTo(DISCONNECT);
      assertClosedPolitely(t, 1001);
    }
  }

  @Test
  @Tag("D36")
  void aMessageWithoutEndIsCutBetweenTwoFramesByTheCloseFrameOnly() throws Exception {
    serveBusy();
    byte[] fragment = Frame.of(0x01, random(100)).bytes();
    try (Pair t = tunnel(CABLE)) {
      t.side.send(fragment);
      assertThat(t.client.socket().getInputStream().readNBytes(fragment.length)).isNotEmpty();
      rig.gate.drain(StopReason.SHUTDOWN);
      assertClosedPolitely(t, 1001);
    }
  }

  @Test
  @Tag("D36")
  void insideAFrameThatDoesNotEndTheConnectionIsClosed() throws Exception {
    serveBusy();
    byte[] begun = Arrays.copyOf(Frame.of(0x82, random(HUGE)).bytes(), 5000);
    try (Pair t = tunnel(CABLE)) {
      t.side.send(begun);
      rig.gate.drain(StopReason.SHUTDOWN);
      assertThat(all(t.client)).isEqualTo(begun);
      assertThat(all(t.side)).isEmpty();
      rig.awaitDemand(0, 0);
    }
  }

  @Test
  void withAnUnknownExtensionNothingIsPutIn() throws Exception {
    serveWatchful();
    try (Pair t = tunnel(CABLE, "Sec-WebSocket-Extensions: permessage-deflate, x-mux")) {
      byte[] odd = Frame.of(0xF3, random(50)).bytes();
      t.client.send(odd);
      assertThat(t.side.socket().getInputStream().readNBytes(odd.length)).isEqualTo(odd);
      await().pollDelay(INTERVAL.multipliedBy(3)).until(() -> rig.gate.demand().open() == 1);
      rig.gate.drain(StopReason.SHUTDOWN);
      assertThat(all(t.client)).isEmpty();
      assertThat(all(t.side)).isEmpty();
    }
  }

  @Test
  void theClientsOwnMessageReachesTheWorkloadBeforeOurClose() throws Exception {
    serveBusy();
    byte[] message = Frame.of(0x82, random(50_000)).asMasked().bytes();
    try (Pair t = tunnel()) {
      t.client.send(Arrays.copyOf(message, 9));
      byte[] begun = t.side.socket().getInputStream().readNBytes(9);
      rig.gate.drain(StopReason.SHUTDOWN);
      assertThat(frame(t.client).code()).isEqualTo(1001);
      t.client.send(Arrays.copyOfRange(message, 9, message.length));
      t.client.send(Frame.text("too late").asMasked().bytes());
      t.client.send(Frame.close(1001).asMasked().bytes());
      assertThat(t.client.rest()).isEmpty();
      byte[] got = concat(begun, all(t.side));
      assertThat(Arrays.copyOf(got, message.length)).isEqualTo(message);
      List<Frame> frames = Frame.parse(got);
      assertThat(frames).hasSize(2);
      assertThat(frames.getLast().code()).isEqualTo(1001);
    }
  }

  @Test
  void aClientThatDoesNotEchoIsWaitedForOnlySoLong() throws Exception {
    serveBusy();
    try (Pair t = tunnel()) {
      rig.gate.drain(StopReason.SHUTDOWN);
      assertThat(frame(t.client).code()).isEqualTo(1001);
      t.side.close();
      t.client.send(Frame.text("never mind").asMasked().bytes());
      assertThat(all(t.client)).isEmpty();
      rig.awaitDemand(0, 0);
    }
  }

  @Test
  void aFrameAboveTheLimitIsRefusedBeforeTheWorkloadSeesAnyOfIt() throws Exception {
    serve(new Keepalive(LONG, 2), new Limits(1000, LONG));
    byte[] fits = Frame.of(0x82, random(1000)).asMasked().bytes();
    byte[] large = Frame.of(0x82, random(1001)).asMasked().bytes();
    try (Pair t = tunnel()) {
      t.client.send(fits).send(Arrays.copyOf(large, 3));
      assertThat(t.side.socket().getInputStream().readNBytes(fits.length)).isEqualTo(fits);
      t.client.send(Arrays.copyOfRange(large, 3, large.length));
      for (Wire end : List.of(t.client, t.side)) {
        Frame close = frame(end);
        assertThat(close.code()).isEqualTo(1009);
        assertThat(close.asText()).endsWith("frame of 1001 bytes, limits.maxFrame is 1000");
      }
      assertThat(all(t.side)).isEmpty();
    }
    assertThat(rig.events).contains("cut cable frame-too-large");
  }

  @Test
  @Tag("D41")
  void aWorkloadThatBreaksTheProtocolIsRelayedAsItIs() throws Exception {
    serveWatchful();
    byte[] odd = random(1 << 20);
    odd[0] = (byte) 0xFF;
    try (Pair t = tunnel(CABLE)) {
      Thread.ofVirtual().start(() -> send(t.side, odd));
      assertThat(t.client.socket().getInputStream().readNBytes(odd.length)).isEqualTo(odd);
      assertThat(all(t.client)).as("no PING").isEmpty();
    }
  }

  @Test
  void aSilentClientIsAskedAndItsAnswerStaysWithUs() throws Exception {
    serveWatchful();
    try (Pair t = tunnel()) {
      long start = System.nanoTime();
      for (int i = 0; i < 3; i++) {
        Frame ping = frame(t.client);
        assertThat(ping.first()).isEqualTo(0x89);
        assertThat(ping.payload()).hasSize(8);
        for (byte b : Frame.of(0x8A, ping.payload()).asMasked().bytes()) {
          t.client.send(new byte[] {b});
        }
      }
      assertThat(System.nanoTime() - start).isGreaterThan(2 * INTERVAL.toNanos());
      t.client.send(Frame.text("hi").asMasked().bytes());
      assertThat(frame(t.side).asText()).as("no PONG before it").isEqualTo("hi");
      assertThat(rig.gate.demand().open()).isEqualTo(1);
    }
  }

  @Test
  @Tag("D41")
  void pingsAndPongsOfTheTwoEndsPassAlsoWhenTheyLookLikeOurs() throws Exception {
    serveWatchful();
    try (Pair t = tunnel()) {
      byte[] asked = frame(t.client).payload();
      t.side.send(Frame.of(0x89, random(8)).bytes());
      assertThat(frame(t.client).payload()).isEqualTo(random(8));
      byte[] other = asked.clone();
      other[7]++;
      byte[] pongs =
          concat(
              Frame.of(0x8A, asked).asMasked().bytes(),
              Frame.of(0x8A, other).asMasked().bytes(),
              Frame.of(0x8A, random(8)).asMasked().bytes(),
              Frame.of(0x8A, Arrays.copyOf(asked, 7)).asMasked().bytes(),
              Frame.of(0x89, asked).asMasked().bytes());
      for (int i = 0; i < pongs.length; i += 5) {
        t.client.send(Arrays.copyOfRange(pongs, i, Math.min(i + 5, pongs.length)));
      }
      byte[] passed = Arrays.copyOfRange(pongs, 14, pongs.length);
      assertThat(t.side.socket().getInputStream().readNBytes(passed.length)).isEqualTo(passed);
    }
  }

  @Test
  void nobodyIsAskedWhileAPingOfTheWorkloadIsOutstanding() throws Exception {
    serve(new Keepalive(INTERVAL, 5), new Limits(1 << 20, LONG));
    try (Pair t = tunnel()) {
      t.side.send(Frame.of(0x89, new byte[] {1}).bytes());
      assertThat(frame(t.client).payload()).containsExactly(1);
      await().pollDelay(INTERVAL.multipliedBy(2)).until(() -> true);
      assertThat(available(t.client)).isEmpty();
      t.client.send(Frame.of(0x8A, new byte[] {1}).asMasked().bytes());
      assertThat(frame(t.side).payload()).containsExactly(1);
      assertThat(frame(t.client).payload()).hasSize(8);
    }
  }

  @Test
  void aPingGoesBetweenTwoFragmentsAndNowhereElse() throws Exception {
    serveWatchful();
    byte[] fragments = Frame.fragments(random(HUGE), HUGE / 4, false);
    int boundary = fragments.length / 4 + 2; // the first header is as long as the others
    try (Pair t = tunnel(DEFLATE)) {
      t.side.send(Arrays.copyOf(fragments, boundary / 2));
      byte[] first = t.client.socket().getInputStream().readNBytes(boundary / 2);
      await().pollDelay(INTERVAL.multipliedBy(2)).until(() -> true);
      assertThat(available(t.client)).as("inside a frame").isEmpty();
      Thread.ofVirtual()
          .start(() -> send(t.side, Arrays.copyOfRange(fragments, boundary / 2, fragments.length)));
      byte[] rest =
          t.client.socket().getInputStream().readNBytes(fragments.length - first.length + 10);
      List<Frame> frames = Frame.parse(concat(first, rest));
      assertThat(frames).hasSize(5);
      assertThat(frames.get(1).first()).isEqualTo(0x89);
      var message = new ByteArrayOutputStream();
      frames.stream().filter(f -> f.first() != 0x89).forEach(f -> message.writeBytes(f.payload()));
      assertThat(message.toByteArray()).isEqualTo(random(HUGE));
    }
  }

  @Test
  @Tag("D37")
  void aClientThatNeverAnswersLeavesTheDemandInTime() throws Exception {
    serve(new Keepalive(INTERVAL, 3), new Limits(1 << 20, LONG));
    try (Pair t = tunnel()) {
      long start = System.nanoTime();
      Thread.ofVirtual().start(() -> chatter(t.side));
      rig.awaitDemand(0, 0);
      assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(INTERVAL.toNanos() * 2);
      Frame last = Frame.parse(all(t.side)).getLast();
      assertThat(last.code()).isEqualTo(1001);
    }
    assertThat(rig.events).contains("cut cable no-pong");
  }

  @Test
  void aClientThatTalksButNeverAnswersPingsStays() throws Exception {
    serveWatchful();
    try (Pair t = tunnel()) {
      assertThat(frame(t.client).first()).isEqualTo(0x89);
      for (int i = 0; i < 8; i++) {
        t.client.send(Frame.text("x").asMasked().bytes());
        assertThat(frame(t.side).asText()).isEqualTo("x");
        await().pollDelay(INTERVAL.dividedBy(2)).until(() -> true);
      }
      assertThat(rig.gate.demand().open()).isEqualTo(1);
    }
  }

  @Test
  void aSlowClientBehindAHugeFrameIsAlive() throws Exception {
    serveWatchful();
    byte[] frame = Frame.of(0x82, random(HUGE)).bytes();
    try (Pair t = tunnel()) {
      Thread.ofVirtual().start(() -> send(t.side, frame));
      var got = new ByteArrayOutputStream();
      for (int i = 0; i < 20; i++) {
        got.writeBytes(t.client.socket().getInputStream().readNBytes(HUGE / 25));
        await().pollDelay(INTERVAL.dividedBy(4)).until(() -> true);
      }
      got.writeBytes(t.client.socket().getInputStream().readNBytes(frame.length - got.size()));
      assertThat(got.toByteArray()).isEqualTo(frame);
      assertThat(rig.gate.demand().open()).isEqualTo(1);
    }
  }

  @Test
  void aSlowClientIsAliveAlsoWhenItHasNotComeToOurPingYet() throws Exception {
    serveWatchful();
    byte[] frames = Frame.fragments(random(HUGE), 60_000, false);
    try (Pair t = tunnel()) {
      Thread.ofVirtual().start(() -> chatter(t.side, frames));
      for (int i = 0; i < 20; i++) {
        assertThat(t.client.socket().getInputStream().readNBytes(HUGE / 25)).hasSize(HUGE / 25);
        await().pollDelay(INTERVAL.dividedBy(4)).until(() -> true);
      }
      assertThat(rig.gate.demand().open()).isEqualTo(1);
    }
  }

  @Test
  @Tag("D41")
  void aClientThatTakesNothingIsClosedAfterTheLimit() throws Exception {
    serve(new Keepalive(LONG, 2), new Limits(1 << 20, INTERVAL));
    byte[] frame = Frame.of(0x82, random(HUGE)).bytes();
    try (Pair t = tunnel()) {
      Thread.ofVirtual().start(() -> chatter(t.side, frame));
      rig.awaitDemand(0, 0);
    }
    assertThat(rig.events).contains("cut cable slow-client");
  }

  @Test
  void aClientIsNotTakenForSilentWhileTheWorkloadDoesNotRead() throws Exception {
    serveWatchful();
    byte[] frames = Frame.fragments(random(HUGE), 10_000, true);
    try (Pair t = tunnel()) {
      Thread.ofVirtual().start(() -> send(t.client, frames));
      await().pollDelay(INTERVAL.multipliedBy(4)).until(() -> true);
      assertThat(rig.gate.demand().open()).isEqualTo(1);
      assertThat(t.side.socket().getInputStream().readNBytes(frames.length)).isEqualTo(frames);
    }
  }

  /** Sends until the connection is closed, much like the pings of Action Cable. */
  private static void chatter(Wire wire) {
    chatter(wire, Frame.text("{\"type\":\"ping\"}").bytes());
  }

  private static void chatter(Wire wire, byte[] frame) {
    try {
      while (true) {
        wire.send(frame);
        await().pollDelay(Duration.ofMillis(20)).until(() -> true);
      }
    } catch (IOException _) {
      // This is how it ends.
    }
  }

  private static void send(Wire wire, byte[] bytes) {
    try {
      wire.send(bytes);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] concat(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    Arrays.stream(parts).forEach(all::writeBytes);
    return all.toByteArray();
  }
}
