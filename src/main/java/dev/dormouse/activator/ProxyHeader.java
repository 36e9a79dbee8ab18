package dev.dormouse.activator;

import dev.dormouse.activator.head.ConnectionPeer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxySSLTLV;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.util.Optional;

/**
 * Takes the header of the PROXY protocol, version 1 or 2, off a connection, which has to begin with
 * one: nobody guesses (section 2 of its specification). Loaded only where {@code --proxy-protocol}
 * is given.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
final class ProxyHeader extends ChannelInboundHandlerAdapter {
  /** Of what a proxy tells beside addresses. */
  private static final int MAX_TLV_BYTES = 4096;

  private final ActivatorEvents events;
  private boolean done;
  private boolean refused;

  private ProxyHeader(ActivatorEvents events) {
    this.events = events;
  }

  /** From now on this connection, of which nothing has been read, has to begin with a header. */
  static void expect(Channel channel, ActivatorEvents events) {
    channel.pipeline().addFirst(new HAProxyMessageDecoder(MAX_TLV_BYTES), new ProxyHeader(events));
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (msg instanceof HAProxyMessage header) {
      try {
        peer(header).ifPresent(it -> it.tell(ctx.channel()));
        done = true;
      } finally {
        header.release();
      }
    } else {
      ctx.fireChannelRead(msg);
    }
  }

  /** Empty where the proxy speaks for itself, or of what has no IP address. */
  private static Optional<ConnectionPeer> peer(HAProxyMessage header) {
    boolean tls =
        header.tlvs().stream()
            .anyMatch(it -> it instanceof HAProxySSLTLV ssl && ssl.isPP2ClientSSL());
    return Optional.ofNullable(header.sourceAddress())
        .map(NetUtil::createInetAddressFromIpAddressString)
        .map(it -> new ConnectionPeer(it, tls));
  }

  /** Nobody behind asks for more on account of a header that did not get there. */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.fireChannelReadComplete();
    if (!ctx.channel().config().isAutoRead()) {
      ctx.read();
    }
    if (done && !ctx.isRemoved()) {
      ctx.pipeline().remove(this);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (done || cause instanceof IOException) {
      ctx.fireExceptionCaught(cause);
    } else if (!refused) {
      refused = true;
      events.refused(
          Optional.empty(),
          "proxy-header",
          "It does not begin with a header of the PROXY protocol.");
      ctx.close();
    }
  }
}
