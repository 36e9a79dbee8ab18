package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.testing.Specs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * D21, promise 8: random mutations of real heads through a real listener. What {@link StrictHead},
 * a second reading of the RFCs, does not call a valid upgrade never reaches a gate or a workload;
 * and every connection ends in time. {@code dormouse.fuzz.seed} and {@code dormouse.fuzz.cases}
 * vary it.
 */
final class HandshakeFuzzIT {
  private static final long SEED = Long.getLong("dormouse.fuzz.seed", 20_261_123L);
  private static final int CASES = Integer.getInteger("dormouse.fuzz.cases", 3_000);
  private static final int AT_ONCE = 100;
  private static final Duration SOON = Duration.ofMillis(300);
  private static final Duration LINGER = Duration.ofSeconds(2);
  private static final String ORIGIN = "https://app.example";
  private static final List<String> SPICES =
      List.of(
          "\r\n",
          "\n",
          "\r",
          "\0",
          " ",
          "\t",
          ":",
          ",",
          "\r\n\r\n",
          "\r\n ",
          "Content-Length: 5\r\n",
          "Content-Length: 0\r\n",
          "Transfer-Encoding: chunked\r\n",
          "Host: evil.example\r\n",
          "Upgrade: websocket\r\n",
          "Upgrade: h2c\r\n",
          "Connection: close\r\n",
          "Expect: 100-continue\r\n",
          "Origin: https://evil.example\r\n",
          "Sec-WebSocket-Version: 8\r\n",
          "Sec-WebSocket-Key: AAAA\r\n",
          "X: " + "y".repeat(9000) + "\r\n",
          "A: b\r\n".repeat(101),
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
          "\u0081\u0005hello",
          "\u00e9",
          "#",
          "HTTP/1.0");

  @Test
  void whatIsNoValidUpgradeNeverReachesAGateAndEveryConnectionEnds() throws Exception {
    List<String> heads = corpus();
    Random random = new Random(SEED);
    List<String> cases =
        new ArrayList<>(IntStream.range(0, CASES).mapToObj(_ -> mutant(heads, random)).toList());
    cases.addAll(heads);
    List<String> invalid = cases.stream().filter(c -> !new StrictHead(ORIGIN).opens(c)).toList();
    List<String> valid = cases.stream().filter(c -> new StrictHead(ORIGIN).opens(c)).toList();
    assertThat(invalid).hasSizeGreaterThan(CASES / 4);
    assertThat(valid).hasSizeGreaterThan(CASES / 20);
    try (Upstream upstream = Upstream.playing(HandshakeFuzzIT::reflect)) {
      playInvalid(invalid, upstream);
      assertThat(upstream.accepted).hasValue(0);
      playValid(valid, upstream);
    }
  }

  /** Heads that do not come to an end are many: they do not get long. */
  private static void playInvalid(List<String> cases, Upstream upstream) throws Exception {
    try (var rig = new Rig(specs(), Rig.settings(SOON, SOON, LINGER))) {
      rig.admit(upstream.endpoint());
      for (int i = 0; i < cases.size(); i += AT_ONCE) {
        List<String> some = cases.subList(i, Math.min(cases.size(), i + AT_ONCE));
        assertThat(play(rig, some)).noneMatch(answer -> answer.contains(" 299 "));
        assertThat(rig.demandChanges).as("a gate was entered by one of " + shown(some)).hasValue(0);
      }
      await().until(() -> rig.activator.connections() == 0);
    }
  }

  private static void playValid(List<String> cases, Upstream upstream) throws Exception {
    try (var rig = new Rig(specs(), Rig.settings(Duration.ofSeconds(10), SOON, LINGER))) {
      rig.admit(upstream.endpoint());
      for (int i = 0; i < cases.size(); i += AT_ONCE) {
        List<String> some = cases.subList(i, Math.min(cases.size(), i + AT_ONCE));
        List<String> answers = play(rig, some);
        for (int k = 0; k < some.size(); k++) {
          assertForwarded(some.get(k), answers.get(k));
        }
      }
      rig.awaitDemand(0, 0);
      await().until(() -> rig.activator.connections() == 0);
    }
  }

  private static Specs specs() {
    return Specs.at("/cable")
        .access(new Access(List.of(ORIGIN), 10_000, 0, List.of("127.0.0.0/8", "::1/128")))
        .hold(Duration.ofSeconds(2))
        .maxWaiting(256)
        .handshake(Duration.ofSeconds(2));
  }

