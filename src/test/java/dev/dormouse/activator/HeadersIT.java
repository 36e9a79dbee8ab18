package dev.dormouse.activator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a real workload is told about the client, and where a request must lead to reach it. */
final class HeadersIT {
  private static final String[] BEHIND_TWO_PROXIES = {
    "X-Forwarded-For: 198.51.100.7, 127.0.0.1",
    "X-Forwarded-Proto: https, https",
    "X-Forwarded-Host: cable.example, cable.example"
  };

  @Test
  @Tag("D39")
  @Tag("N3")
  @Tag("N4")
  void behindTrustedProxiesWhatTheySayIsPassedOnOnce() throws Exception {
    assertThat(headAtTheWorkload(List.of("127.0.0.0/8")))
        .contains("\r\nHost: cable.example\r\n")
        .containsOnlyOnce("X-Forwarded-Proto")
        .contains("\r\nX-Forwarded-Proto: https\r\n")
        .containsOnlyOnce("X-Forwarded-Host")
        .contains("\r\nX-Forwarded-Host: cable.example\r\n")
        .containsOnlyOnce("X-Forwarded-For")
        .contains("198.51.100.7");
  }

  @Test
  @Tag("D39")
  void ofAStrangerNothingIsBelieved() throws Exception {
    assertThat(headAtTheWorkload(List.of()))
        .contains("\r\nHost: cable.example\r\n")
        .contains("\r\nX-Forwarded-Proto: http\r\n")
        .contains("\r\nX-Forwarded-For: 127.0.0.1\r\n")
        .doesNotContain("198.51.100.7")
        .doesNotContain("https");
  }

  @Test
  @Tag("N2")
  @Tag("N13")
  void theWholePathMustMatchAndTheHostWithoutCaseAndPort() throws Exception {
    try (var upstream = Upstream.playing(HeadersIT::echoHead);
        var rig =
            new Rig(
                Specs.at("/x")
                    .routes(
                        List.of(
                            Specs.route("cable.example", "/showcase/{event}/cable", "/cable"))))) {
      rig.admit(upstream.endpoint());
      for (String stranger :
          List.of(
              "/showcase/finals/cable/x", "/showcase/finals/cab", "/cable", "/showcase//cable")) {
        try (Wire client = rig.connect().send(Wire.upgrade(stranger))) {
          assertThat(client.head()).as(stranger).startsWith("HTTP/1.1 404 ");
        }
      }
      String upgrade = Wire.upgrade("/showcase/finals/cable?a=1");
      assertThat(upgrade).contains("Host: cable.example\r\n");
      try (Wire client =
          rig.connect()
              .send(upgrade.replace("Host: cable.example\r\n", "Host: Cable.EXAMPLE:8080\r\n"))) {
        assertThat(client.head()).startsWith("HTTP/1.1 101 ");
        assertThat(client.head())
            .startsWith("GET /cable?a=1 HTTP/1.1\r\nHost: Cable.EXAMPLE:8080\r\n");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://cable.example:81", "HTTPS://cable.example:81", "ws://Cable.example:81"})
  void anAbsoluteTargetIsItsPathAtItsHost(String base) throws Exception {
    var routes = List.of(Specs.route("cable.example", "/cable/*", "/*"));
    try (var upstream = Upstream.playing(HeadersIT::echoHead);
        var rig = new Rig(Specs.at("/x").routes(routes))) {
      rig.admit(upstream.endpoint());
      String upgrade =
          Wire.upgrade(base + "/cable/a?b").replace("Host: cable.example", "Host: other");
      try (Wire client = rig.connect().send(upgrade)) {
        assertThat(client.head()).startsWith("HTTP/1.1 101 ");
        assertThat(client.head())
            .startsWith("GET /a?b HTTP/1.1\r\n")
            .containsIgnoringCase("\r\nHost: cable.example:81\r\n")
            .containsIgnoringCase("\r\nX-Forwarded-Host: cable.example:81")
            .doesNotContain("other");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://",
        "http:///cable",
        "http://:80/cable",
        "http://a@cable.example/cable",
        "http://a b/cable"
      })
  void anAbsoluteTargetWithoutAHostIsMalformed(String target) throws Exception {
    try (var rig = new Rig(Specs.at("/cable"));
        Wire client = rig.connect().send(Wire.upgrade(target))) {
      assertThat(client.head()).startsWith("HTTP/1.1 400 ");
      assertThat(rig.demandChanges).hasValue(0);
    }
  }

  @Test
  void ofAClientThatHadToWaitTheWorkloadSeesTheSame() throws Exception {
    try (var upstream = Upstream.playing(HeadersIT::echoHead);
        var rig = new Rig(Specs.at("/cable"));
        Wire held = rig.connect().send(Wire.upgrade("/cable", BEHIND_TWO_PROXIES))) {
      rig.awaitDemand(1, 0);
      rig.admit(upstream.endpoint());
      try (Wire atOnce = rig.connect().send(Wire.upgrade("/cable", BEHIND_TWO_PROXIES))) {
        assertThat(held.head()).startsWith("HTTP/1.1 101 ");
        assertThat(atOnce.head()).startsWith("HTTP/1.1 101 ");
        assertThat(held.head()).isEqualTo(atOnce.head()).contains("X-Forwarded-For: ");
      }
    }
  }

  private static String headAtTheWorkload(List<String> trustedProxies) throws Exception {
    try (var upstream = Upstream.playing(HeadersIT::echoHead);
        var rig =
            new Rig(Specs.at("/cable").access(new Access(List.of(), 10, 0, trustedProxies)))) {
      rig.admit(upstream.endpoint());
      try (Wire client = rig.connect().send(Wire.upgrade("/cable", BEHIND_TWO_PROXIES))) {
        assertThat(client.head()).startsWith("HTTP/1.1 101 ");
        return client.head() + "\r\n";
      }
    }
  }

  private static void echoHead(Wire wire) throws IOException {
    String head = wire.head();
    wire.send(Upstream.switching());
    wire.send(head + "\r\n\r\n");
  }
}
