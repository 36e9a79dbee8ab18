package dev.dormouse.activator;

import dev.dormouse.activator.frames.FrameScanner;
import dev.dormouse.activator.frames.Frames;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How we take leave of a client: at the end of a message if one comes in time, else at the end of a
 * frame, else without a word. Then the client's own close frame is awaited.
 */
final class PoliteClose {
  /** Parts of the drain: the first moment is before this, ... */
  private static final double BEGIN = 0.6;

  /** ... from then on any end of a frame will do, ... */
  private static final double HASTEN = 0.8;

  /** ... and then the connections are closed. */
  private static final double GIVE_UP = 0.9;

  private final RelayPair joint;
  private final int code;
  private final String reason;
  private final boolean actionCable;
  private boolean begun;
  private boolean hasty;
  private boolean said;
  private @Nullable Future<?> next;

  PoliteClose(RelayPair joint, int code, String reason, boolean actionCable) {
    this.joint = joint;
    this.code = code;
    this.reason = reason;
    this.actionCable = actionCable;
  }

  /** Spreads the closes of many tunnels over a drain. */
  void within(Duration drain) {
    double length = drain.toNanos();
    double moment = BEGIN * ThreadLocalRandom.current().nextDouble();
    after(
        moment * length,
        () -> {
          begun = true;
          joint.putIn();
          unlessSaid((HASTEN - moment) * length, () -> hasten((GIVE_UP - HASTEN) * length));
        });
  }

  /** Takes leave at the next end of a frame. */
  void soon() {
    begun = true;
    hasten(echoNanos());
  }

  private void hasten(double patienceNanos) {
    hasty = true;
    joint.putIn();
    unlessSaid(patienceNanos, joint::hangUp);
  }

  /** Under an extension that we do not know there is nothing to wait for. */
  private void unlessSaid(double nanos, Runnable step) {
    if (!joint.mayPutIn()) {
      joint.hangUp();
    } else if (!said) {
      after(nanos, step);
    }
  }

  /** Whether the farewell can be put in where the scanner stands. */
  boolean isDue(FrameScanner scanner) {
    return begun && !said && (hasty ? scanner.isAtFrameBoundary() : scanner.isAtMessageBoundary());
  }

  /** The farewell: from now on nothing of the workload's reaches the client. */
  void say() {
    said = true;
    if (actionCable && joint.upstream.scanner.isAtMessageBoundary()) {
      joint.client.write(Frames.disconnect());
    }
    joint.client.write(Frames.close(code, reason));
    joint.client.channel.flush();
    joint.upstream.mute();
    joint.client.sayGoodbye();
    after(echoNanos(), joint::hangUp);
  }

  boolean isSaid() {
    return said;
  }

  void cancel() {
    if (next != null) {
      next.cancel(false);
    }
  }

  private void after(double nanos, Runnable step) {
    cancel();
    EventLoop loop = joint.client.channel.eventLoop();
    next = loop.schedule(step, (long) nanos, TimeUnit.NANOSECONDS);
  }

  /** Half of what an orderly end of TCP is given. */
  private double echoNanos() {
    return joint.tunnel.activator.settings.linger().toNanos() / 2.0;
  }
}
