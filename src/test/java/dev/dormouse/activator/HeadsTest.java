package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.activator.head.ConnectionPeer;
import dev.dormouse.activator.head.ForwardedClient;
import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.core.ServiceSpec.Headers;
import dev.dormouse.gate.Gate;
import dev.dormouse.gate.Networks;
import dev.dormouse.testing.Specs;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** D39, N3, N4: what the workload learns about the client's address, scheme and host. */
final class HeadsTest {
  private static final String PROXY = "10.0.0.1";
  private static final String STRANGER = "203.0.113.66";
  private final ServiceSpec spec =
      Specs.at("/cable")
          .access(new Access(List.of(), 10, 0, List.of("10.0.0.0/8", "fd00::1")))
          .build();

  @Test
  void keepsHeadersInOrderAndCaseAndPreservesTheHost() {
    assertThat(head(STRANGER, "hOsT", "A.example:1", "X-b", "2", "x-A", "1 \u00e9", "X-b", "3"))
        .startsWith(
            "GET /cable HTTP/1.1\r\nhOsT: A.example:1\r\nX-b: 2\r\nx-A: 1 \u00e9\r\nX-b: 3\r\n");
  }

  @Test
  @Tag("D39")
  void setsTheConnectionsOwnValuesWithoutAProxy() {
    assertThat(head(STRANGER, "Host", "a.example:8080"))
        .contains("\r\nX-Forwarded-For: 203.0.113.66\r\n")
        .contains("\r\nX-Forwarded-Proto: http\r\n")
        .contains("\r\nX-Forwarded-Host: a.example:8080\r\n");
  }

  @Test
  @Tag("D39")
  void believesNothingThatAStrangerSays() {
    assertThat(
            head(
                STRANGER,
                "Host",
                "a.example",
                "X-Forwarded-For",
                "1.2.3.4",
                "x-forwarded-proto",
                "https",
                "X-FORWARDED-HOST",
                "evil.example",
                "X-Forwarded-Ssl",
                "on",
                "Forwarded",
                "for=1.2.3.4",
                "Proxy",
                "http://evil.example"))
        .doesNotContain("1.2.3.4", "https", "evil", "Ssl", "Forwarded: ")
        .containsOnlyOnce("X-Forwarded-For: 203.0.113.66\r\n");
  }

  @Test
  @Tag("N3")
  void takesTheSchemeOverFromATrustedProxy() {
    String head =
        head(
            PROXY,
            "Host",
            "internal",
            "X-Forwarded-For",
            "1.2.3.4",
            "X-Forwarded-Proto",
            "https",
            "X-Forwarded-Host",
            "a.example",
            "X-Forwarded-Ssl",
            "on");

    assertThat(head)
        .containsOnlyOnce("X-Forwarded-For: 1.2.3.4\r\n")
        .containsOnlyOnce("X-Forwarded-Proto: https\r\n")
        .containsOnlyOnce("X-Forwarded-Host: a.example\r\n")
        .contains("Host: internal\r\n")
        .contains("X-Forwarded-Ssl: on\r\n");
  }

  @Test
  @Tag("N4")
  void collapsesWhatTwoProxiesHaveDoubled() {
    String head =
        head(
            PROXY,
            "Host",
            "a.example",
            "X-Forwarded-For",
            "1.2.3.4, 10.0.0.7",
            "X-Forwarded-For",
            "10.0.0.7",
            "X-Forwarded-Proto",
            "https, https",
            "X-Forwarded-Host",
            "smooth.example",
            "X-Forwarded-Host",
            "smooth.example");

    assertThat(head)
        .containsOnlyOnce("X-Forwarded-For:")
        .contains("X-Forwarded-For: 1.2.3.4, 10.0.0.7\r\n")
        .containsOnlyOnce("X-Forwarded-Proto:")
        .contains("X-Forwarded-Proto: https\r\n")
        .containsOnlyOnce("X-Forwarded-Host:")
        .contains("X-Forwarded-Host: smooth.example\r\n");
  }

  @Test
  void completesWhatATrustedProxyLeavesOut() {
    assertThat(head("fd00::1", "Host", "a.example"))
        .contains("X-Forwarded-For: fd00:0:0:0:0:0:0:1\r\n")
        .contains("X-Forwarded-Proto: http\r\n");
  }

