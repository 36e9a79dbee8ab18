package dev.dormouse.activator;

import dev.dormouse.activator.FrameScanner.Fault;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of a tunnel. A header is handed on when it is complete, so that the workload
 * sees nothing of a frame that is refused; what may be the PONG to our PING, when it is known not
 * to be.
 *
 * <p>A client that breaks the protocol is refused, a workload that does is relayed unjudged: every
 * server has to fail such a connection anyway (RFC 6455, 5.1 and 7.1.7), and to lose track of a
 * client's frames would be a way around {@code limits.maxFrame}.
 */
final class ClientEnd extends TunnelEnd {
  /** A whole header is as long as the longest PONG that may be ours. */
  private static final int MAX_HELD_BYTES = FrameScanner.MAX_HEADER_BYTES;

  /** The beginning of the current frame, if it is not handed on yet. */
  private @Nullable ByteBuf held;

  /** The current frame may be the PONG to our PING. */
  private boolean suspect;

  /** The upstream is to be told at the next boundary that the client leaves. */
  private boolean dismissing;

  ClientEnd(Joint joint, Channel channel, FrameScanner scanner) {
    super(joint, channel, scanner);
  }

  @Override
  UpstreamEnd other() {
    return joint.upstream;
  }

  @Override
  void read(ByteBuf in) {
    joint.pulse.heard();
    int start = in.readerIndex();
    int end = in.writerIndex();
    int from = start; // not handed on yet
    int frame = start;
    for (int at = start; at < end; ) {
      frame = scanner.isAtFrameBoundary() ? at : frame;
      boolean known = scanner.isHeaderComplete();
      at = scanner.header(in, at, end);
      if (!known && scanner.isHeaderComplete() && isRefused()) {
        handOn(in, from, frame);
        dismissUpstream();
        joint.reject(scanner.fault());
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
        dismissUpstream();
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
    }
  }

  /** Judges a frame whose header is complete. */
  private boolean isRefused() {
    suspect =
        scanner.opcode() == FrameScanner.PONG
            && scanner.length() == Long.BYTES
            && joint.pulse.hasPinged()
            && !isMuted();
    if (scanner.opcode() == FrameScanner.PONG && !suspect) {
      joint.pulse.pongPassed();
    }
    return scanner.fault() != Fault.NONE && !isMuted();
  }

  /** Has the upstream told, as soon as it is between two frames, that the client leaves. */
  void sayGoodbye() {
    if (scanner.isClosed()) {
      mute();
      heedEcho();
    } else if (scanner.isAtFrameBoundary() || held != null) {
      dismissUpstream();
    } else {
      dismissing = !isMuted();
    }
  }

  private void dismissUpstream() {
    dismissing = false;
    if (isMuted()) {
      return;
    }
    dropHeld();
    suspect = false;
    if (joint.mayPutIn() && !scanner.isClosed()) {
      other().write(Frames.close(Frames.GOING_AWAY, joint.pulse.mask()));
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
    return suspect || scanner.isInHeader();
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
