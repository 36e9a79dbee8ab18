package dev.dormouse.activator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.activator.frames.Extensions;
import dev.dormouse.activator.frames.FrameScanner;
import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec.Access;
import dev.dormouse.gate.Gate;
import dev.dormouse.intake.HeadGuard;
import dev.dormouse.testing.Specs;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.math.BigInteger;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What reads the bytes of strangers, in the process, against a second reading of the RFCs: first
 * the {@link Corpus}, then damaged copies of it. {@code dormouse.fuzz.seed} and {@code
 * dormouse.fuzz.cases} vary it; what it finds belongs in the corpus.
 *
 * <p>Not guided by coverage: Jazzer 0.24 cannot read the class files of JDK 25.
 */
final class ParsersFuzzTest {
  private static final long SEED = Long.getLong("dormouse.fuzz.seed", 20_261_124L);
  private static final int CASES = Integer.getInteger("dormouse.fuzz.cases", 20_000);
  private static final String ORIGIN = "https://app.example";
  private static final List<Extensions> EXTENSIONS =
      List.of(
          new Extensions(false, false), new Extensions(true, false), new Extensions(true, true));
  private static final int MAX_FRAME = 1_000;

  private final RouteTable routes =
      RouteTable.of(
          List.of(
              new GatedService(
                  new ServiceId("default", "cable"),
                  Specs.at("/cable").access(new Access(List.of(ORIGIN), 9, 0, List.of())).build(),
                  new Gate(InstantSource.system(), () -> {}))),
          Optional.of("iad"));
  private int accepted;

  @Test
  @Tag("D21")
  void onlyWhatASecondReadingCallsAnUpgradeIsAccepted() throws IOException {
    forAll(Corpus.heads(), this::readHead);
    assertThat(accepted).as("some are still upgrades").isBetween(CASES / 50, CASES);
  }

  @Test
  void framesEndWhereTheyEnd() throws IOException {
    forAll(Corpus.frames(), ParsersFuzzTest::readFrames);
  }

  private static void forAll(List<byte[]> corpus, Consumer<byte[]> property) {
    assertThat(corpus).hasSizeGreaterThan(10);
    corpus.forEach(property);
    var random = new Random(SEED);
    for (int i = 0; i < CASES; i++) {
      byte[] bytes = Corpus.damaged(corpus, random);
      try {
        property.accept(bytes);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + SEED + ": " + HexFormat.of().formatHex(bytes), e);
      }
    }
  }

  /** As in the listener: the guard, the codec, the verdict on the last head of a connection. */
  private void readHead(byte[] bytes) {
    var flaws = new AtomicInteger();
    var channel =
        new EmbeddedChannel(
            new HeadGuard(
                () -> 16 * 1024,
                new HeadGuard.Watch() {
                  @Override
                  public void flawed(boolean large) {
                    flaws.incrementAndGet();
                  }

                  @Override
                  public boolean keeps(int bytes) {
                    return true;
                  }
                }),
            new HttpRequestDecoder(16 * 1024, 16 * 1024, 8192));
    int middle = bytes.length / 2;
    channel.writeInbound(Unpooled.copiedBuffer(bytes, 0, middle));
    if (flaws.get() == 0) { // else the listener has answered and reads no further
      channel.writeInbound(Unpooled.copiedBuffer(bytes, middle, bytes.length - middle));
    }
    Optional<HttpRequest> last = Optional.empty();
    for (Object read = channel.readInbound(); read != null; read = channel.readInbound()) {
      if (last.isEmpty()
          && read instanceof HttpRequest request
          && HeadGuard.isLast(request.headers())) {
        last = Optional.of(request);
      }
      ReferenceCountUtil.release(read);
    }
    channel.finishAndReleaseAll();
    boolean accepts =
        last.filter(head -> head.decoderResult().isSuccess())
            .filter(head -> RequestCheck.hostFlaw(head).isEmpty())
            .filter(head -> RequestCheck.of(head, routes) instanceof RequestCheck.Accept)
            .isPresent();
    if (accepts) {
      accepted++;
      assertThat(new StrictHead(ORIGIN).opens(new String(bytes, ISO_8859_1))).isTrue();
    }
  }

  /** In one piece, byte by byte, and by a second reading of RFC 6455, 5.2. */
  private static void readFrames(byte[] bytes) {
    for (Extensions extensions : EXTENSIONS) {
      var whole = new FrameScanner(MAX_FRAME, extensions);
      List<Integer> ends = ends(whole, bytes, bytes.length);
      var single = new FrameScanner(MAX_FRAME, extensions);
      assertThat(ends(single, bytes, 1)).isEqualTo(ends);
      assertThat(single.fault()).isEqualTo(whole.fault());
      assertThat(single.isClosed()).isEqualTo(whole.isClosed());
      assertThat(single.isAtMessageBoundary()).isEqualTo(whole.isAtMessageBoundary());
      List<Integer> read = lengths(bytes);
      assertThat(read.size()).isGreaterThanOrEqualTo(ends.size());
      assertThat(ends).isEqualTo(read.subList(0, ends.size()));
    }
  }

  /** Behind how many bytes a frame ends, as long as the scanner sees boundaries. */
  private static List<Integer> ends(FrameScanner scanner, byte[] bytes, int piece) {
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    List<Integer> ends = new ArrayList<>();
    for (int at = 0; at < bytes.length; ) {
      int to = Math.min(bytes.length, at + piece);
      int next = scanner.scan(in, at, to);
      assertThat(next).isBetween(at + 1, to);
      at = next;
      if (scanner.isAtFrameBoundary()) {
        ends.add(at);
      }
    }
    return ends;
  }

  private static List<Integer> lengths(byte[] bytes) {
    List<Integer> ends = new ArrayList<>();
    long at = 0;
    while (at + 2 <= bytes.length) {
      int code = bytes[(int) at + 1] & 0x7F;
      int wide = code == 126 ? 2 : code == 127 ? 8 : 0;
      long head = at + 2 + wide + (bytes[(int) at + 1] < 0 ? 4 : 0);
      if (head > bytes.length) {
        break;
      }
      byte[] length = Arrays.copyOfRange(bytes, (int) at + 2, (int) at + 2 + wide);
      var size = wide == 0 ? BigInteger.valueOf(code) : new BigInteger(1, length);
      if (size.bitLength() > 31 || head + size.longValue() > bytes.length) {
        break;
      }
      at = head + size.longValue();
      ends.add((int) at);
    }
    return ends;
  }
}
