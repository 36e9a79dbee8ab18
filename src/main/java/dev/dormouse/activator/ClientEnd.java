package dev.dormouse.activator;

import dev.dormouse.activator.frames.FrameScanner;
import dev.dormouse.activator.frames.FrameScanner.Fault;
import dev.dormouse.activator.frames.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of a tunnel. Handed on at once, but for two things: the beginning of a frame
 * that may be larger than allowed, of which the workload sees nothing then, and what may be the
 * PONG to our PING, or a heartbeat that must not wake a sleeper.
 */
final class ClientEnd extends TunnelEnd {
  /** A whole header is as long as the longest PONG that may be ours. */
  private static final int USUAL_HELD_BYTES = FrameScanner.MAX_HEADER_BYTES;

  private static final int MAX_HELD_BYTES =
      FrameScanner.MAX_HEADER_BYTES + FrameScanner.MAX_CONTROL_PAYLOAD_BYTES;

  /** The beginning of the current frame, if it is not handed on yet. */
  private @Nullable ByteBuf held;

  /** The current frame may be for us: the PONG to our PING, or a heartbeat to one who sleeps. */
  private boolean suspect;

  /** The workload slept under the tunnel when the current frame began. */
  private boolean asleep;

  /** There is a limit that the current frame may exceed. */
  private final boolean limited;

  /** The upstream is to be told at the next boundary that the client leaves. */
  private boolean dismissing;

  ClientEnd(RelayPair joint, Channel channel, FrameScanner scanner, boolean limited) {
    super(joint, channel, scanner);
    this.limited = limited;
  }

  @Override
  UpstreamEnd other() {
    return joint.upstream;
  }

  @Override
  void read(ByteBuf in) {
    joint.pulse.heard(scanner.fault() == Fault.GARBAGE);
    int start = in.readerIndex();
    int end = in.writerIndex();
    int from = start; // not handed on yet
    int frame = start;
    for (int at = start; at < end; ) {
      boolean begins = scanner.isAtFrameBoundary();
      boolean known = scanner.isHeaderComplete();
      frame = begins ? at : frame;
      at = scanner.header(in, at, end);
      watchForOwn(begins, !known && scanner.isHeaderComplete());
      if (scanner.fault() == Fault.TOO_LARGE && !isMuted()) {
        handOn(in, from, frame);
        joint.rejectFrame(scanner.length());
      }
      at = scanner.payload(at, end);
      tell(scanner.isPingOrPong());
      if (suspect && scanner.isAtFrameBoundary()) {
        suspect = false;
        if (isTaken(in, start, at)) {
          handOn(in, from, frame);
          from = at;
          dropHeld();
        }
      }
      if (!isToBeHeld()) {
        handOnHeld();
      }
      if (dismissing && scanner.isAtFrameBoundary()) {
        handOn(in, from, at);
        dismissUpstream(Frames.GOING_AWAY, "");
      }
    }
    handOnRest(in, from, frame);
  }

  /** Hands on what is left, or keeps the beginning of the last frame. */
  private void handOnRest(ByteBuf in, int from, int frame) {
    int end = in.writerIndex();
    if (isMuted()) {
      heedEcho();
    } else if (isToBeHeld()) {
      handOn(in, from, frame);
      hold(in, Math.max(from, frame), end);
    } else {
      handOn(in, from, end);
      if (scanner.fault() == Fault.GARBAGE) {
        joint.broke(this);
      }
    }
  }

  /** Suspected from its first byte on, or not at all: it has been handed on since. */
  private void watchForOwn(boolean begins, boolean complete) {
    asleep = begins ? joint.tunnel.isDozing() : asleep;
    boolean answer =
        joint.pulse.hasPinged()
            && scanner.opcode() == FrameScanner.PONG
            && scanner.mayHaveLength(Long.BYTES);
    suspect =
        (suspect || begins)
            && (answer || (asleep && scanner.isPingOrPong()))
            && scanner.fault() != Fault.GARBAGE
            && !isMuted();
    if (complete && !suspect && scanner.opcode() == FrameScanner.PONG) {
      joint.pulse.pongPassed();
    }
  }

  /**
   * Whether the PING or PONG that ends here is for us, and not for the workload: the answer to our
   * PING, and as long as the workload sleeps a PING, which is answered in its place, and a PONG
   * that nobody has asked for.
   */
  private boolean isTaken(ByteBuf in, int start, int frameEnd) {
    boolean sleeps = asleep && joint.tunnel.isDozing();
    if (scanner.opcode() == FrameScanner.PING) {
      return sleeps && joint.answer(payload(in, start, frameEnd));
    }
    if (scanner.length() == Long.BYTES
        && joint.pulse.answered(ByteBuffer.wrap(payload(in, start, frameEnd)).getLong())) {
      return true;
    }
    boolean asked = joint.pulse.isAsked();
    joint.pulse.pongPassed();
    return sleeps && !asked;
  }

  /** Has the upstream told, as soon as it is between two frames, that the client leaves. */
  void sayGoodbye() {
    if (scanner.isClosed()) {
      mute();
      heedEcho();
    } else if (scanner.isAtFrameBoundary() || held != null) {
      dismissUpstream(Frames.GOING_AWAY, "");
    } else {
      dismissing = !isMuted();
    }
  }

  /** Tells the upstream that the client leaves, or has to. Between two frames only. */
  void dismissUpstream(int code, String reason) {
    dismissing = false;
    if (isMuted()) {
      return;
    }
    dropHeld();
    suspect = false;
    if (joint.mayPutIn() && !scanner.isClosed()) {
      other().write(Frames.close(code, reason, joint.pulse.mask()));
      other().channel.flush();
    }
    mute();
  }

  /** The client's close frame, before or after ours, ends the conversation. */
  private void heedEcho() {
    if (scanner.isClosed() && joint.isParting()) {
      closeAfterWrites();
    }
  }

  private boolean isToBeHeld() {
    return suspect || (limited && scanner.isLengthDue());
  }

  private void hold(ByteBuf in, int from, int to) {
    if (held == null) {
      held = Unpooled.buffer(USUAL_HELD_BYTES, MAX_HELD_BYTES);
    }
    held.writeBytes(in, from, to - from);
  }

  private void handOnHeld() {
    if (held != null) {
      other().write(held);
      held = null;
    }
  }

  private void dropHeld() {
    if (held != null) {
      held.release();
      held = null;
    }
  }

  /** The payload of the control frame that ends here, unmasked. */
  private byte[] payload(ByteBuf in, int start, int frameEnd) {
    byte[] payload = new byte[(int) scanner.length()];
    for (int i = 0; i < payload.length; i++) {
      int at = frameEnd - payload.length + i;
      int next =
          at >= start || held == null
              ? in.getByte(at)
              : held.getByte(held.writerIndex() + at - start);
      payload[i] = (byte) (next ^ scanner.mask() >>> (24 - i % Integer.BYTES * Byte.SIZE));
    }
    return payload;
  }

  /** Is waited for: to close with its input unread would reset what is on its way to it. */
  @Override
  void orphaned() {}

  @Override
  void finish() {
    if (!isMuted()) {
      handOnHeld();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    dropHeld();
    super.channelInactive(ctx);
  }
}
