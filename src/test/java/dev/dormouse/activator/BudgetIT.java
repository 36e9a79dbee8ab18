package dev.dormouse.activator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.budget.Budget.Kind;
import dev.dormouse.budget.Budget.Limits;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** More than there is memory for, of every kind, beside a tunnel that is to notice nothing. */
final class BudgetIT {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final String GET = "GET / HTTP/1.1\r\nHost: h\r\n";
  private static final String PADDING = ("X-A: " + "y".repeat(493) + "\r\n").repeat(28);

  /** Room for 128 connections that say nothing, and for one slow reader. */
  private static final Limits LITTLE = new Limits(2 << 20, 1 << 16, 1_000);

  private final Rig rig = new Rig(Specs.at("/cable"), ActivatorSettings.of("127.0.0.1", 0), LITTLE);

  @AfterEach
  void nothingIsKept() {
    try {
      rig.activator.close();
      rig.awaitDemand(0, 0);
      await().atMost(LONG).until(() -> rig.budget.usedBytes() == 0);
    } finally {
      rig.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "G", GET + "!14KB", GET + "!90", "\r\n\r", GET + "\r\nGET /"})
  void whoeverDoesNotFinishAHeadMakesRoomForWhoeverComes(String beginning) throws Exception {
    String said = beginning.replace("!14KB", PADDING).replace("!90", "a:b\r\n".repeat(90));
    try (Upstream upstream = Upstream.accepting()) {
      rig.admit(upstream.endpoint());
      try (Wire tunnel = opened();
          Wire side = upstream.wire()) {
        List<Wire> hostile = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
          hostile.add(rig.connect().send(said));
          assertThat(rig.budget.usedBytes()).isLessThan(rig.budget.bytes() / 4 + 100_000);
        }
        await().atMost(LONG).until(() -> rig.budget.shed(Kind.HEAD) >= 200);
        assertEcho(tunnel, side);
        try (Wire newcomer = opened();
            Wire its = upstream.wire()) {
          assertEcho(newcomer, its);
        }
        close(hostile);
      }
    }
  }

  @Test
  void refusalsThatNobodyReadsMakeRoomToo() throws Exception {
    try (Upstream upstream = Upstream.accepting()) {
      rig.admit(upstream.endpoint());
      try (Wire tunnel = opened();
          Wire side = upstream.wire()) {
        List<Wire> hostile = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
          hostile.add(rig.connect().send(Wire.upgrade("/nowhere")));
        }
        await().atMost(LONG).until(() -> rig.budget.shed() >= 100);
        assertEcho(tunnel, side);
        close(hostile);
      }
    }
  }

  @Test
  void ofThoseWhoWaitTheLargestIsToldThatItIsFull() throws Exception {
    try (Wire small = rig.held()) {
      List<Wire> large = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        large.add(rig.connect().send(Wire.upgrade("/cable", PADDING.strip())));
      }
      await().atMost(LONG).until(() -> rig.budget.shed(Kind.HELD) >= 20);
      assertThat(large.getFirst().head()).startsWith("HTTP/1.1 503 ");
      assertThat(large.getFirst().rest()).contains("\"reason\":\"full\"", "memory");
      close(large);
      rig.awaitDemand(1, 0);
      try (Upstream upstream = Upstream.accepting()) {
        rig.admit(upstream.endpoint());
        assertThat(small.head()).startsWith("HTTP/1.1 101 ");
      }
    }
  }

  /** In both directions: whoever reads slowly, it is the same memory. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void ofSlowReadersTheOneForWhomMostWaitsIsCut(boolean client) throws Exception {
    try (Upstream upstream = Upstream.accepting()) {
      rig.admit(upstream.endpoint());
      try (Wire tunnel = opened();
          Wire side = upstream.wire()) {
        List<Wire> ends = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
          Wire one = opened();
          Wire other = upstream.wire();
          ends.addAll(List.of(one, other));
          Thread.startVirtualThread(() -> flood(client ? other : one, client));
        }
        await()
            .atMost(LONG)
            .until(() -> rig.budget.shed(Kind.UNREAD) > 0 || (!client && rig.budget.isTight()));
        if (client) { // else not to read may have been enough
          assertThat(rig.events).contains("cut cable memory");
        }
        assertThat(rig.budget.usedBytes()).isLessThanOrEqualTo(rig.budget.bytes());
        assertEcho(tunnel, side);
        close(ends);
      }
    }
  }

  @Test
  void whoeverComesWhenAllAreConnectedWaitsWithTheKernel() throws Exception {
    try (var small =
            new Rig(
                Specs.at("/cable"),
                ActivatorSettings.of("127.0.0.1", 0),
                new Limits(1 << 24, 1 << 20, 2));
        Upstream upstream = Upstream.accepting()) {
      small.admit(upstream.endpoint());
      Wire first = small.connect().send(Wire.upgrade("/cable"));
      assertThat(first.head()).startsWith("HTTP/1.1 101 ");
      try (Wire second = small.connect().send(Wire.upgrade("/cable"))) {
        assertThat(second.head()).startsWith("HTTP/1.1 101 ");
        try (Wire third = small.connect().send(Wire.upgrade("/cable"))) {
          small.awaitDemand(0, 2);
          assertEcho(second, lastOf(upstream, 2));
          assertThat(small.activator.connections()).isEqualTo(2);
          first.reset();
          assertThat(third.head()).startsWith("HTTP/1.1 101 ");
        }
      }
    }
  }

  /** A client that reads no answer is not waited for: answers take as long as a farewell may. */
  @Test
  void whoeverAsksAndReadsNothingIsNotKeptForEver() throws Exception {
    var settings = Rig.settings(LONG, LONG, Duration.ofMillis(300));
    try (var impatient = new Rig(Specs.at("/cable"), settings);
        Wire deaf = Wire.to(impatient.activator.port(), 1024)) {
      try {
        for (int i = 0; i < 2_000; i++) {
          deaf.send((GET + "\r\n").repeat(10));
        }
      } catch (IOException e) {
        // It was cut while it was still sending.
      }
      await().atMost(LONG).until(() -> impatient.activator.connections() == 0);
    }
  }

  private static Wire lastOf(Upstream upstream, int count) throws InterruptedException {
    Wire last = upstream.wire();
    for (int i = 1; i < count; i++) {
      last = upstream.wire();
    }
    return last;
  }

  private Wire opened() throws IOException {
    Wire client = rig.connect().send(Wire.upgrade("/cable"));
    assertThat(client.head()).startsWith("HTTP/1.1 101 ");
    return client;
  }

  private static void assertEcho(Wire client, Wire side) throws IOException {
    byte[] ping = Frame.text("ping").asMasked().bytes();
    client.send(ping);
    assertThat(side.text(ping.length)).hasSize(ping.length);
    side.send(Frame.text("pong").bytes());
    assertThat(client.text(6)).endsWith("pong");
  }

  /** Until the other end takes no more, and then until it is cut. */
  private static void flood(Wire from, boolean server) {
    var message = Frame.of(0x82, new byte[16_000]);
    byte[] frame = (server ? message : message.asMasked()).bytes();
    try {
      while (true) {
        from.send(frame);
      }
    } catch (IOException e) {
      return;
    }
  }

  private static void close(List<Wire> wires) throws IOException {
    for (Wire wire : wires) {
      wire.close();
    }
  }
}
