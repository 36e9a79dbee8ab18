package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.core.Demand;
import dev.dormouse.core.ServiceSpec.Doze;
import dev.dormouse.core.ServiceSpec.Heartbeat;
import dev.dormouse.core.WakeReason;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What passes a tunnel while the workload sleeps under it, and what counts as silence. */
class HeartbeatIT {
  private static final int PING = 0x89;
  private static final int PONG = 0x8A;
  private static final String CABLE = "Sec-WebSocket-Protocol: actioncable-v1-json";
  private static final String CABLE_PING = "{\"type\":\"ping\",\"message\":1795868445}";
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Rig rig = new Rig(Specs.at("/cable").keepalive(LONG, 2));
  private Optional<Upstream> upstream = Optional.empty();

  private record Pair(Wire client, Wire server) {}

  @AfterEach
  void endIt() throws IOException {
    if (upstream.isPresent()) {
      upstream.get().close();
    }
    rig.close();
  }

  private Pair tunnel(String... headers) throws Exception {
    Upstream playing =
        Upstream.playing(
            wire -> {
              wire.head();
              wire.send(Upstream.switching(headers));
            });
    upstream = Optional.of(playing);
    rig.admit(playing.endpoint());
    Wire client = rig.connect().send(Wire.upgrade("/cable"));
    assertThat(client.head()).startsWith("HTTP/1.1 101 ");
    client.socket().setSoTimeout((int) LIMIT.toMillis());
    Wire server = playing.wire();
    server.socket().setSoTimeout((int) LIMIT.toMillis());
    rig.awaitDemand(0, 1);
    return new Pair(client, server);
  }

  /** From now on the workload sleeps, by the gate's account. */
  private void doze() {
    await().atMost(LIMIT).until(() -> rig.gate.withdrawIfSilent(rig.gate.demand()));
  }

  private Optional<WakeReason> roused() {
    return rig.gate.demand().roused();
  }

  private void awaitRoused(WakeReason why) {
    await(why.word()).atMost(LIMIT).until(() -> roused().equals(Optional.of(why)));
  }

  private static Frame frame(Wire wire) throws IOException {
    byte[] head = wire.socket().getInputStream().readNBytes(2);
    assertThat(head).as("a frame").hasSize(2);
    int more = (head[1] & 0x7F) + (head[1] < 0 ? 4 : 0);
    byte[] all = new byte[2 + more];
    System.arraycopy(head, 0, all, 0, 2);
    System.arraycopy(wire.socket().getInputStream().readNBytes(more), 0, all, 2, more);
    return Frame.parse(all).getFirst();
  }

  private static void assertNothingComes(Wire wire) throws IOException {
    wire.socket().setSoTimeout(300);
    try {
      assertThat(wire.socket().getInputStream().read()).as("nothing").isEqualTo(-2);
    } catch (SocketTimeoutException _) {
      wire.socket().setSoTimeout((int) LIMIT.toMillis());
    }
  }

  @Test
  void aCableClientHearsAPingEveryThreeSecondsFromASleeper() throws Exception {
    Pair t = tunnel(CABLE);
    t.server.send(Frame.text(CABLE_PING).bytes());
    assertThat(frame(t.client).asText()).isEqualTo(CABLE_PING);
    Instant last = Instant.now();
    doze();
    for (int i = 0; i < 3; i++) {
      Frame ping = frame(t.client);
      assertThat(ping.asText()).matches("\\{\"type\":\"ping\",\"message\":\\d{10}\\}");
      Instant now = Instant.now();
      assertThat(Duration.between(last, now)).isLessThan(Duration.ofSeconds(6));
      last = now;
    }
    assertThat(roused()).isEmpty();
    rig.admit(upstream.orElseThrow().endpoint());
  }

  @Test
  void othersGetNoMessageOfOurs() throws Exception {
    Pair t = tunnel();
    doze();
    t.client.socket().setSoTimeout(4_000);
    try {
      assertThat(t.client.socket().getInputStream().read()).isEqualTo(-2);
    } catch (SocketTimeoutException _) {
      assertThat(roused()).isEmpty();
    }
  }

  @Test
  void aClientsPingIsAnsweredAndTheSleeperSleepsOn() throws Exception {
    Pair t = tunnel();
    doze();
    for (String payload : List.of("", "hello", "12345678", "x".repeat(125))) {
      byte[] ping = Frame.of(PING, payload.getBytes(UTF_8)).asMasked().bytes();
      for (byte b : ping) {
        t.client.send(new byte[] {b}); // in any split
      }
      Frame pong = frame(t.client);
      assertThat(pong.first()).isEqualTo(PONG);
      assertThat(pong.asText()).isEqualTo(payload);
      t.client.send(Frame.of(PONG, payload.getBytes(UTF_8)).asMasked().bytes());
    }
    assertNothingComes(t.server);
    assertThat(roused()).isEmpty();
  }

