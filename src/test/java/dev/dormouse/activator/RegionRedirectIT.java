package dev.dormouse.activator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.activator.AllowedUpstreams.Host;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A service that another region serves: Fly replays, elsewhere a tunnel leads there. */
final class RegionRedirectIT {
  private static final Duration LONG = Duration.ofSeconds(10);

  private final Rig rig =
      new Rig(
          Specs.at("/cable"),
          ActivatorSettings.of("127.0.0.1", 0)
              .allowing(
                  new AllowedUpstreams(
                      List.of(
                          new Host("127.0.0.1", OptionalInt.empty()),
                          new Host("LOCALHOST", OptionalInt.empty())))));
  private final Rig fly =
      new Rig(Specs.at("/cable"), ActivatorSettings.of("127.0.0.1", 0).onFly(true));

  @AfterEach
  void nobodyIsWokenHere() {
    rig.close();
    fly.close();
    assertThat(rig.demandChanges).hasValue(0);
    assertThat(fly.demandChanges).hasValue(0);
  }

  @Test
  void flyIsAskedToReplayTheUpgrade() throws IOException {
    fly.serve(Specs.at("/cable").servedBy("lhr", "http://127.0.0.1:1"));
    try (Wire client = fly.connect().send(Wire.upgrade("/cable"))) {
      assertThat(client.head())
          .startsWith("HTTP/1.1 503 ")
          .contains("\r\nfly-replay: region=lhr\r\n")
          .contains("\r\nContent-Length: ")
          .contains("\r\nConnection: close");
      assertThat(client.rest()).contains("\"reason\":\"served-elsewhere\"");
    }
    assertThat(fly.events).containsExactly("refused cable replayed");
  }

  @Test
  void whatWasReplayedIsNeverSentOnAgain() throws IOException {
    fly.serve(Specs.at("/cable").servedBy("lhr", ""));
    rig.serve(Specs.at("/cable").servedBy("lhr", "http://127.0.0.1:1"));
    for (String sent :
        List.of(
            "fly-replay-src: instance=1;region=ord;t=1",
            "Fly-Replay-Failed: reason=timeout",
            "Dormouse-Sent-By: ord")) {
      for (Rig one : List.of(fly, rig)) {
        try (Wire client = one.connect().send(Wire.upgrade("/cable", sent))) {
          assertThat(client.head())
              .startsWith("HTTP/1.1 503 ")
              .contains("Retry-After")
              .doesNotContain("fly-replay");
          assertThat(client.rest()).contains("served-elsewhere");
        }
      }
    }
  }

  @Test
  void onlyAFlawlessUpgradeIsSentOn() throws IOException {
    fly.serve(Specs.at("/cable").servedBy("lhr", ""));
    for (String request :
        List.of(
            "GET /cable HTTP/1.1\r\nHost: h\r\n\r\n",
            Wire.upgrade("/cable").replace("Version: 13", "Version: 12"),
            Wire.upgrade("/other"))) {
      try (Wire client = fly.connect().send(request)) {
        assertThat(client.head()).startsWith("HTTP/1.1 4").doesNotContain("fly-replay");
      }
    }
  }

  @Test
  void aTunnelLeadsToTheUpstreamWithTheRequestAsItCame() throws Exception {
    try (Upstream there =
        Upstream.playing(
            wire -> {
              String head = wire.head();
              wire.send(Upstream.switching());
              wire.send(head + "\r\n\r\n");
            })) {
      rig.serve(
          Specs.at("/cable")
              .routes(List.of(Specs.route("", "/{region}/cable", "/inside")))
              .servedBy("lhr", "ws://localhost:" + there.endpoint().port()));
      try (Wire client = rig.connect().send(Wire.upgrade("/iad/cable?x=1"))) {
        assertThat(client.head()).startsWith("HTTP/1.1 101 ");
        assertThat(client.head())
            .startsWith("GET /iad/cable?x=1 HTTP/1.1\r\nHost: cable.example\r\n")
            .contains("Dormouse-Sent-By: iad");
      }
    }
  }

  /** It may be anything that listens and that only we can reach: a tenant must not read it. */
  @Test
  void ofAnyOtherAnswerTheStatusIsTold() throws Exception {
    try (Upstream there =
        Upstream.playing(
            wire -> {
              wire.head();
              wire.send("HTTP/1.1 403 Secret\r\nX-Secret: 1\r\nContent-Length: 6\r\n\r\nsecret");
            })) {
      rig.serve(Specs.at("/cable").servedBy("lhr", "http://127.0.0.1:" + there.endpoint().port()));
      try (Wire client = rig.connect().send(Wire.upgrade("/cable"))) {
        assertThat(client.head()).startsWith("HTTP/1.1 403 Forbidden").doesNotContain("ecret");
        assertThat(client.rest()).contains("upstream-refused").doesNotContain("secret");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"})
  void whatOnlyWeCanReachIsNotDialledUnlessItIsAllowed(String host) throws Exception {
    try (Upstream there = Upstream.accepting();
        var strict =
            new Rig(
                Specs.at("/cable")
                    .servedBy("lhr", "http://" + host + ":" + there.endpoint().port()),
                ActivatorSettings.of("127.0.0.1", 0)
                    .allowing(
                        new AllowedUpstreams(
                            List.of(
                                new Host(host, OptionalInt.of(1)),
                                new Host("other.example", OptionalInt.empty())))));
        Wire client = strict.connect().send(Wire.upgrade("/cable"))) {
      assertThat(client.head()).startsWith("HTTP/1.1 503 ");
      assertThat(client.rest()).contains("\"reason\":\"served-elsewhere\"", "is not allowed here");
      assertThat(strict.events).anyMatch(it -> it.startsWith("not allowed cable " + host));
      assertThat(there.accepted).hasValue(0);
    }
  }

  @Test
  void withoutAnUpstreamOrItsAddressTheClientIsTold() throws IOException {
    for (String upstream : List.of("", "http://no-such-host.invalid")) {
      rig.serve(Specs.at("/cable").servedBy("lhr", upstream));
      try (Wire client = rig.connect().send(Wire.upgrade("/cable"))) {
        assertThat(client.head()).startsWith("HTTP/1.1 503 ").contains("Retry-After: 5");
        assertThat(client.rest()).contains("\"reason\":\"served-elsewhere\"");
      }
    }
  }

  @Test
  void theLimitsHoldForTunnelsToAnUpstream() throws Exception {
    try (Upstream there = Upstream.accepting()) {
      rig.serve(
          Specs.at("/cable")
              .hold(LONG)
              .maxWaiting(9)
              .handshake(LONG)
              .admitting(1, 0)
              .servedBy("lhr", "http://127.0.0.1:" + there.endpoint().port()));
      try (Wire first = rig.connect().send(Wire.upgrade("/cable"))) {
        assertThat(first.head()).startsWith("HTTP/1.1 101 ");
        try (Wire second = rig.connect().send(Wire.upgrade("/cable"))) {
          assertThat(second.head()).startsWith("HTTP/1.1 503 ");
          assertThat(second.rest()).contains("\"reason\":\"full\"");
        }
      }
    }
  }
}
