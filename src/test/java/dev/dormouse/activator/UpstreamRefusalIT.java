package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Locale.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.dormouse.testing.Specs;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** S2, S3, D40: the server's own refusal, in any shape and pace. */
final class UpstreamRefusalIT {
  private static final Duration PATIENCE = Duration.ofMillis(600);

  private final Rig rig = new Rig(Specs.at("/cable"));

  @AfterEach
  void everyTicketIsBack() {
    rig.closeWithEveryTicketBack();
    assertThat(rig.events).allMatch("refused cable upstream-refused"::equals);
  }

  private static Upstream answering(Upstream.Script script) throws IOException {
    return Upstream.playing(
        wire -> {
          wire.head();
          script.play(wire);
        });
  }

  private Wire refused(Upstream upstream) throws IOException {
    rig.admit(upstream.endpoint());
    return rig.connect().send(Wire.upgrade("/cable"));
  }

  private void impatient() {
    rig.serve(Specs.at("/cable").hold(Duration.ofSeconds(15)).maxWaiting(9).handshake(PATIENCE));
  }

  /** The bodies are cut in the answers on the left, which end with a FIN. */
  @ParameterizedTest
  @CsvSource({
    "401 Unauthorized|Content-Length: 12|WWW-Authenticate: Basic||short, short",
    "401 Unauthorized|Content-Length: 12||, ''",
    "403 No|Transfer-Encoding: chunked||5|whole|9|cut, '5|whole|3|cut|'",
    "403 No|Transfer-Encoding: chunked||4|body|0|, '4|body|'"
  })
  void whatIsCutIsSeenToBeCut(String answer, String body) throws Exception {
    String[] parts = answer.split("\\|\\|", 2);
    String text = ("HTTP/1.1 " + answer).replace("|", "\r\n");
    try (Upstream upstream =
            answering(
                wire -> {
                  wire.send(text).socket().shutdownOutput();
                });
        Wire client = refused(upstream)) {
      String head = client.head();
      assertThat(head).startsWith("HTTP/1.1 4").contains("Connection: close");
      for (String line : parts[0].split("\\|", -1)) {
        assertThat(head).contains(line);
      }
      assertThat(client.rest()).isEqualTo(body.replace("|", "\r\n"));
    }
  }

