package dev.dormouse.activator.head;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Who is at the other end of a connection, as far as is known without its requests.
 *
 * @param tls whether it speaks TLS with the proxy that we know it from
 */
public record ConnectionPeer(InetAddress address, boolean tls) {
  private static final AttributeKey<ConnectionPeer> TOLD = AttributeKey.valueOf("dormouse-peer");

  /** The one whom a proxy has told of, else the other end of the connection. */
  public static ConnectionPeer of(Channel channel) {
    ConnectionPeer told = channel.hasAttr(TOLD) ? channel.attr(TOLD).get() : null;
    return told == null ? new ConnectionPeer(direct(channel), false) : told;
  }

  /** From now on this is who is there. */
  public void tell(Channel channel) {
    channel.attr(TOLD).set(this);
  }

  private static InetAddress direct(Channel channel) {
    return channel.remoteAddress() instanceof InetSocketAddress known
        ? known.getAddress()
        : new InetSocketAddress(0).getAddress();
  }
}