  @Test
  void whatBelongsToASleeperIsHandedOnAndWakesIt() throws Exception {
    Pair t = tunnel();
    doze();
    t.client.send(Frame.text("hello").asMasked().bytes());
    assertThat(frame(t.server).asText()).isEqualTo("hello");
    awaitRoused(WakeReason.MESSAGE);
  }

  @Test
  void awakeAPingGoesToTheServer() throws Exception {
    Pair t = tunnel();
    t.client.send(Frame.of(PING, "hi".getBytes(UTF_8)).asMasked().bytes());
    assertThat(frame(t.server).first()).isEqualTo(PING);
  }

  @Test
  void aPongThatTheServerHasAskedForGoesToIt() throws Exception {
    Pair t = tunnel();
    t.server.send(Frame.of(PING, "ask".getBytes(UTF_8)).bytes());
    assertThat(frame(t.client).first()).isEqualTo(PING);
    doze();
    t.client.send(Frame.of(PONG, "ask".getBytes(UTF_8)).asMasked().bytes());
    assertThat(frame(t.server).first()).isEqualTo(PONG);
    assertThat(roused()).isEmpty();
  }

  @Test
  void everyWayToLeaveASleeperWakesIt() throws Exception {
    Pair t = tunnel();
    doze();
    t.client.send(Frame.close(1000).asMasked().bytes());
    awaitRoused(WakeReason.CLOSE);
  }

  @Test
  void alsoWithoutAWord() throws Exception {
    Pair t = tunnel();
    doze();
    t.client.reset();
    awaitRoused(WakeReason.CLOSE);
  }

  @Test
  void heartbeatsOfEitherSideAreSilence() throws Exception {
    Pair t = tunnel(CABLE);
    rig.gate.silence().listen();
    Demand.Known before = rig.gate.demand();
    t.server.send(Frame.text(CABLE_PING).bytes());
    t.server.send(Frame.of(PING, "a".getBytes(UTF_8)).bytes());
    t.client.send(Frame.of(PONG, "a".getBytes(UTF_8)).asMasked().bytes());
    t.client.send(Frame.of(PING, "b".getBytes(UTF_8)).asMasked().bytes());
    t.server.send(Frame.of(PONG, "b".getBytes(UTF_8)).bytes());
    assertThat(frame(t.client).asText()).isEqualTo(CABLE_PING);
    assertThat(frame(t.client).first()).isEqualTo(PING);
    assertThat(frame(t.client).first()).isEqualTo(PONG);
    assertThat(frame(t.server).first()).isEqualTo(PONG);
    assertThat(frame(t.server).first()).isEqualTo(PING);
    assertThat(rig.gate.demand().silentSince()).isEqualTo(before.silentSince());
    for (String word :
        List.of("{\"type\":\"pin\"}", "{\"type\":\"confirm_subscription\"}", "", "ping")) {
      Instant then = rig.gate.demand().silentSince();
      t.server.send(Frame.text(word).bytes());
      assertThat(frame(t.client).asText()).isEqualTo(word);
      await().atMost(LIMIT).until(() -> rig.gate.demand().silentSince().isAfter(then));
    }
  }

  @Test
  void withoutTheSubprotocolAPingOfItsKindIsAMessage() throws Exception {
    Pair t = tunnel();
    Instant then = rig.gate.demand().silentSince();
    t.server.send(Frame.text(CABLE_PING).bytes());
    frame(t.client);
    await().atMost(LIMIT).until(() -> rig.gate.demand().silentSince().isAfter(then));
  }

  @Test
  void unlessThatIsDeclared() throws Exception {
    var declared =
        new Doze(Duration.ofSeconds(10), Heartbeat.ACTION_CABLE, Optional.empty(), List.of());
    rig.serve(Specs.at("/cable").keepalive(LONG, 2).dozing(declared));
    Pair t = tunnel();
    Instant then = rig.gate.demand().silentSince();
    t.server.send(Frame.text(CABLE_PING).bytes());
    frame(t.client);
    assertThat(rig.gate.demand().silentSince()).isEqualTo(then);
    doze();
    assertThat(frame(t.client).asText()).startsWith("{\"type\":\"ping\"");
  }

  @Test
  void nobodyIsSilentToWhomSomethingIsOnItsWay() throws Exception {
    Pair t = tunnel();
    byte[] much = Frame.of(0x82, new byte[8 << 20]).bytes();
    Thread writer =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    t.server.send(much);
                  } catch (IOException _) {
                    // the client has left
                  }
                });
    await().atMost(LIMIT).until(this::isOnItsWay);
    assertThat(rig.gate.withdrawIfSilent(rig.gate.demand())).isFalse();
    assertThat(t.client.socket().getInputStream().readNBytes(much.length)).hasSize(much.length);
    writer.join();
    await().atMost(LIMIT).until(() -> !isOnItsWay());
  }

  /** Silence that begins anew with each look is none. */
  private boolean isOnItsWay() {
    Instant one = rig.gate.demand().silentSince();
    Instant other = rig.gate.demand().silentSince();
    return other.isAfter(one) && rig.gate.demand().silentSince().isAfter(other);
  }
}
