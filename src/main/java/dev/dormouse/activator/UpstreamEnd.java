package dev.dormouse.activator;

import dev.dormouse.activator.FrameScanner.Fault;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/** The workload's side of a tunnel. What we have to say to the client is put in between here. */
final class UpstreamEnd extends TunnelEnd {
  UpstreamEnd(Joint joint, Channel channel, FrameScanner scanner) {
    super(joint, channel, scanner);
  }

  @Override
  ClientEnd other() {
    return joint.client;
  }

  @Override
  void read(ByteBuf in) {
    if (isMuted()) {
      return;
    }
    int from = in.readerIndex();
    int end = in.writerIndex();
    for (int at = from; at < end; ) {
      at = scanner.scan(in, at, end);
      if (scanner.isAtFrameBoundary()) {
        if (scanner.opcode() == FrameScanner.PING) {
          joint.pulse.pingPassed();
        }
        if (joint.isPutInDue()) {
          handOn(in, from, at);
          from = at;
          joint.putIn();
          if (isMuted()) {
            return;
          }
        }
      }
    }
    if (scanner.isClosed()) {
      joint.pulse.pingPassed(); // an answer is due, and we may not ask for one any more
    }
    handOn(in, from, end);
    if (scanner.fault() == Fault.GARBAGE) {
      joint.broke(this);
    }
  }

  /** Whoever has left, or was asked to, is not abandoned. */
  @Override
  void ended() {
    ClientEnd client = other();
    if (!joint.isParting() && !client.isInputEnded() && !client.scanner.isClosed()) {
      joint.tunnel.abandoned();
    }
  }
}
