package dev.dormouse.activator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.core.Refusal;
import dev.dormouse.core.Refusal.Reason;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.core.Waiters;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** D21, D22, promise 7: how many may come, in all and from one client. */
final class LimitsIT {
  private static final String ALICE = "198.51.100.1";
  private static final String BOB = "198.51.100.2";

  private final Rig rig = new Rig(Specs.at("/cable").admitting(10_000, 2));

  @AfterEach
  void nothingIsCounted() {
    try {
      rig.activator.close();
      rig.awaitDemand(0, 0);
      assertThat(List.of(ALICE, BOB, "127.0.0.1")).allMatch(c -> rig.gate.connections(c) == 0);
    } finally {
      rig.close();
    }
  }

  @Test
  @Tag("D21")
  void boundsTheConnectionsOfOneClientBehindATrustedProxy() throws Exception {
    try (Upstream upstream = Upstream.accepting();
        Wire first = from(ALICE);
        Wire second = from(ALICE)) {
      rig.awaitDemand(2, 0);
      assertFull(from(ALICE), "from this address");
      rig.admit(upstream.endpoint());
      assertThat(first.head()).startsWith("HTTP/1.1 101 ");
      assertThat(second.head()).startsWith("HTTP/1.1 101 ");
      assertFull(from(ALICE), "from this address");
      try (Wire other = from(BOB)) {
        assertThat(other.head()).startsWith("HTTP/1.1 101 ");
      }
      first.reset();
      awaitConnections(ALICE, 1);
      try (Wire again = from(ALICE)) {
        assertThat(again.head()).startsWith("HTTP/1.1 101 ");
      }
    }
  }

  @Test
  @Tag("D21")
  void aStrangerIsCountedByItsConnectionWhateverItSays() throws Exception {
    rig.serve(Specs.at("/cable").access(new Access(List.of(), 10_000, 2, List.of("10.0.0.0/8"))));
    try (Wire _ = from(ALICE);
        Wire _ = from(BOB)) {
      rig.awaitDemand(2, 0);
      assertFull(from("198.51.100.3"), "from this address");
    }
  }

  @Test
  @Tag("D22")
  void boundsThoseWhoWaitAndThoseWhoAreConnectedTogether() throws Exception {
    rig.serve(Specs.at("/cable").admitting(3, 0));
    try (Upstream upstream = Upstream.accepting();
        Wire open = rig.held()) {
      rig.admit(upstream.endpoint());
      open.head();
      rig.gate.withdraw();
      try (Wire _ = rig.held();
          Wire _ = rig.held()) {
        assertFull(rig.connect().send(Wire.upgrade("/cable")), "allowed are waiting or connected");
        open.reset();
        rig.awaitDemand(2, 0);
        try (Wire _ = rig.held()) {
          assertThat(rig.gate.demand().waiting()).isEqualTo(3);
        }
      }
    }
  }

  @Test
  void everyWayAConnectionEndsIsCountedOnce() throws Exception {
    rig.serve(
        Specs.at("/cable")
            .hold(Duration.ofMillis(300))
            .maxWaiting(9)
            .handshake(Duration.ofMillis(150)));
    from(ALICE).reset();
    Wire early = from(ALICE).send("x");
    assertThat(early.head()).startsWith("HTTP/1.1 400 ");
    Wire held = from(ALICE);
    assertThat(held.head()).startsWith("HTTP/1.1 503 ");
    awaitConnections(ALICE, 0);
    Wire refused = from(ALICE);
    awaitConnections(ALICE, 1);
    rig.gate.apply(new Waiters.Refuse(Refusal.of(Reason.START_FAILED, "no")));
    assertThat(refused.head()).startsWith("HTTP/1.1 503 ");
    for (Upstream.Script script :
        List.<Upstream.Script>of(
            Wire::close,
            Wire::head,
            wire -> {
              wire.head();
              wire.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
            },
            wire -> {
              Upstream.accept(wire);
              wire.close();
            },
            wire -> {
              Upstream.accept(wire);
              wire.reset();
            })) {
      try (Upstream upstream = Upstream.playing(script)) {
        rig.admit(upstream.endpoint());
        Wire client = from(ALICE);
        client.head();
        client.rest();
        client.close();
        awaitConnections(ALICE, 0);
        rig.gate.withdraw();
      }
    }
    for (Wire wire : List.of(early, held, refused)) {
      wire.close();
    }
  }

  /** Chains of proxies and single sign-on make heads long; what bounds them is bytes alone. */
  @Test
  void takesAHeadAsLongAsItsServiceSays() throws Exception {
    String cookie = "Cookie: " + "x".repeat(24 << 10);
    var many = new String[101];
    java.util.Arrays.fill(many, "X-A: 1");
    var small = new ServiceSpec.Limits(Long.MAX_VALUE, 20 << 10, Duration.ofMinutes(1));
    var large = new ServiceSpec.Limits(Long.MAX_VALUE, 64 << 10, Duration.ofMinutes(1));
    try (Upstream upstream = Upstream.accepting();
        Wire first = rig.connect().send(Wire.upgrade("/cable", cookie));
        Wire headers = rig.connect().send(Wire.upgrade("/cable", many))) {
      assertThat(first.head()).startsWith("HTTP/1.1 431 ");
      rig.awaitDemand(1, 0);
      rig.admit(upstream.endpoint());
      assertThat(headers.head()).startsWith("HTTP/1.1 101 ");
      rig.serve(Specs.at("/cable").limits(large));
      for (String head :
          List.of(
              Wire.upgrade("/cable", cookie),
              Wire.upgrade("/cable?" + "y".repeat(12_000), "A: b"))) {
        try (Wire client = rig.connect().send(head)) {
          assertThat(client.head()).startsWith("HTTP/1.1 101 ");
        }
      }
      rig.serve(Specs.at("/cable").limits(small), Specs.at("/other").limits(large));
      try (Wire client = rig.connect().send(Wire.upgrade("/cable", cookie))) {
        assertThat(client.head()).startsWith("HTTP/1.1 431 ");
        assertThat(client.rest()).contains("limits.maxHead: 20480 bytes");
      }
    }
  }

  private Wire from(String client) throws IOException {
    return rig.connect().send(Wire.upgrade("/cable", "X-Forwarded-For: " + client));
  }

  private static void assertFull(Wire wire, String why) throws IOException {
    try (wire) {
      assertThat(wire.head()).startsWith("HTTP/1.1 503 ").contains("Retry-After: 5");
      assertThat(wire.rest()).contains("\"reason\":\"full\"").contains(why);
    }
  }

  private void awaitConnections(String client, int count) {
    await()
        .pollInterval(Duration.ofMillis(2))
        .atMost(Duration.ofSeconds(5))
        .until(() -> rig.gate.connections(client) == count);
  }
}
