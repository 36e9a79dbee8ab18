package dev.dormouse.activator;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.internal.SystemPropertyUtil;

/**
 * One side of a tunnel: hands the bytes that it reads to the other side, as they are, and knows
 * from its scanner where something may be put in between. Stops reading while the other side does
 * not take them. Both sides live on one event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
abstract sealed class TunnelEnd extends ChannelInboundHandlerAdapter
    permits ClientEnd, UpstreamEnd {
  /** What Netty adds to the size of each pending write. */
  private static final int ENTRY_BYTES =
      SystemPropertyUtil.getInt("io.netty.transport.outboundBufferEntrySizeOverhead", 96);

  final Joint joint;
  final Channel channel;
  final FrameScanner scanner;
  private boolean muted;
  private boolean inputEnded;
  private boolean outputEnded;

  /** All that was ever written to this side, counted as Netty counts what is pending. */
  private long written;

  TunnelEnd(Joint joint, Channel channel, FrameScanner scanner) {
    this.joint = joint;
    this.channel = channel;
    this.scanner = scanner;
  }

  abstract TunnelEnd other();

  /** Reads what has come from this side. The caller releases it. */
  abstract void read(ByteBuf in);

  /** This side has sent all that it will. */
  void finish() {}

  /** From now on what this side sends is read, but not handed on. */
  void mute() {
    muted = true;
    channel.config().setAutoRead(true);
  }

  final boolean isMuted() {
    return muted;
  }

  final boolean isInputEnded() {
    return inputEnded;
  }

  /**
   * Hands on a part of what was read. Without copying it, if the other side takes it at once; what
   * has to wait must not keep a whole {@link ReadBuffer}.
   */
  final void handOn(ByteBuf in, int from, int to) {
    if (from >= to) {
      return;
    }
    TunnelEnd other = other();
    if (other.hasPending()) {
      int bytes = to - from;
      other.write(channel.alloc().directBuffer(bytes, bytes).writeBytes(in, from, bytes));
    } else if (from == in.readerIndex() && to == in.writerIndex()) {
      other.write(in.retain());
    } else {
      other.write(in.retainedSlice(from, to - from));
    }
  }

  /** Writes to this side; takes ownership of the buffer. */
  final void write(ByteBuf out) {
    if (!channel.isActive()) {
      out.release();
      return;
    }
    written += out.readableBytes() + ENTRY_BYTES;
    channel.write(out, channel.voidPromise());
    if (!channel.isWritable()) {
      channel.flush();
    }
  }

  /** Whether something waits for this side to take it. */
  final boolean hasPending() {
    var pending = channel.unsafe().outboundBuffer();
    return pending != null && !pending.isEmpty();
  }

  /** Grows when this side's kernel takes something. */
  final long taken() {
    var pending = channel.unsafe().outboundBuffer();
    return pending == null
        ? written
        : written - pending.totalPendingWriteBytes() + pending.currentProgress();
  }

  @Override
  public final void channelRead(ChannelHandlerContext ctx, Object msg) {
    ByteBuf in = (ByteBuf) msg;
    try {
      read(in);
      if (!in.isWritable()) {
        other().channel.flush(); // more is to be read before this turn is over
      }
    } finally {
      in.release();
    }
  }

  @Override
  public final void channelReadComplete(ChannelHandlerContext ctx) {
    other().channel.flush();
  }

  @Override
  public final void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (!other().inputEnded) { // else it may have left epoll already
      other().channel.config().setAutoRead(channel.isWritable() || other().muted);
    }
  }

  @Override
  public final void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof GateSignal.Leave(var reason)) {
      joint.leave(reason);
    } else if (event instanceof ChannelInputShutdownEvent && !inputEnded) {
      finish();
      inputEnded = true;
      if (joint.isParting()) {
        endOutput();
      } else {
        joint.tunnel.linger(other().channel, channel);
        other().endOutput();
        closeIfDone();
      }
    }
  }

  @Override
  public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    joint.tunnel.activator.broken(joint.tunnel.served.id(), cause);
    if (!inputEnded && !joint.isParting()) {
      other().channel.close();
    }
    channel.close();
  }

  /** After an orderly end the other side still gets what is on its way to it. */
  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (joint.isParting()) {
      other().endOutput();
    } else if (inputEnded) {
      other().inputEnded = true;
      other().closeIfDone();
    } else {
      other().channel.close();
    }
    joint.sideClosed();
  }

  /** Closes this side behind everything that was written to it. */
  final void closeAfterWrites() {
    inputEnded = true;
    endOutput();
  }

  /** Passes a FIN on, behind everything that was written before. */
  private void endOutput() {
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            _ -> {
              outputEnded = true;
              if (!inputEnded) {
                ((DuplexChannel) channel).shutdownOutput();
              }
              closeIfDone();
            });
  }

  private void closeIfDone() {
    if (inputEnded && outputEnded) {
      channel.close();
    }
  }
}
