package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.core.ServiceSpec.Http;
import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.io.InputStream;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No message ends differently for us and for the other end, in either direction. */
final class SmugglingIT {
  private static final String SECOND = "GET /app/smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
  private static final String POST = "POST /app/ HTTP/1.1\r\nHost: h\r\n";
  private static final String CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n";

  private final Rig rig = new Rig(Specs.at("/app/*").http(Http.WAKE));
  private final Queue<Byte> received = new ConcurrentLinkedQueue<>();

  @AfterEach
  void everyTicketIsBack() {
    rig.closeWithEveryTicketBack();
    assertThat(rig.events).noneMatch(it -> it.startsWith("broke "));
  }

  /** A server that writes down what it gets, and answers nothing. */
  private Upstream silent() throws IOException {
    return Upstream.playing(
        wire -> {
          InputStream in = wire.socket().getInputStream();
          for (int next = in.read(); next >= 0; next = in.read()) {
            received.add((byte) next);
          }
          wire.close();
        });
  }

  private String received() {
    var all = new StringBuilder();
    received.forEach(it -> all.append((char) (it & 0xFF)));
    return all.toString();
  }

  static Stream<String> ambiguousHeads() {
    return Stream.of(
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            "Content-Length: 5\r\nContent-Length: 5\r\n",
            "Content-Length: 5, 5\r\n",
            "Content-Length: 5 6\r\n",
            "Content-Length: +5\r\n",
            "Content-Length: -5\r\n",
            "Content-Length: 0x5\r\n",
            "Content-Length: 5.0\r\n",
            "Content-Length: \r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Content-Length: 18446744073709551621\r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding: chunked, identity\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
            "Transfer-Encoding: \u000bchunked\r\n",
            "Transfer-Encoding: \"chunked\"\r\n",
            "Transfer-Encoding: chunked;q=1\r\n",
            "Transfer-Encoding:\r\n chunked\r\n",
            "Transfer-Encoding : chunked\r\n",
            "Transfer-Encoding\t: chunked\r\n",
            " Transfer-Encoding: chunked\r\n",
            "X: y\r\n Transfer-Encoding: chunked\r\n",
            "X: y\nTransfer-Encoding: chunked\r\n",
            "X: y\rTransfer-Encoding: chunked\r\n",
            "X: y\0\r\n",
            "X y\r\n",
            ": y\r\n",
            "Content-Length : 5\r\n",
            "Host: other\r\n")
        .map(it -> POST + it + "\r\n");
  }

  static Stream<String> ambiguousLines() {
    return Stream.of(
        "POST /app/ HTTP/1.1\nHost: h\r\n\r\n",
        "POST  /app/ HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST /app/  HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST /app/ HTTP/1.1 \r\nHost: h\r\n\r\n",
        "POST\t/app/ HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST /app/ http/1.1\r\nHost: h\r\n\r\n",
        "POST /app/ HTTP/2.0\r\nHost: h\r\n\r\n",
        "POST /app/ HTTP/1.1\r\n\r\n",
        "POST /app/\r\nHost: h\r\n\r\n",
        "POST /app/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n");
  }

  @ParameterizedTest
  @MethodSource({"ambiguousHeads", "ambiguousLines"})
  void aRequestThatCanBeReadInTwoWaysGoesNowhere(String head) throws Exception {
    try (Upstream upstream = silent();
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(head + "0\r\n\r\n" + SECOND);
      String answer = client.rest();
      assertThat(answer).startsWith("HTTP/1.1 400 ").contains("Connection: close");
      assertThat(answer.lastIndexOf("HTTP/1.1 4")).isZero();
      assertThat(upstream.accepted).hasValue(0);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "5 \r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\rhello\r\n0\r\n\r\n",
        "5;a\nhello\r\n0\r\n\r\n",
        "5;a\rb\r\nhello\r\n0\r\n\r\n",
        "5;a=\0\r\nhello\r\n0\r\n\r\n",
        "5 ;a\r\nhello\r\n0\r\n\r\n",
        "\r\nhello\r\n0\r\n\r\n",
        ";a\r\nhello\r\n0\r\n\r\n",
        "g\r\nhello\r\n0\r\n\r\n",
        "10000000000000005\r\nhello\r\n0\r\n\r\n",
        "00000000000000000005\r\nhello\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhelloX\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r\r\n0\r\n\r\n",
        "5\r\nhello\r\n0\r\nX\r\n\r\n",
        "5\r\nhello\r\n0\r\nX : y\r\n\r\n",
        "5\r\nhello\r\n0\r\n X: y\r\n\r\n",
        "5\r\nhello\r\n0\r\nX: y\n\r\n",
        "5\r\nhello\r\n0\r\nX: y\0\r\n\r\n",
        "5\r\nhello\r\n0\n\r\n"
      })
  void aBodyThatCanBeReadInTwoWaysNeverEnds(String body) throws Exception {
    try (Upstream upstream = silent();
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(CHUNKED + body + SECOND);
      assertThat(client.rest()).startsWith("HTTP/1.1 400 ").contains("Connection: close");
      upstream.wire();
      assertThat(received()).doesNotContain("smuggled").doesNotContain("0\r\n\r\n");
    }
  }

