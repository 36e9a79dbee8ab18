package dev.dormouse.activator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.core.ServiceSpec.Monitor;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Declared monitors: they neither wake a service nor keep it awake (case 23). */
class MonitorIT {
  private static final String AGENT = "User-Agent: UptimeRobot/2.0 (+https://uptime.example)";

  private final Rig rig =
      new Rig(
          Specs.at("/cable")
              .access(
                  new Access(
                      List.of(),
                      10_000,
                      0,
                      List.of("127.0.0.1"),
                      List.of(
                          new Monitor(Optional.empty(), Optional.of("uptimerobot/*")),
                          new Monitor(Optional.of("192.0.2.0/24"), Optional.empty()),
                          new Monitor(Optional.of("198.51.100.1"), Optional.of("*probe*"))))));

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void wakesNothing() throws IOException {
    try (Wire monitor = monitor()) {
      assertThat(monitor.head()).startsWith("HTTP/1.1 503 ").contains("Retry-After: 5");
      assertThat(monitor.rest()).contains("\"reason\":\"asleep\"", "access.monitors");
    }
    assertThat(rig.demandChanges).hasValue(0);
  }

  @Test
  void isServedByWhatIsAwakeAndIsClosedPolitelyByTheIdleStop() throws Exception {
    try (Upstream upstream = Upstream.accepting()) {
      rig.admit(upstream.endpoint());
      try (Wire monitor = monitor()) {
        assertThat(monitor.head()).startsWith("HTTP/1.1 101 ");
        try (Wire workload = upstream.wire()) {
          workload.send(Frame.text("hello").bytes());
          assertThat(monitor.text(2 + "hello".length())).endsWith("hello");
          assertThat(rig.gate.demand().any()).isFalse();
          assertThat(rig.gate.withdrawIfQuiet(rig.gate.demand())).isTrue();
          assertThat(monitor.text(4)).as("going away").isEqualTo("\u0088\u0002\u0003\u00e9");
        }
      }
      assertThat(rig.demandChanges).hasValue(0);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.77, curl/8, true",
    "192.0.3.77, curl/8, false",
    "198.51.100.1, My-Probe/1, true",
    "198.51.100.1, curl/8, false",
    "203.0.113.9, My-Probe/1, false",
    "203.0.113.9, UptimeRobot, false",
    "203.0.113.9, UPTIMEROBOT/3, true"
  })
  void isKnownByItsAddressAsFarAsThatIsBelievedItsUserAgentOrBoth(
      String address, String userAgent, boolean known) throws IOException {
    String upgrade =
        Wire.upgrade("/cable", "X-Forwarded-For: " + address, "User-Agent: " + userAgent);
    try (Wire client = rig.connect().send(upgrade)) {
      if (known) {
        assertThat(client.head()).startsWith("HTTP/1.1 503 ");
        assertThat(rig.gate.demand().any()).isFalse();
      } else {
        rig.awaitDemand(1, 0);
      }
    }
  }

  private Wire monitor() throws IOException {
    return rig.connect().send(Wire.upgrade("/cable", AGENT));
  }
}
