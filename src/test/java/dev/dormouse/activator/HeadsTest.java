package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.core.ServiceSpec.Headers;
import dev.dormouse.gate.Gate;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** D39, N3, N4: what the workload learns about the client's address, scheme and host. */
final class HeadsTest {
  private static final String PROXY = "10.0.0.1";
  private static final String STRANGER = "203.0.113.66";
  private final Specs spec =
      Specs.at("/cable").with(new Access(List.of(), 10, 0, List.of("10.0.0.0/8", "fd00::1")));

  @Test
  void keepsHeadersInOrderAndCaseAndPreservesTheHost() {
    assertThat(head(STRANGER, "hOsT", "A.example:1", "X-b", "2", "x-A", "1 \u00e9", "X-b", "3"))
        .startsWith(
            "GET /cable HTTP/1.1\r\nhOsT: A.example:1\r\nX-b: 2\r\nx-A: 1 \u00e9\r\nX-b: 3\r\n");
  }

  @Test
  void d39SetsTheConnectionsOwnValuesWithoutAProxy() {
    assertThat(head(STRANGER, "Host", "a.example:8080"))
        .contains("\r\nX-Forwarded-For: 203.0.113.66\r\n")
        .contains("\r\nX-Forwarded-Proto: http\r\n")
        .contains("\r\nX-Forwarded-Host: a.example:8080\r\n");
  }

  @Test
  void d39BelievesNothingThatAStrangerSays() {
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
  void n3TakesTheSchemeOverFromATrustedProxy() {
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
  void n4CollapsesWhatTwoProxiesHaveDoubled() {
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
            spec.with(declared),
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

  private String head(String peer, String... headers) {
    return head(spec, peer, headers);
  }

  private static String head(Specs spec, String peer, String... headers) {
    var request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/client");
    for (int i = 0; i < headers.length; i += 2) {
      request.headers().add(headers[i], headers[i + 1]);
    }
    var served =
        new Served(
            new ServiceId("default", "cable"),
            spec.build(),
            new Gate(InstantSource.system(), () -> {}));
    ByteBuf head =
        Heads.request(
            UnpooledByteBufAllocator.DEFAULT,
            request,
            new RouteTable.Hit(served, "/cable"),
            new InetSocketAddress(peer, 4711),
            Optional.of("iad"));
    String text = head.toString(ISO_8859_1);
    head.release();
    return text;
  }
}