  @Test
  void whatIsToldBesideChunksIsBoundedAndNotHandedOn() throws Exception {
    try (Upstream upstream = silent()) {
      rig.admit(upstream.endpoint());
      try (Wire client = rig.connect()) {
        client.send(CHUNKED + "5;" + "a".repeat(1000) + "\r\nhello\r\n0;b\r\nX: y\r\n");
        client.send("Content-Length: 9\r\nTransfer-Encoding: x\r\nHost: o\r\n\r\n");
        String body = "\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n";
        await().until(() -> received().endsWith(body));
      }
      for (String flood :
          new String[] {
            "5;" + "a".repeat(9000),
            "0\r\n" + "X: y\r\n".repeat(3000),
            "0\r\nX: " + "y".repeat(9000)
          }) {
        try (Wire client = rig.connect().send(CHUNKED + flood)) {
          assertThat(client.rest()).startsWith("HTTP/1.1 400 ");
        }
      }
    }
  }

  /** Which ends with its length, so what follows is the next request and the server's only then. */
  @Test
  void whatFollowsABodyIsTheNextRequest() throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(POST + "Content-Length: 5\r\n\r\nhello" + SECOND);
      Wire server = upstream.wire();
      server.head();
      assertThat(server.text(5)).isEqualTo("hello");
      server.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
      assertThat(server.head()).startsWith("GET /app/smuggled ");
      server.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
      assertThat(PlainHttpIT.answer(client)).endsWith("1");
      assertThat(PlainHttpIT.answer(client)).endsWith("2");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
        "HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 999 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "hello\r\n\r\n"
      })
  void anAnswerThatCanBeReadInTwoWaysIsNone(String answer) throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(PlainHttpIT.request("POST", "/app/"));
      Wire server = upstream.wire();
      server.head();
      server.send(answer);
      assertThat(PlainHttpIT.answer(client)).startsWith("HTTP/1.1 502 ").contains("bad-answer");
      server.awaitEnd();
    }
  }

  @Test
  void aFloodOfInterimAnswersEnds() throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(PlainHttpIT.request("GET", "/app/"));
      Wire server = upstream.wire();
      server.head();
      server.send("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1000));
      String head = client.head();
      int interim = 0;
      for (; head.startsWith("HTTP/1.1 103 "); head = client.head()) {
        interim++;
      }
      assertThat(interim).isPositive().isLessThan(20);
      assertThat(head).startsWith("HTTP/1.1 502 ");
    }
  }

  /** The client sees that it has not got all: no end of the chunks, too few bytes, or a reset. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 9\r\n\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nx\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5 \r\nhello\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n"
      })
  void anAnswerThatBreaksOffIsSeenTo(String rest) throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(PlainHttpIT.request("GET", "/app/"));
      Wire server = upstream.wire();
      server.head();
      server.send("HTTP/1.1 200 OK\r\n" + rest);
      server.socket().shutdownOutput();
      client.head();
      assertThat(client.rest()).isIn("hello", "5\r\nhello\r\n");
      assertThat(rig.events).containsExactly("answered cable", "cut cable upstream-broke");
    }
  }

  /** It would be the answer to the next request, of whomever that is. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\n\r\n"
      })
  void whatComesBehindAnAnswerIsNobodys(String answer) throws Exception {
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect();
        Wire other = rig.connect()) {
      rig.admit(upstream.endpoint());
      client.send(PlainHttpIT.request("GET", "/app/"));
      Wire server = upstream.wire();
      server.head();
      server.send(answer + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
      server.awaitEnd();
      client.head();
      other.send(PlainHttpIT.request("GET", "/app/"));
      Wire second = upstream.wire();
      second.head();
      second.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
      assertThat(PlainHttpIT.answer(other)).endsWith("good");
    }
  }

  /** However it is cut, the same arrives: chunk by chunk and byte by byte. */
  @Test
  void howItIsCutMakesNoDifference() throws Exception {
    String request = CHUNKED + "3\r\none\r\n10;x=y\r\n0123456789abcdef\r\n0\r\nT: u\r\n\r\n";
    try (Upstream upstream = Upstream.playing(wire -> {});
        Wire client = rig.connect()) {
      rig.admit(upstream.endpoint());
      for (byte next : request.getBytes(ISO_8859_1)) {
        client.send(new byte[] {next});
      }
      Wire server = upstream.wire();
      server.head();
      assertThat(PlainHttpIT.unchunked(server)).isEqualTo("one0123456789abcdef|T: u|");
    }
  }
}
