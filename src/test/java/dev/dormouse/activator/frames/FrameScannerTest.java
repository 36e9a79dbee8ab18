package dev.dormouse.activator.frames;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.activator.Frame;
import dev.dormouse.activator.frames.FrameScanner.Fault;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FrameScannerTest {
  private static final Extensions NONE = new Extensions(false, false);
  private static final Extensions DEFLATE = new Extensions(true, false);
  private static final Extensions FOREIGN = new Extensions(true, true);
  private static final long ANY = Long.MAX_VALUE;

  /** A stream of proper frames, and where its frames and messages end. */
  @SuppressWarnings("ArrayRecordComponent") // never compared, and shared with nobody
  private record Stream(byte[] bytes, BitSet frameEnds, BitSet messageEnds) {}

  /** Fragmented messages with control frames in between, every form of length, masked or not. */
  private static Stream random(Random random, int longest) {
    var out = new ByteArrayOutputStream();
    var frames = new BitSet();
    var messages = new BitSet();
    frames.set(0);
    messages.set(0);
    boolean inMessage = false;
    for (int i = random.nextInt(1, 12); i > 0; i--) {
      boolean control = random.nextInt(3) == 0;
      boolean fin = random.nextBoolean();
      int rsv = !control && !inMessage && random.nextBoolean() ? 0x40 : 0;
      int opcode = control ? random.nextInt(9, 11) : inMessage ? 0 : random.nextInt(1, 3);
      int size = random.nextInt(4) == 0 ? random.nextInt(120, 130) : random.nextInt(longest);
      byte[] payload = new byte[control ? Math.min(size, 125) : size];
      random.nextBytes(payload);
      int first = (control || fin ? 0x80 : 0) | rsv | opcode;
      out.writeBytes(new Frame(first, payload, random.nextBoolean()).bytes());
      inMessage = control ? inMessage : !fin;
      frames.set(out.size());
      messages.set(out.size(), !inMessage);
    }
    return new Stream(out.toByteArray(), frames, messages);
  }

  @Test
  void knowsEveryBoundaryAtEveryByte() {
    var random = new Random(1);
    for (int round = 0; round < 500; round++) {
      Stream stream = random(random, 200);
      var scanner = new FrameScanner(ANY, DEFLATE);
      ByteBuf in = Unpooled.wrappedBuffer(stream.bytes);
      for (int at = 0; at < stream.bytes.length; at++) {
        assertBoundaries(scanner, stream, at);
        assertThat(scanner.scan(in, at, at + 1)).isEqualTo(at + 1);
      }
      assertBoundaries(scanner, stream, stream.bytes.length);
    }
  }

  @Test
  void everySplitInTwoLeadsToTheSameBoundaries() {
    var random = new Random(2);
    for (int round = 0; round < 40; round++) {
      Stream stream = random(random, 60);
      for (int split = 0; split <= stream.bytes.length; split++) {
        assertThat(ends(new FrameScanner(ANY, DEFLATE), stream.bytes, List.of(split)))
            .isEqualTo(stream.frameEnds);
      }
    }
  }

  @Test
  void randomSplitsOfLongFramesLeadToTheSameBoundaries() {
    var random = new Random(3);
    for (int round = 0; round < 200; round++) {
      Stream stream = random(random, 200_000);
      List<Integer> splits =
          random.ints(random.nextInt(8), 0, stream.bytes.length + 1).sorted().boxed().toList();
      assertThat(ends(new FrameScanner(ANY, DEFLATE), stream.bytes, splits))
          .isEqualTo(stream.frameEnds);
    }
  }

  private static void assertBoundaries(FrameScanner scanner, Stream stream, int at) {
    assertThat(scanner.isAtFrameBoundary()).as("%d", at).isEqualTo(stream.frameEnds.get(at));
    assertThat(scanner.isAtMessageBoundary()).as("%d", at).isEqualTo(stream.messageEnds.get(at));
    assertThat(scanner.fault()).isEqualTo(Fault.NONE);
  }

  private static BitSet ends(FrameScanner scanner, byte[] bytes, List<Integer> splits) {
    var ends = new BitSet();
    ends.set(0);
    var stops = new ArrayList<>(splits);
    stops.add(bytes.length);
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    int at = 0;
    for (int stop : stops) {
      while (at < stop) {
        at = scanner.scan(in, at, stop);
        ends.set(at, scanner.isAtFrameBoundary());
      }
    }
    return ends;
  }

  @ParameterizedTest
  @CsvSource({
    "83, 0, reserved opcode",
    "8b, 0, reserved control opcode",
    "80, 0, continuation of nothing",
    "09, 0, fragmented control frame",
    "89, 126, long control frame",
    "c9, 0, RSV1 on a control frame",
    "a1, 0, RSV2",
    "91, 0, RSV3"
  })
  void seesGarbageAndIsThenOpaque(String first, int length, String what) {
    byte[] bytes = Frame.of(Integer.parseInt(first, 16), new byte[length]).bytes();
    var scanner = new FrameScanner(ANY, DEFLATE);
    scan(scanner, bytes);
    assertThat(scanner.fault()).as(what).isEqualTo(Fault.GARBAGE);
    scan(scanner, Frame.text("later").bytes());
    assertThat(scanner.isAtFrameBoundary()).isFalse();
    var unjudging = new FrameScanner(ANY, FOREIGN);
    scan(unjudging, bytes);
    assertThat(unjudging.fault()).isEqualTo(Fault.NONE);
    assertThat(unjudging.isAtFrameBoundary()).isTrue();
  }

  @Test
  void aNewMessageInsideAMessageIsGarbage() {
    var scanner = new FrameScanner(ANY, NONE);
    scan(scanner, Frame.of(0x01, new byte[3]).bytes());
    scan(scanner, Frame.of(0x81, new byte[3]).bytes());
    assertThat(scanner.fault()).isEqualTo(Fault.GARBAGE);
  }

  @Test
  void rsv1IsForTheFirstFrameOfACompressedMessageOnly() {
    assertThat(faultOf(NONE, 0xC1)).isEqualTo(Fault.GARBAGE);
    assertThat(faultOf(DEFLATE, 0xC1)).isEqualTo(Fault.NONE);
    assertThat(faultOf(DEFLATE, 0x81)).isEqualTo(Fault.NONE);
    assertThat(faultOf(DEFLATE, 0x41, 0xC0)).isEqualTo(Fault.GARBAGE);
  }

  private static Fault faultOf(Extensions extensions, int... firsts) {
    var scanner = new FrameScanner(ANY, extensions);
    for (int first : firsts) {
      scan(scanner, Frame.of(first, new byte[2]).bytes());
    }
    return scanner.fault();
  }

  @ParameterizedTest
  @ValueSource(ints = {125, 126, 65_535, 65_536})
  void aFrameOfTheLimitPassesAndOneByteMoreIsTooLarge(int limit) {
    var scanner = new FrameScanner(limit, NONE);
    scan(scanner, Frame.of(0x82, new byte[limit]).bytes());
    assertThat(scanner.fault()).isEqualTo(Fault.NONE);
    scan(scanner, Frame.of(0x82, new byte[limit + 1]).bytes());
    assertThat(scanner.fault()).isEqualTo(Fault.TOO_LARGE);
    assertThat(scanner.isAtFrameBoundary()).as("the framing is not lost").isTrue();
  }

  @Test
  void aLengthOf64BitsIsNeitherWrappedNorNegative() {
    byte[] huge = {(byte) 0x82, 127, 0x7F, -1, -1, -1, -1, -1, -1, -1};
    var scanner = new FrameScanner(ANY, NONE);
    scan(scanner, huge);
    assertThat(scanner.length()).isEqualTo(Long.MAX_VALUE);
    assertThat(scanner.isAtFrameBoundary()).isFalse();
    huge[2] = (byte) 0x80;
    var negative = new FrameScanner(ANY, FOREIGN);
    scan(negative, huge);
    assertThat(negative.fault()).isEqualTo(Fault.GARBAGE);
  }

  @Test
  void nothingFollowsACloseFrame() {
    var scanner = new FrameScanner(ANY, NONE);
    scan(scanner, Frame.close(1000).asMasked().bytes());
    assertThat(scanner.isClosed()).isTrue();
    assertThat(scanner.isAtFrameBoundary()).isFalse();
    scan(scanner, Frame.text("x").bytes());
    assertThat(scanner.isAtFrameBoundary()).isFalse();
    assertThat(scanner.fault()).isEqualTo(Fault.NONE);
  }

  @Test
  void tellsOpcodeLengthAndMask() {
    var scanner = new FrameScanner(ANY, NONE);
    byte[] pong = Frame.of(0x8A, new byte[8]).asMasked().bytes();
    assertThat(scanner.header(Unpooled.wrappedBuffer(pong), 0, pong.length)).isEqualTo(6);
    assertThat(scanner.isHeaderComplete()).isTrue();
    assertThat(scanner.opcode()).isEqualTo(FrameScanner.PONG);
    assertThat(scanner.length()).isEqualTo(8);
    assertThat(scanner.mask()).isEqualTo(Frame.MASK);
    scanner.payload(6, pong.length);
    scan(scanner, Frame.text("x").bytes());
    assertThat(scanner.mask()).isZero();
  }

  /** Random bytes, and proper frames with random damage, in random pieces. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void whateverComesIsTakenToTheLastByteAndNoFurther(int seed) {
    var random = new Random(seed);
    Extensions extensions = List.of(NONE, DEFLATE, FOREIGN, DEFLATE).get(seed % 4);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = random.nextBoolean() ? random(random, 150).bytes : new byte[round % 80];
      if (bytes.length < 80) {
        random.nextBytes(bytes);
      } else {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      var scanner = new FrameScanner(100, extensions);
      int at = 0;
      while (at < bytes.length) {
        int to = random.nextInt(at, bytes.length) + 1;
        // What lies behind cannot be read: it is not there.
        int next = scanner.scan(Unpooled.wrappedBuffer(bytes, 0, to), at, to);
        assertThat(next).isBetween(at + 1, to);
        assertThat(next == to || scanner.isAtFrameBoundary() || scanner.isClosed()).isTrue();
        assertThat(scanner.isAtMessageBoundary() && !scanner.isAtFrameBoundary()).isFalse();
        at = next;
      }
      assertThat(scanner.scan(Unpooled.EMPTY_BUFFER, 0, 0)).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "-                                                   | false | false",
        "permessage-deflate; client_max_window_bits=15       | true  | false",
        "PerMessage-Deflate                                  | true  | false",
        "permessage-deflate; a=b, x-other                    | true  | true",
        "x-webkit-deflate-frame                              | false | true"
      })
  void knowsWhatWasAgreedOn(String header, boolean deflate, boolean foreign) {
    var headers = new DefaultHttpHeaders();
    if (header != null) {
      headers.add("Sec-WebSocket-Extensions", header);
    }
    assertThat(Extensions.of(headers)).isEqualTo(new Extensions(deflate, foreign));
  }

  private static void scan(FrameScanner scanner, byte[] bytes) {
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    for (int at = 0; at < bytes.length; ) {
      at = scanner.scan(in, at, bytes.length);
    }
  }
}