  /** A workload's refusal that says what it was asked. */
  private static void reflect(Wire wire) throws IOException {
    String head = headOf(wire);
    String more = wire.socket().getInputStream().available() > 0 ? "MORE" : "";
    String body = head + more;
    wire.send("HTTP/1.1 299 Reached\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
  }

  private static String headOf(Wire wire) throws IOException {
    var head = new StringBuilder();
    InputStream in = wire.socket().getInputStream();
    while (head.indexOf("\r\n\r\n", Math.max(0, head.length() - 4)) < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("head ends early");
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static void assertForwarded(String sent, String answer) {
    boolean alone = sent.indexOf("\r\n\r\n") == sent.length() - 4 && !sent.startsWith("\r\n");
    if (alone) {
      assertThat(answer).as("answer to " + shown(sent)).startsWith("HTTP/1.1 299 ");
    }
    int head = answer.indexOf("\r\n\r\n");
    if (answer.startsWith("HTTP/1.1 299 ")) {
      String forwarded = answer.substring(head + 4);
      assertThat(forwarded).endsWith("\r\n\r\n");
      Set<String> known = sent.lines().map(HandshakeFuzzIT::line).collect(Collectors.toSet());
      assertThat(forwarded.strip().lines().map(HandshakeFuzzIT::line))
          .as("forwarded of " + shown(sent))
          .allMatch(l -> known.contains(l) || isOurs(l));
    }
  }

  private static boolean isOurs(String line) {
    return line.startsWith("X-Forwarded-")
        || line.equalsIgnoreCase("Connection:Upgrade")
        || line.equalsIgnoreCase("Upgrade:websocket");
  }

  /** A header line without the whitespace that means nothing. */
  private static String line(String text) {
    int colon = text.indexOf(':');
    return text.startsWith("GET ") || colon < 0
        ? text.strip()
        : text.substring(0, colon) + ":" + text.substring(colon + 1).strip();
  }

  private static List<String> play(Rig rig, List<String> cases) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> answers = new ArrayList<>();
      for (String one : cases) {
        answers.add(threads.submit(() -> answer(rig, one)));
      }
      List<String> collected = new ArrayList<>();
      for (int i = 0; i < cases.size(); i++) {
        try {
          collected.add(answers.get(i).get(10, TimeUnit.SECONDS));
        } catch (java.util.concurrent.TimeoutException e) {
          throw new AssertionError("does not end: " + shown(cases.get(i)), e);
        }
      }
      return collected;
    }
  }

  /** Everything that comes back until the end; a reset is an end. */
  private static String answer(Rig rig, String text) throws IOException {
    var answer = new ByteArrayOutputStream();
    try (Wire wire = rig.connect()) {
      int cut = text.length() / 2;
      wire.send(text.substring(0, cut)).send(text.substring(cut));
      InputStream in = wire.socket().getInputStream();
      for (int next = in.read(); next >= 0; next = in.read()) {
        answer.write(next);
      }
    } catch (java.net.SocketTimeoutException e) {
      throw e;
    } catch (IOException _) {
      // A reset: the client talked on after the end.
    }
    return answer.toString(ISO_8859_1);
  }

  private static String mutant(List<String> heads, Random random) {
    var text = new StringBuilder(heads.get(random.nextInt(heads.size())));
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      int at = random.nextInt(text.length() + 1);
      int to = Math.min(text.length(), at + random.nextInt(40));
      switch (random.nextInt(8)) {
        case 0 -> text.insert(at, SPICES.get(random.nextInt(SPICES.size())));
        case 1 -> insertAtLine(text, at, SPICES.get(random.nextInt(SPICES.size())));
        case 2 -> text.delete(at, to);
        case 3 -> text.insert(at, text.substring(at, to));
        case 4 -> text.replace(at, Math.min(text.length(), at + 1), "" + byteOf(random));
        case 5 -> text.append(heads.get(random.nextInt(heads.size())));
        case 6 -> text.replace(at, to, text.substring(at, to).toUpperCase(java.util.Locale.ROOT));
        case 7 -> insertAtLine(text, at, "X-" + random.nextInt(99) + ": \t" + at + " \r\n");
        default -> throw new AssertionError();
      }
    }
    return text.toString();
  }

  private static void insertAtLine(StringBuilder text, int near, String what) {
    int line = text.indexOf("\r\n", near);
    text.insert(line < 0 ? text.length() : line + 2, what);
  }

  private static char byteOf(Random random) {
    return (char) random.nextInt(256);
  }

  private static List<String> corpus() throws IOException {
    return Corpus.heads().stream().map(bytes -> new String(bytes, ISO_8859_1)).toList();
  }

  private static String shown(Object cases) {
    return "seed " + SEED + ": " + cases.toString().replace("\r", "\\r").replace("\n", "\\n\n");
  }
}
