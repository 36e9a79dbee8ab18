package dev.dormouse.activator;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;

/**
 * Keeps a connection from being read while there is nothing yet to route by. What its client sends
 * waits in the kernel: it has come to a machine that is being started, perhaps on its account.
 */
final class UntilServed extends ChannelOutboundHandlerAdapter {
  private final Channel channel;
  private boolean automatic;

  UntilServed(Channel channel) {
    this.channel = channel;
  }

  /** The HTTP codec has asked for a read before anybody else could: only this takes it back. */
  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    automatic = channel.config().isAutoRead();
    channel.config().setAutoRead(true);
    channel.config().setAutoRead(false);
  }

  @Override
  public void read(ChannelHandlerContext context) {
    // Not yet.
  }

  /** From now on it is read. Thread-safe; more than once is once. */
  void end() {
    channel.eventLoop().execute(this::release);
  }

  private void release() {
    if (channel.pipeline().context(this) != null) {
      channel.pipeline().remove(this);
      channel.config().setAutoRead(automatic);
      channel.read();
    }
  }
}
