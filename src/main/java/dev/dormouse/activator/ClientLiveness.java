package dev.dormouse.activator;

import dev.dormouse.activator.frames.CableFrames;
import dev.dormouse.activator.frames.Frames;
import dev.dormouse.core.ServiceSpec;
import java.time.Duration;

/**
 * Whether the client of one tunnel is still there. All times are counted in ticks, so that nothing
 * reads a clock and a machine that was suspended takes nobody for dead.
 *
 * <p>PONGs answer the most recent PING (RFC 6455, 5.5.3). Ours is never sent while one of the
 * workload's is outstanding, so the answer to one of the workload's settles both.
 */
final class ClientLiveness {
  private static final int NONE = -1;

  /** Where the {@link KeepaliveTimer} keeps this. */
  int seat;

  private final RelayPair joint;
  private final KeepaliveTimer keepalive;
  private final int pingAfter;
  private final int deadAfter;
  private final int slowAfter;

  private boolean heard;
  private boolean pingDue;
  private boolean hasPinged;
  private boolean ours;
  private boolean theirs;

  /** Since the client was last heard. */
  private int silent;

  /** Since it was last heard or took something that waited for it. */
  private int quiet;

  /** Since it last took something, while something waits. */
  private int stalled;

  /** Since the oldest PING that is not answered. */
  private int pingAge = NONE;

  private long taken;

  /** After so many ticks a client hears from a server that sleeps. */
  private final int beatAfter;

  /** Since the server's last heartbeat, of whatever kind its protocol has, or ours. */
  private int beatAge;

  /** It has come from here since the server fell asleep. */
  private boolean standsIn;

  /** Between two PINGs of the workload, and since the last one. */
  private int theirPace;

  private int sinceTheirs;

  ClientLiveness(RelayPair joint, KeepaliveTimer keepalive, ServiceSpec spec) {
    this.joint = joint;
    this.keepalive = keepalive;
    Duration interval = spec.keepalive().interval();
    this.pingAfter = ticks(interval, 1);
    // A PING has an interval for its answer at least. One tick less: a silence of n ticks that
    // were counted is up to one longer.
    this.deadAfter = ticks(interval, Math.max(2, spec.keepalive().failureThreshold())) - 1;
    this.slowAfter = ticks(spec.limits().slowClient(), 1);
    this.beatAfter = ticks(Duration.ofSeconds(CableFrames.PING_SECONDS), 1);
    keepalive.add(this);
  }

  /** The server itself has sent a heartbeat of its protocol. */
  void beaten() {
    beatAge = 0;
  }

  /**
   * While the server sleeps, its client gets heartbeats from here. Not all clients at once: each
   * first one comes up to an interval earlier, by its seat.
   */
  private void standIn() {
    beatAge++;
    sinceTheirs++;
    if (!joint.tunnel.isDozing()) {
      standsIn = false;
      return;
    }
    int early = standsIn ? 0 : seat % beatAfter;
    if (joint.hasCableBeats() && beatAge >= beatAfter - early && joint.mayPutInMessage()) {
      standsIn = true;
      beatAge = 0;
      joint.client.write(CableFrames.ping(joint.tunnel.activator.clock.instant().getEpochSecond()));
      joint.client.channel.flush();
    }
  }

  private int ticks(Duration time, int times) {
    long tick = keepalive.period.toMillis();
    return (int) Math.min(Integer.MAX_VALUE, times * ((time.toMillis() + tick - 1) / tick));
  }

  void stop() {
    keepalive.remove(this);
  }

  /**
   * A byte was read from the client.
   *
   * @param unreadable whether its frames cannot be told apart any more: then any byte is an answer
   */
  void heard(boolean unreadable) {
    heard = true;
    if (unreadable) {
      settle();
    }
  }

  private void settle() {
    theirs = false;
    ours = false;
    pingAge = NONE;
  }

  /** The workload's PING, by which it keeps its own pace, is on its way to the client. */
  void pacePassed() {
    theirPace = sinceTheirs;
    sinceTheirs = 0;
    pingPassed();
  }

  /** An answer to the workload is due. */
  void pingPassed() {
    theirs = true;
    pingAge = Math.max(pingAge, 0);
  }

  /** A PONG that was not to us is on its way to the workload. */
  void pongPassed() {
    if (theirs) {
      settle();
    }
  }

  /** Whether this PONG is to us. */
  boolean answered(long payload) {
    if (payload != keepalive.payload) {
      pongPassed();
      return false;
    }
    ours = false;
    pingAge = theirs ? pingAge : NONE;
    return true;
  }

  /** Whether an answer to a PING of the workload is due. */
  boolean isAsked() {
    return theirs;
  }

  boolean hasPinged() {
    return hasPinged;
  }

  boolean isPingDue() {
    return pingDue;
  }

  /** The client is asked. */
  void ping() {
    pingDue = false;
    sinceTheirs = 0;
    hasPinged = true;
    ours = true;
    pingAge = 0;
    joint.client.write(Frames.ping(keepalive.payload));
    joint.client.channel.flush();
  }

  int mask() {
    return keepalive.mask();
  }

  /** One tick has passed. */
  void beat() {
    joint.tunnel.served.gate().silence().listen();
    if (joint.isParting()) {
      return;
    }
    boolean listening = joint.client.channel.config().isAutoRead();
    silent = heard || !listening ? 0 : silent + 1;
    quiet = silent == 0 ? 0 : quiet + 1;
    pingAge = pingAge == NONE ? NONE : pingAge + 1;
    heard = false;
    watchWrites();
    standIn();
    if (stalled >= slowAfter) {
      joint.abandonClient("slow-client");
    } else if (quiet >= deadAfter && pingAge >= deadAfter - pingAfter) {
      joint.abandonClient("no-pong");
    } else if ((silent >= pingAfter || isPaceDue()) && !ours && !theirs && joint.mayPutIn()) {
      pingDue = true;
      joint.putIn();
    } else {
      pingDue = false;
    }
  }

  /** Whether a server that sleeps would have sent a PING by now. */
  private boolean isPaceDue() {
    return theirPace > 0 && sinceTheirs >= theirPace && joint.tunnel.isDozing();
  }

  private void watchWrites() {
    long before = taken;
    taken = joint.client.taken();
    if (!joint.client.hasPending()) {
      stalled = 0;
    } else if (taken > before) {
      stalled = 0;
      quiet = 0;
    } else {
      stalled++;
    }
  }
}
