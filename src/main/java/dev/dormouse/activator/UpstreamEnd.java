package dev.dormouse.activator;

import dev.dormouse.activator.frames.CableFrames;
import dev.dormouse.activator.frames.FrameScanner;
import dev.dormouse.activator.frames.FrameScanner.Fault;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/** The workload's side of a tunnel. What we have to say to the client is put in between here. */
final class UpstreamEnd extends TunnelEnd {
  UpstreamEnd(RelayPair joint, Channel channel, FrameScanner scanner) {
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
      int step = at;
      at = scanner.scan(in, at, end);
      tell(scanner.isPingOrPong() || isPing(in, step, at));
      if (scanner.isAtFrameBoundary()) {
        if (scanner.opcode() == FrameScanner.PING) {
          joint.pulse.pacePassed();
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

  /** Whether a whole frame ends here that is Action Cable's ping. */
  private boolean isPing(ByteBuf in, int from, int to) {
    boolean ping =
        joint.hasCableBeats()
            && scanner.isAtFrameBoundary()
            && scanner.isPlainText()
            && scanner.length() < to - from
            && CableFrames.isPing(in, to - (int) scanner.length(), to);
    if (ping) {
      joint.pulse.beaten();
    }
    return ping;
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