  /**
   * Peer, what it sends, and what the workload is told of the client's address, scheme and host:
   * without a proxy, behind one, behind two, and from peers that nobody trusts.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "203.0.113.66 | | 203.0.113.66 | http | a.example | 203.0.113.66",
        "203.0.113.66 | X-Forwarded-For: 1.2.3.4 | 203.0.113.66 | http | a.example | 203.0.113.66",
        "203.0.113.66 | X-Forwarded-Proto: https | 203.0.113.66 | http | a.example | 203.0.113.66",
        "203.0.113.66 | X-Forwarded-Host: evil | 203.0.113.66 | http | a.example | 203.0.113.66",
        "203.0.113.66 | Fly-Client-IP: 1.2.3.4 | 203.0.113.66 | http | a.example | 203.0.113.66",
        "2001:db8::7 | X-Forwarded-For: ::1 | 2001:db8:0:0:0:0:0:7 | http | a.example"
            + " | 2001:db8:0:0:0:0:0:7",
        "10.0.0.1 | | 10.0.0.1 | http | a.example | 10.0.0.1",
        "10.0.0.1 | Fly-Client-IP: 6.6.6.6 | 10.0.0.1 | http | a.example | 10.0.0.1",
        "10.0.0.1 | X-Forwarded-For: 1.2.3.4 | 1.2.3.4 | http | a.example | 1.2.3.4",
        "10.0.0.1 | X-Forwarded-For: 1.2.3.4:5678 | 1.2.3.4 | http | a.example | 1.2.3.4",
        "10.0.0.1 | X-Forwarded-For: [2001:db8::7]:9 | 2001:db8::7 | http | a.example"
            + " | 2001:db8::7",
        "10.0.0.1 | X-Forwarded-Proto: https | 10.0.0.1 | https | a.example | 10.0.0.1",
        "10.0.0.1 | X-Forwarded-Host: b.example:8443 | 10.0.0.1 | http | b.example:8443 | 10.0.0.1",
        "10.0.0.1 | X-Forwarded-For: 9.9.9.9, 1.2.3.4 | 9.9.9.9, 1.2.3.4 | http | a.example"
            + " | 1.2.3.4",
        "10.0.0.1 | X-Forwarded-For: 1.2.3.4, 10.0.0.7 | 1.2.3.4, 10.0.0.7 | http | a.example"
            + " | 1.2.3.4",
        "10.0.0.1 | X-Forwarded-For: 1.2.3.4, 9.9.9.9, 1.2.3.4 | 1.2.3.4, 9.9.9.9, 1.2.3.4 | http"
            + " | a.example | 1.2.3.4",
        "10.0.0.1 | X-Forwarded-For: 1.2.3.4; X-Forwarded-For: 10.0.0.7 | 1.2.3.4, 10.0.0.7 | http"
            + " | a.example | 1.2.3.4",
        "10.0.0.1 | X-Forwarded-For: 1.2.3.4, 10.0.0.7, 10.0.0.7 | 1.2.3.4, 10.0.0.7 | http"
            + " | a.example | 1.2.3.4",
        "10.0.0.1 | X-Forwarded-For: 10.0.0.8, 10.0.0.7 | 10.0.0.8, 10.0.0.7 | http | a.example"
            + " | 10.0.0.8",
        "10.0.0.1 | X-Forwarded-For: 1.2.3.4, unknown | 1.2.3.4, unknown | http | a.example"
            + " | unknown",
        "10.0.0.1 | X-Forwarded-Proto: https, http; X-Forwarded-Host: s.example, s.example"
            + " | 10.0.0.1 | https | s.example | 10.0.0.1",
      })
  @Tag("N3")
  @Tag("N4")
  @Tag("D39")
  void whatIsToldOfTheClient(
      String peer, String sent, String address, String scheme, String host, String client) {
    Headers declared = new Headers(Map.of("X-Told", "$remote_addr"), List.of());
    String[] lines = sent == null ? new String[0] : sent.split("; ", -1);
    List<String> headers = new ArrayList<>(List.of("Host", "a.example"));
    for (String line : lines) {
      headers.addAll(List.of(line.split(": ", 2)));
    }

    String head =
        head(Specs.from(spec).headers(declared).build(), peer, headers.toArray(String[]::new));

    assertThat(head)
        .containsOnlyOnce("\r\nHost: a.example\r\n")
        .containsOnlyOnce("X-Forwarded-For:")
        .contains("\r\nX-Forwarded-For: " + address + "\r\n")
        .containsOnlyOnce("X-Forwarded-Proto:")
        .contains("\r\nX-Forwarded-Proto: " + scheme + "\r\n")
        .containsOnlyOnce("X-Forwarded-Host:")
        .contains("\r\nX-Forwarded-Host: " + host + "\r\n")
        .contains("\r\nX-Told: " + client + "\r\n");
  }

  @Test
  void believesFlyOnFlyAndOnlyFromATrustedPeer() {
    var headers = new DefaultHttpHeaders();
    headers.set("Fly-Client-IP", "198.51.100.7").set("X-Forwarded-For", "198.51.100.7, 66.241.1.1");

    assertThat(sender(headers, PROXY, true).address()).isEqualTo("198.51.100.7");
    assertThat(sender(headers, PROXY, false).address()).isEqualTo("66.241.1.1");
    assertThat(sender(headers, STRANGER, true).address()).isEqualTo(STRANGER);
  }

  @Test
  void anIpv6ClientIsItsNetwork() {
    var none = new DefaultHttpHeaders();
    String one = sender(none, "2001:db8:1:2::a", false).client();

    assertThat(sender(none, "2001:db8:1:2:ffff::b", false).client()).isEqualTo(one);
    assertThat(sender(none, "2001:db8:1:3::a", false).client()).isNotEqualTo(one);
    assertThat(sender(none, STRANGER, false).client()).isEqualTo(STRANGER);
    assertThat(sender(none, "::ffff:203.0.113.66", false).client()).isEqualTo(STRANGER);
  }

  @Test
  void aClientCannotSmuggleAVariableInto() {
    Headers declared = new Headers(Map.of("X-Told", "$host costs $5 and $$host"), List.of());

    assertThat(
            head(
                Specs.from(spec).headers(declared).build(),
                STRANGER,
                "Host",
                "$region\\1$remote_addr"))
        .contains("\r\nX-Told: $region\\1$remote_addr costs $5 and $host\r\n");
  }

  @Test
  void setsAndRemovesDeclaredHeaders() {
    Headers declared =
        new Headers(
            Map.of(
                "X-Real", "$remote_addr via $scheme at $host in $region",
                "x-forwarded-for", "$remote_addr"),
            List.of("x-SECRET", "X-Forwarded-Host"));

    String head =
        head(
            Specs.from(spec).headers(declared).build(),
            PROXY,
            "Host",
            "a.example",
            "X-Secret",
            "1",
            "x-real",
            "old",
            "X-Forwarded-For",
            "6.6.6.6, 1.2.3.4, 10.0.0.7",
            "X-Forwarded-Proto",
            "https");

    assertThat(head)
        .containsOnlyOnce("X-Real: 1.2.3.4 via https at a.example in iad\r\n")
        .containsOnlyOnce("x-forwarded-for: 1.2.3.4\r\n")
        .doesNotContain("Secret", "old", "X-Forwarded-For", "X-Forwarded-Host");
  }

  /** Servers that make variables of names (CGI, Rack, WSGI) take one spelling for the other. */
  @Test
  void anUnderscoreIsNoDisguise() {
    Headers declared = new Headers(Map.of("X-Told", "ours"), List.of("X-Admin", "x_secret"));
    String[] sent = {
      "Host",
      "a.example",
      "X_Admin",
      "1",
      "X-SECRET",
      "1",
      "x_told",
      "theirs",
      "X_Forwarded_For",
      "6.6.6.6",
      "x_forwarded-proto",
      "https",
      "X-Forwarded_Host",
      "evil",
      "X_Forwarded_Ssl",
      "on",
      "X_Real_IP",
      "6.6.6.6",
      "Fly_Client_IP",
      "6.6.6.6",
      "Transfer_Encoding",
      "chunked",
      "Content_Length",
      "7",
      "Sec_WebSocket_Key",
      "evil",
      "Proxy_Authorization",
      "evil",
      "X_Mine",
      "2"
    };

    for (String peer : List.of(STRANGER, PROXY)) {
      assertThat(head(Specs.from(spec).headers(declared).build(), peer, sent))
          .isEqualTo(
              """
              GET /cable HTTP/1.1\r
              Host: a.example\r
              X_Mine: 2\r
              Connection: Upgrade\r
              Upgrade: websocket\r
              X-Forwarded-For: PEER\r
              X-Forwarded-Host: a.example\r
              X-Forwarded-Proto: http\r
              X-Told: ours\r
              \r
              """
                  .replace("PEER", peer));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Forwarded",
        "X-Forwarded-Ssl",
        "X-Real-IP",
        "Client-IP",
        "X-Client-IP",
        "True-Client-IP",
        "CF-Connecting-IP",
        "Fly-Client-IP",
        "Fly-Forwarded-Proto",
        "X-Cluster-Client-IP"
      })
  void whatAProxyTellsIsHandedOnFromTrustedOnesOnly(String name) {
    assertThat(head(PROXY, "Host", "h", name, "6.6.6.6")).contains("\r\n" + name + ": 6.6.6.6\r\n");
    assertThat(head(STRANGER, "Host", "h", name, "6.6.6.6")).doesNotContain("6.6.6.6");
  }

