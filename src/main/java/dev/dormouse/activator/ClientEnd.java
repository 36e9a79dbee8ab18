package dev.dormouse.activator;

import dev.dormouse.activator.FrameScanner.Fault;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of a tunnel. Handed on at once, but for two things: the beginning of a frame
 * that may be larger than allowed, of which the workload sees nothing then, and what may be the
 * PONG to our PING.
 */
final class ClientEnd extends TunnelEnd {
  /** A whole header is as long as the longest PONG that may be ours. */
  private static final int MAX_HELD_BYTES = FrameScanner.MAX_HEADER_BYTES;

  /** The beginning of the current frame, if it is not handed on yet. */
  private @Nullable ByteBuf held;

  /** The current frame may be the PONG to our PING. */
  private boolean suspect;

  /** There is a limit that the current frame may exceed. */
  private final boolean limited;

  /** The upstream is to be told at the next boundary that the client leaves. */
  private boolean dismissing;

  ClientEnd(Joint joint, Channel channel, FrameScanner scanner, boolean limited) {
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
      watchForPong(begins, !known && scanner.isHeaderComplete());
      if (scanner.fault() == Fault.TOO_LARGE && !isMuted()) {
        handOn(in, from, frame);
        joint.rejectFrame(scanner.length());
      }
      at = scanner.payload(at, end);
      if (suspect && scanner.isAtFrameBoundary()) {
        suspect = false;
        if (joint.pulse.answered(payload(in, start, at))) {
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
  private void watchForPong(boolean begins, boolean complete) {
    suspect =
        (suspect || (begins && joint.pulse.hasPinged()))
            && scanner.opcode() == FrameScanner.PONG
            && scanner.mayHaveLength(Long.BYTES)
            && scanner.fault() != Fault.GARBAGE
            && !isMuted();
    if (complete && !suspect && scanner.opcode() == FrameScanner.PONG) {
      joint.pulse.pongPassed();
    }
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
      held = Unpooled.buffer(MAX_HELD_BYTES, MAX_HELD_BYTES);
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

  /** The eight bytes of payload of the frame that ends here, unmasked. */
  private long payload(ByteBuf in, int start, int frameEnd) {
    long payload = 0;
    for (int at = frameEnd - Long.BYTES; at < frameEnd; at++) {
      int next =
          at >= start || held == null
              ? in.getByte(at)
              : held.getByte(held.writerIndex() + at - start);
      payload = (payload << Byte.SIZE) | (next & 0xFF);
    }
    long mask = Integer.toUnsignedLong(scanner.mask());
    return payload ^ (mask << Integer.SIZE | mask);
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
