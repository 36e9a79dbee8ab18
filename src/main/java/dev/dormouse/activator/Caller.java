package dev.dormouse.activator;

import dev.dormouse.core.Endpoint;
import io.netty.channel.ChannelInboundHandler;
import java.time.Duration;
import java.time.Instant;

/** Who wants a connection to a workload. Confined to its event loop. */
interface Caller {
  /** What takes the workload's side of a new connection. */
  ChannelInboundHandler side(Endpoint endpoint);

  /** Whether to go on dialing. */
  boolean stillWants(Endpoint endpoint);

  /** The pause between two dials of an address that refuses. */
  Duration redial();

  /** The address has been refusing connections for a while. */
  void unreachable(Endpoint endpoint);

  /** The time by the clock that waits are measured with. */
  Instant now();
}