  /** RFC 9110, 7.6.1. */
  @Test
  void whatConcernsTheConnectionOnlyIsNotHandedOn() {
    assertThat(
            head(
                STRANGER,
                "Host",
                "a.example",
                "Connection",
                "keep-alive, Upgrade, X-Forwarded-For, cookie",
                "connection",
                "X-Mine, Host, Sec-WebSocket-Key, Origin",
                "Upgrade",
                "h2c, websocket",
                "Keep-Alive",
                "timeout=5",
                "Proxy-Connection",
                "keep-alive",
                "TE",
                "trailers",
                "Trailer",
                "X-T",
                "Proxy-Authorization",
                "Basic x",
                "Cookie",
                "a=b",
                "x-mine",
                "1",
                "Sec-WebSocket-Key",
                "k",
                "Origin",
                "o",
                "Content-Length",
                "0"))
        .isEqualTo(
            """
            GET /cable HTTP/1.1\r
            Host: a.example\r
            Connection: Upgrade\r
            Upgrade: websocket\r
            Sec-WebSocket-Key: k\r
            Origin: o\r
            X-Forwarded-For: 203.0.113.66\r
            X-Forwarded-Host: a.example\r
            X-Forwarded-Proto: http\r
            \r
            """);
  }

  @Test
  void inAnswersNeither() {
    for (HttpResponseStatus status :
        List.of(HttpResponseStatus.SWITCHING_PROTOCOLS, HttpResponseStatus.FORBIDDEN)) {
      var response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, status);
      response
          .headers()
          .add("connection", "Upgrade, x-hop, Sec-WebSocket-Accept")
          .add("Upgrade", "websocket, h2c")
          .add("X-Hop", "1")
          .add("Keep-Alive", "timeout=5")
          .add("Proxy-Authenticate", "Basic")
          .add("Set-Cookie", "a=b")
          .add("Sec-WebSocket-Accept", "k")
          .add("Content-Length", "5");
      ByteBuf head =
          status.code() == 101
              ? Heads.switching(UnpooledByteBufAllocator.DEFAULT, response)
              : Heads.refusal(UnpooledByteBufAllocator.DEFAULT, response);
      assertThat(head.toString(ISO_8859_1))
          .isEqualTo(
              status.code() == 101
                  ? """
                  HTTP/1.1 101 Switching Protocols\r
                  connection: Upgrade\r
                  Upgrade: websocket\r
                  Set-Cookie: a=b\r
                  Sec-WebSocket-Accept: k\r
                  \r
                  """
                  : """
                  HTTP/1.1 403 Forbidden\r
                  Set-Cookie: a=b\r
                  Sec-WebSocket-Accept: k\r
                  Content-Length: 5\r
                  Connection: close\r
                  \r
                  """);
      head.release();
    }
  }

  /** The region that serves it declares its own; here they would only talk to whoever is there. */
  @Test
  void declaredHeadersAreNotForARegionElsewhere() {
    Headers declared =
        new Headers(Map.of("Metadata-Flavor", "Google"), List.of("X-Mine", "X-Forwarded-For"));
    assertThat(
            head(
                Specs.from(spec).headers(declared).servedBy("lhr", "http://lhr.example").build(),
                STRANGER,
                "Host",
                "a.example",
                "X-Mine",
                "1"))
        .doesNotContain("Metadata-Flavor")
        .contains(
            "\r\nX-Mine: 1\r\n",
            "\r\nX-Forwarded-For: 203.0.113.66\r\n",
            "\r\nDormouse-Sent-By: iad\r\n");
  }

  private ForwardedClient sender(HttpHeaders headers, String peer, boolean onFly) {
    return ForwardedClient.of(
        headers, peer(peer), Networks.of(spec.access().trustedProxies()), onFly);
  }

  private static ConnectionPeer peer(String address) {
    return new ConnectionPeer(InetAddress.ofLiteral(address), false);
  }

  private String head(String peer, String... headers) {
    return head(spec, peer, headers);
  }

  private static String head(ServiceSpec spec, String peer, String... headers) {
    var request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/client");
    for (int i = 0; i < headers.length; i += 2) {
      request.headers().add(headers[i], headers[i + 1]);
    }
    var served =
        new GatedService(
            new ServiceId("default", "cable"), spec, new Gate(InstantSource.system(), () -> {}));
    ByteBuf head =
        Heads.request(
            UnpooledByteBufAllocator.DEFAULT,
            request,
            new RouteTable.Hit(served, served.spec().routes().getFirst(), "/cable"),
            ForwardedClient.of(request.headers(), peer(peer), served.trustedProxies(), false),
            Optional.of("iad"));
    String text = head.toString(ISO_8859_1);
    head.release();
    return text;
  }
}
