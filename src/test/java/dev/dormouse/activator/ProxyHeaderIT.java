package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.core.ServiceSpec.Http;
import dev.dormouse.gate.Networks;
import dev.dormouse.testing.Specs;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The PROXY protocol in front: who the client is, and who may say so. */
final class ProxyHeaderIT {
  private static final Access OF_A_NETWORK = new Access(List.of(), 100, 0, List.of("192.0.2.0/24"));

  /** The signature of version 2. */
  private static final String V2 = "0d0a0d0a000d0a515549540a";

  private final Specs specs = Specs.at("/cable").http(Http.WAKE).access(OF_A_NETWORK);

  private static Rig behind(String network, Specs specs) {
    return new Rig(
        specs, ActivatorSettings.of("127.0.0.1", 0).behind(Networks.of(List.of(network))));
  }

  private static String binary(String hex) {
    return new String(HexFormat.of().parseHex(hex), ISO_8859_1);
  }

  private static String get(String... headers) {
    return PlainHttpIT.request("GET", "/cable", headers);
  }

  /** What the server is told of a client that begins like this. */
  private String told(String header, String request) throws Exception {
    try (Rig rig = behind("127.0.0.0/8", specs);
        Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(header);
      client.send(request);
      return upstream.wire().head();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PROXY TCP4 203.0.113.7 198.51.100.1 5000 443, 203.0.113.7",
    "PROXY TCP6 2001:db8::7 2001:db8::1 5000 443, 2001:db8:0:0:0:0:0:7",
    "PROXY UNKNOWN, 127.0.0.1",
    "PROXY UNKNOWN ffff::1 ffff::2 1 2, 127.0.0.1"
  })
  void version1SaysWhoTheClientIs(String header, String client) throws Exception {
    for (String request : List.of(get(), Wire.upgrade("/cable"))) {
      assertThat(told(header + "\r\n", request)).contains("X-Forwarded-For: " + client + "\r\n");
    }
  }

  @Test
  void version2SaysWhoTheClientIsAndWhetherItSpeaksTls() throws Exception {
    String addresses = "cb007107" + "c6336401" + "1388" + "01bb";
    String head = told(binary(V2 + "2111000c" + addresses), get());
    assertThat(head)
        .contains("X-Forwarded-For: 203.0.113.7\r\n")
        .endsWith("X-Forwarded-Proto: http");
    String tls = "200005" + "01" + "00000000";
    head = told(binary(V2 + "21110014" + addresses + tls), get());
    assertThat(head)
        .contains("X-Forwarded-For: 203.0.113.7\r\n")
        .endsWith("X-Forwarded-Proto: https");
  }

  /** A health check of the proxy itself. */
  @Test
  void aProxyThatSpeaksForItselfIsItself() throws Exception {
    assertThat(told(binary(V2 + "20000000"), get())).contains("X-Forwarded-For: 127.0.0.1\r\n");
  }

  /** It is the client whose word counts from there on, if it is a trusted proxy itself. */
  @Test
  void whoeverIsToldOfIsTrustedAsIfItHadConnected() throws Exception {
    String forwarded = "X-Forwarded-For: 198.18.0.1";
    assertThat(told("PROXY TCP4 203.0.113.7 1.1.1.1 1 2\r\n", get(forwarded)))
        .contains("X-Forwarded-For: 203.0.113.7\r\n");
    assertThat(told("PROXY TCP4 192.0.2.9 1.1.1.1 1 2\r\n", get(forwarded)))
        .contains("X-Forwarded-For: 198.18.0.1\r\n");
  }

  @Test
  void whatComesInOnePacketAndByteByByteIsTheSame() throws Exception {
    String all = "PROXY TCP4 203.0.113.7 1.1.1.1 1 2\r\n" + get();
    try (Rig rig = behind("127.0.0.0/8", specs);
        Upstream upstream = Upstream.playing(wire -> {});
        Wire whole = rig.connect().send(all);
        Wire pieces = rig.connect()) {
      rig.admit(upstream.endpoint());
      assertThat(upstream.wire().head()).contains("X-Forwarded-For: 203.0.113.7\r\n");
      for (byte next : all.getBytes(ISO_8859_1)) {
        pieces.send(new byte[] {next});
      }
      assertThat(upstream.wire().head()).contains("X-Forwarded-For: 203.0.113.7\r\n");
      assertThat(whole.socket().isConnected()).isTrue();
    }
  }

  @Test
  void withoutRoutesForRequestsItIsTheSame() throws Exception {
    try (Rig rig = behind("127.0.0.0/8", Specs.at("/cable").access(OF_A_NETWORK));
        Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send("PROXY TCP4 203.0.113.7 1.1.1.1 1 2\r\n");
      client.send(Wire.upgrade("/cable"));
      assertThat(upstream.wire().head()).contains("X-Forwarded-For: 203.0.113.7\r\n");
    }
  }

  /** Nobody guesses: section 2 of the specification. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /cable HTTP/1.1\r\nHost: h\r\n\r\n",
        "PROXY TCP4 203.0.113.7\r\n",
        "PROXY TCP4 a b 1 2\r\n",
        "PROXY TCP4 203.0.113.7 1.1.1.1 1 99999\r\n",
        "PROXY TCP6 203.0.113.7 1.1.1.1 1 2\r\n",
        "\r\n\r\n\0\r\nQUIT\n1\21\0\0"
      })
  void withoutAHeaderThereIsNoConnection(String beginning) throws Exception {
    try (Rig rig = behind("127.0.0.0/8", specs);
        Wire client = rig.connect().send(beginning + get())) {
      client.awaitEnd();
      await().until(() -> !rig.events.isEmpty());
      assertThat(rig.events).containsExactly("refused - proxy-header");
      assertThat(rig.demandChanges).hasValue(0);
    }
  }

  @Test
  void nobodyElseMaySayWhoItIs() throws Exception {
    try (Rig rig = behind("192.0.2.0/24", specs);
        Wire client = rig.connect()) {
      client.send("PROXY TCP4 203.0.113.7 1.1.1.1 1 2\r\n" + get());
      assertThat(client.rest()).startsWith("HTTP/1.1 400 ");
    }
  }
}
