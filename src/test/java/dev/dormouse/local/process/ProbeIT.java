package dev.dormouse.local.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.core.Endpoint;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProbeIT {
  private static final Instant NOW = Instant.EPOCH;

  @Test
  void aPortWhereNobodyListensNeverAnswersNotEvenToItself() throws IOException {
    // Linux gives odd ports to bind and even ones to connect, one by one: the probe meets itself.
    Endpoint odd = Ports.assign("127.0.0.1", Specs.onDemand().port(0).build()).orElseThrow();
    var free = new Endpoint(odd.host(), odd.port() + odd.port() % 2);
    for (int i = 0; i < 40_000; i++) {
      assertThat(Probe.isAccepting(free)).isFalse();
    }
    // Somebody else's connection may have got the port for its own end.
    await()
        .ignoreExceptionsInstanceOf(BindException.class)
        .untilAsserted(
            () -> new ServerSocket(free.port(), 1, InetAddress.ofLiteral(free.host())).close());
  }

  @Test
  void aListenerThatIsNotAcceptingYetCounts() throws IOException {
    try (var server = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      var probe = new Probe(new Endpoint("127.0.0.1", server.getLocalPort()), Optional.empty());
      assertThat(probe.poll(NOW)).isTrue();
      probe.close();
    }
  }

  @Test
  void aRequestIsRepeatedOnlyAfterAWhileAndGivenUpIfUnanswered() throws IOException {
    try (var server = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"))) {
      server.setSoTimeout(50);
      var probe = new Probe(new Endpoint("127.0.0.1", server.getLocalPort()), Optional.of("/up"));
      assertThat(probe.poll(NOW)).isFalse();
      server.accept();
      assertThat(probe.poll(NOW.plusSeconds(4))).isFalse();
      assertThat(probe.poll(NOW.plusSeconds(6))).isFalse();
      assertThat(probe.poll(NOW.plusSeconds(7))).isFalse();
      assertThat(server.accept().isConnected()).isTrue();
      probe.close();
    }
  }
}
