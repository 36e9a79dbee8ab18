package dev.dormouse.supervisor;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.ServerSocketChannel;
import java.net.SocketAddress;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/** Other loops, on which a server gets a socket that listens already. */
final class OpenSocketLoops implements LoopResources {
  private final LoopResources loops;
  private final int descriptor;

  OpenSocketLoops(LoopResources loops, int descriptor) {
    this.loops = loops;
    this.descriptor = descriptor;
  }

  @Override
  public <C extends Channel> C onChannel(Class<C> type, EventLoopGroup group) {
    if (!type.equals(ServerSocketChannel.class)) {
      return loops.onChannel(type, group);
    }
    var channel = new EpollServerSocketChannel(descriptor);
    channel.pipeline().addLast(new Bound());
    return type.cast(channel);
  }

  @Override
  public <C extends Channel> Class<? extends C> onChannelClass(
      Class<C> type, EventLoopGroup group) {
    return loops.onChannelClass(type, group);
  }

  @Override
  public EventLoopGroup onServer(boolean useNative) {
    return loops.onServer(useNative);
  }

  @Override
  public EventLoopGroup onServerSelect(boolean useNative) {
    return loops.onServerSelect(useNative);
  }

  @Override
  public EventLoopGroup onClient(boolean useNative) {
    return loops.onClient(useNative);
  }

  @Override
  public boolean daemon() {
    return loops.daemon();
  }

  @Override
  public Mono<Void> disposeLater(Duration quietPeriod, Duration timeout) {
    return loops.disposeLater(quietPeriod, timeout);
  }

  @Override
  public boolean isDisposed() {
    return loops.isDisposed();
  }

  /** Has it said that the socket is bound: it was before, and cannot be again. */
  private static final class Bound extends ChannelOutboundHandlerAdapter {
    @Override
    public void bind(ChannelHandlerContext context, SocketAddress to, ChannelPromise promise) {
      promise.setSuccess();
    }
  }
}
