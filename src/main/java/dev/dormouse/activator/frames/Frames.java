package dev.dormouse.activator.frames;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** The frames that we put into a tunnel (RFC 6455, 5.2). The caller owns the buffers. */
public final class Frames {
  /** RFC 6455, 7.4.1, and the registry of close codes that it sets up. */
  public static final int GOING_AWAY = 1001;

  /** RFC 6455, 7.4.1. */
  public static final int TOO_BIG = 1009;

  /** Of IANA's registry: the client may come back. */
  public static final int SERVICE_RESTART = 1012;

  /** RFC 6455, 5.5.1: what a code leaves of a control frame's payload. */
  static final int MAX_REASON_BYTES = FrameScanner.MAX_CONTROL_PAYLOAD_BYTES - Short.BYTES;

  private static final int FIN = 0x80;
  private static final int MASKED = 0x80;

  /** What makes Action Cable's client reconnect at once. */
  private static final byte[] DISCONNECT =
      "{\"type\":\"disconnect\",\"reason\":\"server_restart\",\"reconnect\":true}"
          .getBytes(US_ASCII);

  private Frames() {}

  /** For a client: a PING that its PONG is known by. */
  public static ByteBuf ping(long payload) {
    return head(FrameScanner.PING, Long.BYTES, Long.BYTES).writeLong(payload);
  }

  /**
   * For a client.
   *
   * @param reason of at most {@value #MAX_REASON_BYTES} ASCII characters, or empty
   */
  public static ByteBuf close(int code, String reason) {
    int length = Short.BYTES + reason.length();
    return head(FrameScanner.CLOSE, length, length)
        .writeShort(code)
        .writeBytes(reason.getBytes(US_ASCII));
  }

  /** For a client: the answer to its PING, with the same payload. */
  public static ByteBuf pong(byte[] payload) {
    return head(FrameScanner.PONG, payload.length, payload.length).writeBytes(payload);
  }

  /** For a client: a message of at most {@link FrameScanner#MAX_CONTROL_PAYLOAD_BYTES} bytes. */
  static ByteBuf text(String message) {
    byte[] bytes = message.getBytes(US_ASCII);
    return head(FrameScanner.TEXT, bytes.length, bytes.length).writeBytes(bytes);
  }

  /** For a client that speaks Action Cable. */
  public static ByteBuf disconnect() {
    return head(FrameScanner.TEXT, DISCONNECT.length, DISCONNECT.length).writeBytes(DISCONNECT);
  }

  /** For a workload, which takes masked frames only. */
  public static ByteBuf close(int code, String reason, int mask) {
    int length = Short.BYTES + reason.length();
    ByteBuf frame =
        head(FrameScanner.CLOSE, MASKED | length, Integer.BYTES + length)
            .writeInt(mask)
            .writeShort(code ^ mask >>> Short.SIZE);
    for (int i = 0; i < reason.length(); i++) {
      frame.writeByte(reason.charAt(i) ^ mask >>> (24 - (Short.BYTES + i) % 4 * 8));
    }
    return frame;
  }

  private static ByteBuf head(int opcode, int lengthByte, int more) {
    return Unpooled.buffer(2 + more).writeByte(FIN | opcode).writeByte(lengthByte);
  }
}
