package dev.dormouse.activator;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A frame as a test sends or sees it, written and parsed in the plainest way (RFC 6455, 5.2).
 *
 * @param first FIN, RSV and opcode
 */
@SuppressWarnings("ArrayRecordComponent")
public // never compared, and shared with nobody
record Frame(int first, byte[] payload, boolean masked) {
  public static final int MASK = 0x37FA213D;

  public static Frame text(String text) {
    return new Frame(0x81, text.getBytes(StandardCharsets.UTF_8), false);
  }

  public static Frame of(int first, byte[] payload) {
    return new Frame(first, payload, false);
  }

  public static Frame close(int code) {
    return of(0x88, new byte[] {(byte) (code >> 8), (byte) code});
  }

  public Frame asMasked() {
    return new Frame(first, payload, true);
  }

  /** The payload in frames of this size, as one fragmented message. */
  public static byte[] fragments(byte[] payload, int size, boolean masked) {
    var out = new ByteArrayOutputStream();
    for (int from = 0; from < payload.length; from += size) {
      int to = Math.min(payload.length, from + size);
      int first = (from == 0 ? 2 : 0) | (to == payload.length ? 0x80 : 0);
      byte[] part = java.util.Arrays.copyOfRange(payload, from, to);
      out.writeBytes(new Frame(first, part, masked).bytes());
    }
    return out.toByteArray();
  }

  public byte[] bytes() {
    int length = payload.length;
    var out = ByteBuffer.allocate(14 + length);
    int bit = masked ? 0x80 : 0;
    out.put((byte) first);
    if (length < 126) {
      out.put((byte) (bit | length));
    } else if (length < 1 << 16) {
      out.put((byte) (bit | 126)).putShort((short) length);
    } else {
      out.put((byte) (bit | 127)).putLong(length);
    }
    if (masked) {
      out.putInt(MASK);
    }
    for (int i = 0; i < length; i++) {
      out.put((byte) (payload[i] ^ (masked ? MASK >>> (24 - i % 4 * 8) : 0)));
    }
    byte[] bytes = new byte[out.position()];
    out.flip().get(bytes);
    return bytes;
  }

  /** Close code, or -1. */
  public int code() {
    return payload.length < 2 ? -1 : ((payload[0] & 0xFF) << 8) | (payload[1] & 0xFF);
  }

  public String asText() {
    return new String(payload, StandardCharsets.UTF_8);
  }

  /** All whole frames at the beginning. */
  public static List<Frame> parse(byte[] bytes) {
    List<Frame> frames = new ArrayList<>();
    var in = ByteBuffer.wrap(bytes);
    while (in.remaining() >= 2) {
      int start = in.position();
      Frame frame = next(in);
      if (frame == null) {
        in.position(start);
        break;
      }
      frames.add(frame);
    }
    return frames;
  }

  @SuppressWarnings("NullAway") // a test's own end of input
  private static Frame next(ByteBuffer in) {
    int first = in.get() & 0xFF;
    int second = in.get() & 0xFF;
    int code = second & 0x7F;
    boolean masked = second > 0x7F;
    int more = (code == 126 ? 2 : code == 127 ? 8 : 0) + (masked ? 4 : 0);
    if (in.remaining() < more) {
      return null;
    }
    long length = code == 126 ? in.getShort() & 0xFFFF : code == 127 ? in.getLong() : code;
    int mask = masked ? in.getInt() : 0;
    if (length < 0 || in.remaining() < length) {
      return null;
    }
    byte[] payload = new byte[(int) length];
    in.get(payload);
    for (int i = 0; i < payload.length; i++) {
      payload[i] ^= (byte) (mask >>> (24 - i % 4 * 8));
    }
    return new Frame(first, payload, masked);
  }
}