  @Test
  void aBodyWithoutLengthEndsAsItEnds() throws Exception {
    var read = new CountDownLatch(1);
    for (boolean reset : new boolean[] {false, true}) {
      try (Upstream upstream =
              answering(
                  wire -> {
                    wire.send("HTTP/1.0 401 Unauthorized\r\n\r\nas it comes");
                    if (reset) {
                      awaitQuietly(read);
                      wire.reset();
                    } else {
                      wire.close();
                    }
                  });
          Wire client = refused(upstream)) {
        assertThat(client.head()).startsWith("HTTP/1.1 401 ").doesNotContain("Content-Length");
        assertThat(client.text(11)).isEqualTo("as it comes");
        if (reset) {
          read.countDown();
          assertThatThrownBy(client::rest).isInstanceOf(SocketException.class);
        } else {
          assertThat(client.rest()).isEmpty();
        }
        rig.gate.withdraw();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 20", "Transfer-Encoding: chunked", "X-None: 1"})
  void aSlowBodyPassesAsItComes(String framing) throws Exception {
    impatient();
    boolean chunked = framing.endsWith("chunked");
    try (Upstream upstream =
            answering(
                wire -> {
                  wire.send("HTTP/1.1 403 Forbidden\r\n" + framing + "\r\n\r\n");
                  for (int i = 0; i < 10; i++) {
                    pause();
                    wire.send(chunked ? "2\r\nab\r\n" : "ab");
                  }
                  wire.send(chunked ? "0\r\nX-Trailer: t\r\n\r\n" : "");
                  wire.socket().shutdownOutput();
                });
        Wire client = refused(upstream)) {
      assertThat(client.head()).startsWith("HTTP/1.1 403 Forbidden").contains(framing);
      for (int i = 0; i < 10; i++) {
        assertThat(client.text(chunked ? 7 : 2)).contains("ab");
      }
      assertThat(client.rest()).isEqualTo(chunked ? "0\r\nX-Trailer: t\r\n\r\n" : "");
    }
  }

  private static void pause() {
    await().pollDelay(PATIENCE.dividedBy(4)).until(() -> true);
  }

  @Test
  void theHeadIsThereBeforeTheBodyAndNoPauseIsLongerThanAHandshake() throws Exception {
    impatient();
    try (Upstream upstream =
            answering(wire -> wire.send("HTTP/1.1 401 No\r\nContent-Length: 9\r\n\r\nhalf"));
        Wire client = refused(upstream)) {
      assertThat(client.head()).startsWith("HTTP/1.1 401 ").contains("Content-Length: 9");
      assertThat(client.text(4)).isEqualTo("half");
      rig.awaitDemand(0, 0);
      long start = System.nanoTime();
      assertThat(client.rest()).isEmpty();
      assertThat(System.nanoTime() - start).isGreaterThan(PATIENCE.toNanos() / 2);
      upstream.wire().awaitEnd();
    }
  }

  @Test
  void aBodyThatNeverEndsIsEnded() throws Exception {
    impatient();
    try (Upstream upstream =
            answering(
                wire -> {
                  wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                  while (true) {
                    wire.send("1\r\nx\r\n");
                    pause();
                  }
                });
        Wire client = refused(upstream)) {
      assertThat(client.head()).startsWith("HTTP/1.1 200 ");
      long start = System.nanoTime();
      assertThat(client.rest()).startsWith("1\r\nx\r\n1\r\n").doesNotContain("0\r\n\r\n");
      assertThat(System.nanoTime() - start)
          .isGreaterThan(PATIENCE.multipliedBy(RefusalRelay.PAUSES - 1).toNanos());
    }
  }

  @Test
  void aLongBodyIsReadAsFastAsTheClientTakesIt() throws Exception {
    int length = 32 << 20;
    var written = new AtomicLong();
    try (Upstream upstream =
            answering(
                wire -> {
                  wire.send("HTTP/1.1 404 No\r\nContent-Length: " + length + "\r\n\r\n");
                  for (int i = 0; i < length; i += 1 << 14) {
                    wire.send(new byte[1 << 14]);
                    written.addAndGet(1 << 14);
                  }
                });
        Wire client = Wire.to(rig.activator.port(), 32 << 10)) {
      rig.admit(upstream.endpoint());
      client.send(Wire.upgrade("/cable"));
      assertThat(client.head()).startsWith("HTTP/1.1 404 ");
      long[] last = {-1};
      await()
          .pollInterval(Duration.ofMillis(200))
          .until(() -> written.get() > 0 && written.get() == (last[0] = written.get()));
      await().pollDelay(Duration.ofMillis(300)).until(() -> true);
      assertThat(written.get()).isLessThan(length / 2);
      assertThat(client.socket().getInputStream().readAllBytes()).hasSize(length);
    }
  }

  /** Of each: the fields that a client sees, and the body. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "204 No Content|X-A: 1;X-A: 1;''",
        "204 No Content|Content-Length: 3;X;''",
        "304 Not Modified|ETag: x|Content-Length: 700;Content-Length: 700;''",
        "401 No|Content-Length: 2|Content-Length: 2;Content-Length: 2;no",
        "401 No|Content-Length: 2, 2;Content-Length: 2;no",
        "401 No|Set-Cookie: a|Set-Cookie: b|Content-Length: 2;Set-Cookie: b;no",
        "426 Upgrade Required|Upgrade: foo|Connection: Upgrade|Content-Length: 2;Upgrade: foo;no",
        "499 |Content-Length: 2;HTTP/1.1 499;no",
        "200 OK|Connection: content-length|Content-Length: 2;Content-Length: 2;no",
        "503 Busy|Retry-After: 7|Content-Length: 2;Retry-After: 7;no"
      })
  void everyShapeOfAHeadPasses(String head, String seen, String body) throws Exception {
    String text =
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 "
            + head.replace("|", "\r\n")
            + "\r\n\r\n"
            + body;
    try (Upstream upstream =
            answering(
                wire -> {
                  for (byte b : text.getBytes(ISO_8859_1)) {
                    wire.send(new byte[] {b});
                  }
                });
        Wire client = refused(upstream)) {
      String got = client.head();
      assertThat(got)
          .startsWith("HTTP/1.1 " + head.substring(0, 3))
          .containsPattern("\r\nConnection: close(\r\n|$)");
      assertThat(seen.equals("X") || got.toLowerCase(ROOT).contains(seen.toLowerCase(ROOT)))
          .as(got)
          .isTrue();
      assertThat(got.startsWith("HTTP/1.1 204") && got.contains("Content-Length")).isFalse();
      assertThat(client.rest()).isEqualTo(body);
    }
  }

  @Test
  void aHeadOfSixtyKilobytesPasses() throws Exception {
    String cookies = "Set-Cookie: a=" + "x".repeat(6000) + "\r\n";
    try (Upstream upstream =
            answering(
                wire ->
                    wire.send(
                        "HTTP/1.1 401 No\r\n" + cookies.repeat(10) + "Content-Length: 0\r\n\r\n"));
        Wire client = refused(upstream)) {
      assertThat(client.head()).startsWith("HTTP/1.1 401 ").hasSizeGreaterThan(60_000);
    }
  }

  @Test
  void aClientThatLeavesEndsIt() throws Exception {
    try (Upstream upstream =
            answering(wire -> wire.send("HTTP/1.1 401 No\r\nContent-Length: 9\r\n\r\nhalf"));
        Wire client = refused(upstream)) {
      client.head();
      client.send("too late").reset();
      upstream.wire().awaitEnd();
    }
  }

  @Test
  void aKeptConnectionIsNotWaitedFor() throws Exception {
    try (Upstream upstream =
            answering(wire -> wire.send("HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno"));
        Wire client = refused(upstream)) {
      client.head();
      client.socket().setSoTimeout(5_000);
      assertThat(client.rest()).isEqualTo("no");
      upstream.wire().awaitEnd();
    } catch (SocketTimeoutException e) {
      throw new AssertionError("still open", e);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
