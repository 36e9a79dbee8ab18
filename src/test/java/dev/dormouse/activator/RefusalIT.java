package dev.dormouse.activator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** D20, D21, promise 8: what is refused at once, without anybody being woken. */
final class RefusalIT {
  private final Rig rig =
      new Rig(
          Specs.at("/cable")
              .access(
                  new Access(
                      List.of("https://a.example", "https://*.b.example"), 9, 0, List.of())));

  @AfterEach
  void nobodyWasWoken() {
    int changes = rig.demandChanges.get();
    rig.close();
    assertThat(changes).as("changes of the demand").isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /, 404, unknown-route",
    "GET, /up, 404, unknown-route",
    "GET, /cable/, 404, unknown-route",
    "POST, /_broadcast, 404, unknown-route",
    "GET, /cable, 426, not-an-upgrade",
    "OPTIONS, /cable, 426, not-an-upgrade",
    "DELETE, /cable?x=1, 426, not-an-upgrade"
  })
  @Tag("D20")
  void answersAnythingButAnUpgradeItself(String method, String path, int status, String reason)
      throws IOException {
    try (Wire client = rig.connect()) {
      for (int i = 0; i < 2; i++) {
        client.send(method + " " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
        String head = client.head();
        assertThat(head).startsWith("HTTP/1.1 " + status + " ").doesNotContain("close");
        assertThat(head).containsIgnoringCase("content-type: application/problem+json");
        assertThat(client.text(length(head))).contains("\"reason\":\"" + reason + "\"");
        if (status == 426) {
          assertThat(head)
              .containsIgnoringCase("upgrade: websocket")
              .containsIgnoringCase("sec-websocket-version: 13");
        }
      }
    }
  }

  @Test
  @Tag("D20")
  void answersHeadWithoutABody() throws IOException {
    try (Wire client = rig.connect()) {
      client.send("HEAD /cable HTTP/1.1\r\nHost: h\r\n\r\n");
      assertThat(client.head()).startsWith("HTTP/1.1 426 ");
      client.send("HEAD /cable HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
      assertThat(client.head())
          .startsWith("HTTP/1.1 426 ")
          .containsIgnoringCase("\r\nconnection: close\r\nconnection: upgrade");
      assertThat(client.rest()).isEmpty();
    }
    try (Wire client = rig.connect()) {
      client.send("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
      assertThat(client.head()).startsWith("HTTP/1.1 404 ");
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  @Tag("D20")
  void swallowsTheBodyOfARefusedPostAndHangsUp() throws IOException {
    try (Wire client = rig.connect()) {
      client.send("POST /cable HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
      client.send(new byte[100_000]);
      assertThat(client.head())
          .startsWith("HTTP/1.1 426 ")
          .contains("\r\nConnection: close\r\nConnection: Upgrade");
      assertThat(client.rest()).contains("not-an-upgrade");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET, POST, 400",
    "HTTP/1.1, HTTP/1.0, 400",
    "Version: 13, Version: 8, 426",
    "Version: 13, Version: 7; 13, 426",
    "Sec-WebSocket-Version: 13, X-None: 1, 426",
    "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25j, 400",
    "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZ!==, 400",
    "dGhlIHNhbXBsZSBub25jZQ==, '', 400",
    "Sec-WebSocket-Key, Sec-WebSocket-No, 400",
    "https://a.example, https://c.example, 403",
    "https://a.example, https://a.example.evil, 403",
    "https://a.example, https://b.example, 403",
    "X-End: 1, Origin: https://b.example, 403",
    "X-End: 1, Expect: 100-continue, 400",
    "X-End: 1, Transfer-Encoding: chunked, 400",
    "X-End: 1, Content-Length: 3, 400",
    "X-End: 1, Host: second.example, 400",
    "/cable, /other, 404",
  })
  @Tag("D21")
  void refusesAnUpgradeThatIsNotFlawless(String what, String instead, int status)
      throws IOException {
    String flawless = Wire.upgrade("/cable", "Origin: https://a.example", "X-End: 1");
    assertThat(flawless).contains(what);
    try (Wire client = rig.connect()) {
      client.send(flawless.replace(what, instead.replace(';', ',')));
      String head = client.head();
      assertThat(head).containsPattern("^HTTP/1\\.[01] " + status + " ");
      if (head.startsWith("HTTP/1.1")) {
        assertThat(head).containsIgnoringCase("connection: close");
      }
      if (status == 426) {
        assertThat(head).containsIgnoringCase("sec-websocket-version: 13");
      }
      assertThat(client.rest()).startsWith("{").endsWith("}");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"nonsense\r\n\r\n", "GET /cable HTTP/1.1\r\nHost : x\r\n\r\n", "\0\1\2\r\n\r\n"})
  void refusesWhatIsNoHttp(String garbage) throws IOException {
    try (Wire client = rig.connect()) {
      client.send(garbage);
      assertThat(client.head()).startsWith("HTTP/1.1 400 ").contains("Connection: close");
      assertThat(client.rest()).contains("malformed");
    }
  }

  @Test
  void boundsTheHead() throws IOException {
    String large = "X-Large: " + "x".repeat(17_000);
    for (String head :
        List.of(Wire.upgrade("/cable", large), Wire.upgrade("/" + "x".repeat(17_000)), large)) {
      try (Wire client = rig.connect()) {
        client.send(head);
        assertThat(client.head())
            .startsWith("HTTP/1.1 431 ")
            .containsIgnoringCase("connection: close");
        assertThat(client.rest()).contains("limits.maxHead: 16384 bytes");
      }
    }
  }

  /** Which header is missing or wrong; and HTTP/1.0, as nginx speaks it unless told otherwise. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "GET /cable HTTP/1.1|Host: h;426;header upgrade is missing, should be websocket",
        "GET /cable HTTP/1.1|Host: h|Upgrade: websocket;426;header connection is missing",
        "GET /cable HTTP/1.1|Host: h|Connection: close;426;header connection is 'close', not upg",
        "GET /cable HTTP/1.0|Host: h|Connection: close;426;it is HTTP/1.0, not HTTP/1.1",
        "GET /cable HTTP/1.0|Host: h|Connection: upgrade|Upgrade: websocket;400;HTTP/1.0 has no",
        "GET /cable HTTP/1.1|Host: h|Connection: upgrade|Upgrade: h2c;426;header upgrade is 'h2c'",
        "POST /cable HTTP/1.1|Host: h|Connection: upgrade|Upgrade: websocket;400;method is 'POST'",
        "GET /cable HTTP/1.1|Host: h|Connection: upgrade|Upgrade: websocket;426;sec-websocket-vers",
        "GET /cable HTTP/1.1;400;Header host is missing",
        "GET / HTTP/1.1|Host: a|Host: b;400;Header host is there more than once",
        "HEAD / HTTP/1.1;400;",
        "GET / HTTP/1.1|Host: a/b;400;Header host is no host and port"
      })
  void saysWhatIsWrong(String head, int status, String detail) throws IOException {
    try (Wire client = rig.connect().send(head.replace("|", "\r\n") + "\r\n\r\n")) {
      String answer = client.head();
      assertThat(answer).containsPattern("^HTTP/1\\.[01] " + status + " ");
      assertThat(answer)
          .containsPattern("(?i)\r\ndate: \\w{3}, \\d\\d \\w{3} 20\\d\\d \\d\\d:\\d\\d:\\d\\d GMT");
      if (status == 426) {
        assertThat(answer)
            .containsPattern("(?i)\r\nconnection: (close\r\nconnection: )?upgrade(\r\n|$)")
            .containsIgnoringCase("upgrade: websocket");
      } else {
        assertThat(answer).contains("Connection: close");
      }
      client.socket().shutdownOutput();
      assertThat(client.rest().replace("\\\"", "'")).contains(detail == null ? "" : detail);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "text/html,application/xhtml+xml,*/*;q=0.8;text/plain",
      })
  void anAnswerForPeopleIsText(String accept, String q, String type) throws IOException {
    for (String request :
        List.of(
            "GET /cable HTTP/1.1\r\nHost: h\r\nAccept: " + accept + ";" + q + "\r\n\r\n",
            Wire.upgrade("/cable", "Accept: text/plain, application/json", "Expect: x"))) {
      try (Wire client = rig.connect().send(request)) {
        String head = client.head();
        assertThat(head).containsIgnoringCase("content-type: " + type + "; charset=utf-8");
        assertThat(client.text(length(head))).startsWith("4").contains("reason: ");
      }
    }
    try (Wire client =
        rig.connect()
            .send("GET / HTTP/1.1\r\nHost: h\r\nAccept: application/json, text/html\r\n\r\n")) {
      assertThat(client.head()).containsIgnoringCase("content-type: application/problem+json");
    }
  }

  @Test
  void anUpgradePipelinedBehindAnotherRequestNeverReachesTheGateUnanswered() throws IOException {
    try (Wire client = rig.connect()) {
      client.send(
          "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"
              + Wire.upgrade("/cable", "Origin: https://evil.example"));
      for (int status : List.of(404, 404, 403)) {
        String head = client.head();
        assertThat(head).startsWith("HTTP/1.1 " + status);
        client.text(length(head));
      }
    }
  }

  @Test
  void closesAConnectionWhoseHeadDoesNotCome() throws IOException {
    try (var patient = impatient(Duration.ofMillis(200), Duration.ofSeconds(30));
        Wire silent = patient.connect();
        Wire slow = patient.connect().send("GET /cable HT");
        Wire second = patient.connect().send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")) {
      second.text(length(second.head()));
      second.send("GET /");
      assertThat(silent.rest()).as("nothing came at all").isEmpty();
      assertThat(slow.rest()).startsWith("HTTP/1.1 408 ").contains("head-timeout");
      assertThat(second.rest()).startsWith("HTTP/1.1 408 ");
    }
  }

  @Test
  void closesAnIdleConnection() throws IOException {
    try (var patient = impatient(Duration.ofSeconds(30), Duration.ofMillis(200));
        Wire idle = patient.connect().send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")) {
      idle.text(length(idle.head()));
      assertThat(idle.rest()).isEmpty();
    }
  }

  @Test
  void saysInOneLineThatThePortIsTaken() {
    int port = rig.activator.port();
    assertThatThrownBy(
            () -> new Rig(Specs.at("/"), ActivatorSettings.of("127.0.0.1", port)).close())
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage(
            "listen 127.0.0.1:"
                + port
                + ": address already in use; --listen HOST:PORT names another");
  }

  private static Rig impatient(Duration head, Duration idle) {
    return new Rig(Specs.at("/cable"), Rig.settings(head, idle, Duration.ofSeconds(10)));
  }

  private static int length(String head) {
    return head.lines()
        .filter(line -> line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:"))
        .map(line -> Integer.parseInt(line.substring(15).strip()))
        .findFirst()
        .orElseThrow();
  }
}
