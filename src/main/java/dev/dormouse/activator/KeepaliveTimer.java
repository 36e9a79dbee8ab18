package dev.dormouse.activator;

import dev.dormouse.core.ServiceSpec;
import io.netty.channel.EventLoop;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The tick that all tunnels of one event loop and one pace share. It does not run while there are
 * none. Confined to its event loop.
 */
final class KeepaliveTimer {
  private static final Duration LONGEST = Duration.ofSeconds(1);
  private static final Duration SHORTEST = Duration.ofMillis(10);

  /** Which tick a tunnel belongs to. */
  record Key(EventLoop loop, Duration period) {
    /** A tick that measures the times of this service with a precision of a quarter. */
    static Key of(EventLoop loop, ServiceSpec spec) {
      long interval = spec.keepalive().interval().toNanos();
      long slow = spec.limits().slowClient().toNanos();
      long quarter = Math.min(interval, slow) / 4;
      return new Key(
          loop, Duration.ofNanos(Math.clamp(quarter, SHORTEST.toNanos(), LONGEST.toNanos())));
    }
  }

  final Duration period;

  /** What our PINGs carry: nobody else's PONG has it but by an accident of 1 in 2^64. */
  final long payload;

  private final EventLoop loop;
  private final SecureRandom random = new SecureRandom();
  private final List<ClientLiveness> pulses = new ArrayList<>();
  private @Nullable Future<?> timer;

  KeepaliveTimer(Key key) {
    this.loop = key.loop();
    this.period = key.period();
    this.payload = random.nextLong();
  }

  /** A masking key. RFC 6455, 5.3: from a strong source of entropy. */
  int mask() {
    return random.nextInt();
  }

  void add(ClientLiveness pulse) {
    pulse.seat = pulses.size();
    pulses.add(pulse);
    if (timer == null) {
      long nanos = period.toNanos();
      timer = loop.scheduleWithFixedDelay(this::tick, nanos, nanos, TimeUnit.NANOSECONDS);
    }
  }

  /** The last one takes the seat. */
  void remove(ClientLiveness pulse) {
    ClientLiveness last = pulses.removeLast();
    if (last != pulse) {
      pulses.set(pulse.seat, last);
      last.seat = pulse.seat;
    }
    if (pulses.isEmpty() && timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  /** Backwards: who leaves meanwhile gives the seat to one that has had its turn. */
  private void tick() {
    for (int i = pulses.size() - 1; i >= 0; i--) {
      pulses.get(i).beat();
    }
  }
}
