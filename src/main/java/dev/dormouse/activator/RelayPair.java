package dev.dormouse.activator;

import dev.dormouse.activator.frames.CableFrames;
import dev.dormouse.activator.frames.Extensions;
import dev.dormouse.activator.frames.FrameScanner;
import dev.dormouse.activator.frames.Frames;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.core.StopReason;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/**
 * The two joined sides of a tunnel, and what is put in between their frames: our PINGs, and our
 * farewell. Confined to the event loop of both.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
final class RelayPair {
  final Tunnel tunnel;
  final ClientEnd client;
  final UpstreamEnd upstream;
  final ClientLiveness pulse;
  private final boolean mayPutIn;
  private final boolean actionCable;

  /** Its heartbeats are Action Cable's. */
  private final boolean cableBeats;

  private @Nullable PoliteClose parting;
  private @Nullable ProtocolErrorEnd aftermath;
  private int closedSides;

  /**
   * Joins the sides.
   *
   * @param agreed the headers of the workload's 101
   */
  RelayPair(Tunnel tunnel, Channel client, Channel upstream, HttpHeaders agreed) {
    ServiceSpec spec = tunnel.served.spec();
    Extensions extensions = Extensions.of(agreed);
    this.tunnel = tunnel;
    long maxFrame = spec.limits().maxFrame();
    this.client =
        new ClientEnd(
            this, client, new FrameScanner(maxFrame, extensions), maxFrame < Long.MAX_VALUE);
    this.upstream = new UpstreamEnd(this, upstream, new FrameScanner(Long.MAX_VALUE, extensions));
    this.mayPutIn = !extensions.foreign();
    this.actionCable =
        agreed.containsValue(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, CableFrames.PROTOCOL, false);
    this.cableBeats =
        switch (spec.doze().heartbeat()) {
          case AUTO -> actionCable;
          case ACTION_CABLE -> true;
          case PING -> false;
        };
    this.pulse = new ClientLiveness(this, tunnel.activator.keepaliveFor(client, spec), spec);
  }

  /** Whether frames of our own can be understood at all. */
  boolean mayPutIn() {
    return mayPutIn;
  }

  /** Whether its server's heartbeats are messages of Action Cable. */
  boolean hasCableBeats() {
    return cableBeats;
  }

  /** Answers the client's PING in place of the workload; false if this is no place for it. */
  boolean answer(byte[] payload) {
    boolean may =
        mayPutIn
            && !isParting()
            && !upstream.isMuted()
            && !upstream.isInputEnded()
            && upstream.scanner.isAtFrameBoundary();
    if (may) {
      client.write(Frames.pong(payload));
      client.channel.flush();
    }
    return may;
  }

  /** Our close frame is on its way to the client. */
  boolean isParting() {
    return parting != null && parting.isSaid();
  }

  /** Asks both sides to leave, at a moment of this tunnel's own within the drain. */
  void leave(StopReason reason) {
    if (parting == null) {
      int code =
          switch (reason) {
            case OUTDATED, STALE, BROKEN -> Frames.SERVICE_RESTART;
            case IDLE, TIMED_OUT, ENDED, DISABLED, SERVED_ELSEWHERE, REMOVED, REQUESTED, SHUTDOWN ->
                Frames.GOING_AWAY;
          };
      parting = new PoliteClose(this, code, "", actionCable);
      if (reason == StopReason.IDLE) {
        parting.soon(); // it has never counted: the stop does not wait for it
      } else {
        parting.within(tunnel.served.spec().shutdown().drain());
      }
    }
  }

  /** The client began a frame that is larger than allowed: both ends are told the same. */
  void rejectFrame(long payloadBytes) {
    long most = tunnel.served.spec().limits().maxFrame();
    String reason = "frame of " + payloadBytes + " bytes, limits.maxFrame is " + most;
    tunnel.cut("frame-too-large");
    client.dismissUpstream(Frames.TOO_BIG, reason);
    if (isParting()) {
      return;
    }
    if (parting != null) {
      parting.cancel();
    }
    parting = new PoliteClose(this, Frames.TOO_BIG, reason, false);
    parting.soon();
  }

  /** One end sent what breaks the protocol, which has been handed on: the other one judges. */
  void broke(TunnelEnd end) {
    if (aftermath == null) {
      aftermath = new ProtocolErrorEnd(this, end.other());
    }
  }

  /** Whether something waits to be put in, and this is the place. */
  boolean isPutInDue() {
    return (parting != null && parting.isDue(upstream.scanner))
        || (pulse.isPingDue() && upstream.scanner.isAtFrameBoundary());
  }

  /** Whether a message of ours may be put in at this moment. */
  boolean mayPutInMessage() {
    return mayPutIn
        && !isParting()
        && !upstream.isMuted()
        && !upstream.isInputEnded()
        && upstream.scanner.isAtMessageBoundary();
  }

  /** Puts in what is due here. */
  void putIn() {
    if (!mayPutIn || upstream.isMuted() || upstream.isInputEnded()) {
      return;
    }
    if (parting != null && parting.isDue(upstream.scanner)) {
      parting.say();
    } else if (pulse.isPingDue() && upstream.scanner.isAtFrameBoundary()) {
      pulse.ping();
    }
  }

  /** Closes both sides now. */
  void hangUp() {
    client.channel.close();
    upstream.channel.close();
  }

  /** Gives a client up from which nothing more is to be expected. */
  void abandonClient(String reason) {
    tunnel.cut(reason);
    client.sayGoodbye();
    hangUp();
  }

  /** One side is closed; with the second the tunnel is over. */
  void sideClosed() {
    closedSides++;
    if (closedSides == 2) {
      pulse.stop();
      if (parting != null) {
        parting.cancel();
      }
      if (aftermath != null) {
        aftermath.cancel();
      }
      tunnel.close();
    }
  }
}
