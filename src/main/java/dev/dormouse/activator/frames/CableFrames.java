package dev.dormouse.activator.frames;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;

/** Messages of Action Cable that are known here, of its subprotocol {@value #PROTOCOL}. */
public final class CableFrames {
  /** The subprotocol of Action Cable. */
  public static final String PROTOCOL = "actioncable-v1-json";

  /** Its server pings so often, and its client takes it for gone after twice as long. */
  public static final int PING_SECONDS = 3;

  private static final byte[] PING = "{\"type\":\"ping\"".getBytes(US_ASCII);

  private CableFrames() {}

  /** Whether this is the payload of the server's ping. */
  public static boolean isPing(ByteBuf in, int from, int to) {
    if (to - from <= PING.length) {
      return false;
    }
    for (int i = 0; i < PING.length; i++) {
      if (in.getByte(from + i) != PING[i]) {
        return false;
      }
    }
    return true;
  }

  /** The same in place of a server that sleeps. */
  public static ByteBuf ping(long epochSecond) {
    return Frames.text("{\"type\":\"ping\",\"message\":" + epochSecond + "}");
  }
}
