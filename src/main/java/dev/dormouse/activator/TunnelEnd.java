package dev.dormouse.activator;

import dev.dormouse.activator.frames.FrameScanner;
import dev.dormouse.core.WakeReason;
import dev.dormouse.intake.Costs;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.netty.util.internal.SystemPropertyUtil;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;

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

  private static final AtomicLongFieldUpdater<TunnelEnd> RECEIVED =
      AtomicLongFieldUpdater.newUpdater(TunnelEnd.class, "received");

  private static final AtomicLongFieldUpdater<TunnelEnd> LAST_READ =
      AtomicLongFieldUpdater.newUpdater(TunnelEnd.class, "lastReadMillis");

  final RelayPair joint;
  final Channel channel;
  final FrameScanner scanner;

  /** Of the channel, where its kind has one that can be written to directly. */
  private final @Nullable Socket socket;

  private boolean muted;
  private boolean spoke;
  private boolean inputEnded;
  private boolean outputEnded;

  /** Bytes that this side has sent. Written on the event loop only. */
  private volatile long received;

  /** When it last sent any, in milliseconds of the activator's clock; 0 if never. */
  private volatile long lastReadMillis;

  /** All that was ever written to this side, counted as Netty counts what is pending. */
  private long written;

  TunnelEnd(RelayPair joint, Channel channel, FrameScanner scanner) {
    this.joint = joint;
    this.channel = channel;
    this.scanner = scanner;
    this.socket =
        channel instanceof UnixChannel unix && unix.fd() instanceof Socket open ? open : null;
  }

  abstract TunnelEnd other();

  /** Reads what has come from this side. The caller releases it. */
  abstract void read(ByteBuf in);

  /** This side has sent all that it will. */
  void finish() {}

  /** This side has ended, in whatever way, before it was closed here. */
  void ended() {}

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

  /** How many bytes this side has sent. Thread-safe. */
  final long received() {
    return received;
  }

  /** When it last sent any, in milliseconds; 0 if never. Thread-safe. */
  final long lastReadMillis() {
    return lastReadMillis;
  }

  /** Whether this side has sent anything since this was last asked. */
  final boolean hasSpoken() {
    boolean has = spoke;
    spoke = false;
    return has;
  }

  /** Tells of a part of a frame that has passed, unless that is a heartbeat. */
  final void tell(boolean heartbeat) {
    if (!heartbeat || scanner.isOpaque()) {
      joint.tunnel.stir(
          scanner.opcode() == FrameScanner.CLOSE ? WakeReason.CLOSE : WakeReason.MESSAGE);
    }
  }

  /** Hands on a part of what was read. */
  final void handOn(ByteBuf in, int from, int to) {
    if (from < to) {
      other().take(in, from, to);
    }
  }

  /**
   * Gives the kernel what it takes at once, past Netty's queue of writes, which is empty then. Only
   * what has to wait is copied: it must not keep a whole {@link ReadBuffer}.
   */
  private void take(ByteBuf in, int from, int to) {
    int at = from;
    if (socket != null
        && in.hasMemoryAddress()
        && channel.isActive()
        && !outputEnded
        && !hasPending()) {
      try {
        at += socket.sendAddress(in.memoryAddress(), from, to);
      } catch (IOException e) {
        channel.pipeline().fireExceptionCaught(e);
        return;
      }
      written += at - from;
    }
    if (at < to && hasRoom(to - at)) {
      queue(channel.alloc().directBuffer(to - at, to - at).writeBytes(in, at, to - at));
    }
  }

  /** Writes to this side; takes ownership of the buffer. */
  final void write(ByteBuf out) {
    if (hasRoom(out.readableBytes())) {
      queue(out);
    } else {
      out.release();
    }
  }

  /** Whether so much may wait for this side; then it is counted already. */
  private boolean hasRoom(int bytes) {
    return channel.isActive() && !outputEnded && joint.tunnel.unread.waits(bytes + Costs.WRITE);
  }

  private void queue(ByteBuf out) {
    int cost = out.readableBytes() + Costs.WRITE;
    written += out.readableBytes() + ENTRY_BYTES;
    channel
        .write(out)
        .addListener(
            _ -> {
              joint.tunnel.unread.taken(cost);
              heedRoom();
            });
    if (!channel.isWritable()) {
      channel.flush();
    }
    heedRoom();
  }

  /** The other side is read while this one takes what comes of it. */
  private void heedRoom() {
    if (!other().inputEnded) { // else it may have left epoll already
      boolean room =
          channel.isWritable() && !(hasPending() && joint.tunnel.activator.budget.isTight());
      other().channel.config().setAutoRead(room || outputEnded || other().muted);
    }
  }

  private void flush() {
    if (hasPending()) {
      channel.flush();
    }
  }

  /** Whether something waits for this side to take it. */
  final boolean hasPending() {
    var pending = channel.unsafe().outboundBuffer();
    return pending != null && pending.totalPendingWriteBytes() > 0;
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
    spoke = true;
    RECEIVED.lazySet(this, received + in.readableBytes());
    LAST_READ.lazySet(this, joint.tunnel.activator.clock.millis());
    try {
      read(in);
      if (!in.isWritable()) {
        other().flush(); // more is to be read before this turn is over
      }
    } finally {
      in.release();
    }
  }

  @Override
  public final void channelReadComplete(ChannelHandlerContext ctx) {
    other().flush();
  }

  @Override
  public final void channelWritabilityChanged(ChannelHandlerContext ctx) {
    heedRoom();
  }

  @Override
  public final void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof GateSignal.Leave(var reason)) {
      joint.leave(reason);
    } else if (event instanceof ChannelInputShutdownEvent && !inputEnded) {
      joint.tunnel.stir(WakeReason.CLOSE);
      finish();
      ended();
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

  /**
   * A side that the network failed takes nothing any more, but what it said before may still wait
   * to be read: a server that closes behind its last words, with input unread, resets the
   * connection. Its end follows as an event.
   */
  @Override
  public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    joint.tunnel.activator.broken(Optional.of(joint.tunnel.served.id()), cause);
    if (!(cause instanceof IOException)) {
      joint.hangUp();
    } else if (!outputEnded && channel.isActive()) {
      joint.tunnel.stir(WakeReason.CLOSE);
      outputEnded = true;
      joint.tunnel.linger(other().channel, channel);
      if (!other().inputEnded) {
        other().channel.config().setAutoRead(true);
      }
      closeIfDone();
    }
  }

  /** After an orderly end the other side still gets what is on its way to it. */
  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    joint.tunnel.stir(WakeReason.CLOSE);
    if (!inputEnded) {
      ended();
    }
    if (joint.isParting()) {
      other().endOutput();
    } else if (inputEnded) {
      other().orphaned();
    } else {
      other().channel.close();
    }
    joint.sideClosed();
  }

  /** The other side is closed, and has ended before. */
  void orphaned() {
    inputEnded = true;
    closeIfDone();
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
