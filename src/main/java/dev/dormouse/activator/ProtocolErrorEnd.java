package dev.dormouse.activator;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * What follows a frame that breaks the protocol. The end that gets it has to fail the connection
 * (RFC 6455, 7.1.7), and says so in its own words behind what it had to say before; or it takes the
 * frame. When it has got everything and says nothing for a while, both sides are closed. Confined
 * to the event loop of both.
 */
final class ProtocolErrorEnd {
  /** So many looks make up the patience. */
  private static final int LOOKS = 8;

  private final RelayPair joint;
  private final TunnelEnd judge;

  private int still;
  private Future<?> next;

  /** Waits from now on; the frame has been handed on to the judge. */
  ProtocolErrorEnd(RelayPair joint, TunnelEnd judge) {
    this.joint = joint;
    this.judge = judge;
    var _ = judge.hasSpoken();
    this.next = later();
  }

  void cancel() {
    next.cancel(false);
  }

  private Future<?> later() {
    Duration patience = joint.tunnel.activator.settings.linger();
    EventLoop loop = joint.client.channel.eventLoop();
    return loop.schedule(this::look, patience.toNanos() / LOOKS, TimeUnit.NANOSECONDS);
  }

  private void look() {
    still = isMoving() ? 0 : still + 1;
    if (still < LOOKS) {
      next = later();
    } else {
      joint.tunnel.cut("protocol-error");
      joint.hangUp();
    }
  }

  /** What waits for a slow end is bounded by its own limit. */
  private boolean isMoving() {
    return judge.hasSpoken() || judge.hasPending() || judge.other().hasPending();
  }
}
