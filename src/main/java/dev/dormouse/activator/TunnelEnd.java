package dev.dormouse.activator;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;

/**
 * One side of a tunnel: hands the bytes that it reads to the other side, as they are. Stops reading
 * while the other side does not take them. Both sides live on one event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
final class TunnelEnd extends ChannelInboundHandlerAdapter {
  private final Tunnel tunnel;
  private final Channel channel;
  private TunnelEnd other = this;
  private boolean inputEnded;
  private boolean outputEnded;

  TunnelEnd(Tunnel tunnel, Channel channel) {
    this.tunnel = tunnel;
    this.channel = channel;
  }

  void joinTo(TunnelEnd that) {
    other = that;
    that.other = this;
  }

  /** The write to the other side takes ownership of the buffer. */
  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    Channel to = other.channel;
    if (!to.isActive()) {
      ReferenceCountUtil.release(msg);
      return;
    }
    to.write(msg, to.voidPromise());
    if (!to.isWritable()) {
      to.flush();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    other.channel.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    other.channel.config().setAutoRead(channel.isWritable());
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent && !inputEnded) {
      inputEnded = true;
      tunnel.linger(other.channel, channel);
      other.endOutput();
      closeIfDone();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    tunnel.activator.broken(tunnel.served.id(), cause);
    if (!inputEnded) {
      other.channel.close();
    }
    channel.close();
  }

  /** After an orderly end the other side still gets what is on its way to it. */
  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    tunnel.sideClosed();
    if (inputEnded) {
      other.inputEnded = true;
      other.closeIfDone();
    } else {
      other.channel.close();
    }
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
