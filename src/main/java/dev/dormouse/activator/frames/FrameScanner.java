package dev.dormouse.activator.frames;

import io.netty.buffer.ByteBuf;

/**
 * Follows the frames of one direction of a tunnel (RFC 6455, 5.2) from any split of its bytes, and
 * knows where it may be interrupted. Looks at headers only, judges each of their bytes as soon as
 * it is there, and allocates nothing.
 *
 * <p>The masking bit is followed, not judged: some servers take what is not masked, and the framing
 * does not depend on it. Under an extension that we do not know only lengths are judged. After
 * {@link Fault#GARBAGE} and after a close frame the rest is opaque: no boundary is ever seen again.
 * Confined to one thread.
 */
public final class FrameScanner {
  static final int TEXT = 0x1;

  /** An opcode (RFC 6455, 11.8). */
  public static final int CLOSE = 0x8;

  /** An opcode (RFC 6455, 11.8). */
  public static final int PING = 0x9;

  /** An opcode (RFC 6455, 11.8). */
  public static final int PONG = 0xA;

  /** RFC 6455, 5.5: a control frame carries at most this many bytes of payload. */
  public static final int MAX_CONTROL_PAYLOAD_BYTES = 125;

  /** RFC 6455, 5.2: two bytes, a length of eight, a masking key of four. */
  public static final int MAX_HEADER_BYTES = 14;

  private static final int CONTINUATION = 0x0;
  private static final int BINARY = 0x2;
  private static final int CONTROL = 0x8;
  private static final int FIN = 0x80;
  private static final int RSV = 0x70;
  private static final int RSV1 = 0x40;

  /** What is wrong with a frame. */
  public enum Fault {
    NONE,
    /** It is larger than allowed. The scanner goes on behind it. */
    TOO_LARGE,
    /** It breaks the protocol. */
    GARBAGE
  }

  private final long maxFrame;
  private final Extensions extensions;
  private Fault fault = Fault.NONE;
  private byte first;
  private byte second;

  /** Of the current header: bytes read, and bytes in all as soon as its second one is known. */
  private byte headerRead;

  private byte headerBytes = 2;
  private boolean inMessage;
  private boolean closed;
  private int mask;
  private long length;
  private long payloadLeft;

  /**
   * A scanner at the beginning of a direction.
   *
   * @param maxFrame the payload bytes above which a frame is {@link Fault#TOO_LARGE}
   */
  public FrameScanner(long maxFrame, Extensions extensions) {
    this.maxFrame = maxFrame;
    this.extensions = extensions;
  }

  /**
   * Reads on to the end of the frame, or to the end of the input.
   *
   * @return the index behind the last byte that was taken
   */
  public int scan(ByteBuf in, int from, int to) {
    return payload(header(in, from, to), to);
  }

  /** Reads on to the end of the header; takes nothing while inside a payload. */
  public int header(ByteBuf in, int from, int to) {
    if (isOpaque()) {
      return to;
    }
    int at = from;
    while (at < to && !isHeaderComplete()) {
      take(in.getByte(at++));
      if (isOpaque()) {
        return to;
      }
    }
    return at;
  }

  /** Skips the payload, to the end of the frame or of the input; takes nothing inside a header. */
  public int payload(int from, int to) {
    if (isOpaque()) {
      return to;
    }
    if (!isHeaderComplete()) {
      return from;
    }
    int taken = (int) Math.min(payloadLeft, to - from);
    payloadLeft -= taken;
    if (payloadLeft == 0) {
      endFrame();
    }
    return from + taken;
  }

  /** Whether the next byte begins a frame. */
  public boolean isAtFrameBoundary() {
    return headerRead == 0 && !isOpaque();
  }

  /** Whether the next byte begins a message, or a control frame outside of messages. */
  public boolean isAtMessageBoundary() {
    return isAtFrameBoundary() && !inMessage;
  }

  /** Whether all of the current frame's header has been read, and not all of its payload. */
  public boolean isHeaderComplete() {
    return headerRead == headerBytes;
  }

  /**
   * Whether some of the current frame's header has been read, and not yet how long the frame is.
   */
  public boolean isLengthDue() {
    return headerRead > 0 && headerRead < 2 + lengthBytes() && !isOpaque();
  }

  /** Whether what is known of the current frame allows so many bytes of payload, at most 125. */
  public boolean mayHaveLength(int payloadBytes) {
    return headerRead < 2 || length == payloadBytes;
  }

  /** Whether the current frame, or between two frames the last one, is a PING or a PONG. */
  public boolean isPingOrPong() {
    return opcode() == PING || opcode() == PONG;
  }

  /** Whether the last frame was a message of its own, of text that no extension has changed. */
  public boolean isPlainText() {
    return first == (byte) (FIN | TEXT) && second >= 0;
  }

  /** Of the current frame, or between two frames of the last one. */
  public int opcode() {
    return first & 0xF;
  }

  /** Payload bytes of the current or the last frame. */
  public long length() {
    return length;
  }

  /** The masking key of the current or the last frame, in network order; 0 if it is not masked. */
  public int mask() {
    return second < 0 ? mask : 0;
  }

  /** Whether a whole close frame has passed. */
  public boolean isClosed() {
    return closed;
  }

  /** The last fault. */
  public Fault fault() {
    return fault;
  }

  /** Whether no boundary will be seen any more. */
  public boolean isOpaque() {
    return closed || fault == Fault.GARBAGE;
  }

  private void take(byte next) {
    switch (headerRead++) {
      case 0 -> {
        first = next;
        second = 0;
        judge(isProper());
      }
      case 1 -> {
        second = next;
        int code = next & 0x7F;
        headerBytes = (byte) (2 + lengthBytes() + (next < 0 ? 4 : 0));
        length = lengthBytes() == 0 ? code : 0;
        judge((first & CONTROL) == 0 || code <= MAX_CONTROL_PAYLOAD_BYTES);
      }
      default -> {
        if (headerRead <= 2 + lengthBytes()) {
          length = (length << 8) | (next & 0xFF);
        } else {
          mask = (mask << 8) | (next & 0xFF);
        }
      }
    }
    if (headerRead == 2 + lengthBytes()) {
      judgeLength();
    }
    if (headerRead == headerBytes) {
      payloadLeft = length;
    }
  }

  private int lengthBytes() {
    return switch (second & 0x7F) {
      case 126 -> 2;
      case 127 -> 8;
      default -> 0;
    };
  }

  private void judge(boolean proper) {
    if (!proper && !extensions.foreign()) {
      fault = Fault.GARBAGE;
    }
  }

  private void judgeLength() {
    if (length < 0) {
      fault = Fault.GARBAGE;
    } else if (length > maxFrame && fault == Fault.NONE) {
      fault = Fault.TOO_LARGE;
    }
  }

  /** RFC 6455, 5.2, 5.4 and 5.5; RFC 7692, 6: RSV1 on the first frame of a message. */
  private boolean isProper() {
    int rsv = first & RSV;
    return switch (opcode()) {
      case CLOSE, PING, PONG -> first < 0 && rsv == 0;
      case TEXT, BINARY -> !inMessage && (rsv == 0 || (rsv == RSV1 && extensions.deflate()));
      case CONTINUATION -> inMessage && rsv == 0;
      default -> false;
    };
  }

  private void endFrame() {
    headerRead = 0;
    headerBytes = 2;
    if (opcode() == CLOSE) {
      closed = true;
    } else if ((first & CONTROL) == 0) {
      inMessage = (first & FIN) == 0;
    }
  }
}
