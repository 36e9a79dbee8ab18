package dev.dormouse.activator;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * By when something has to happen; one at a time. A timer serves many of them: it looks, when it is
 * due, whether a later one holds. Confined to the event loop.
 */
final class Deadline {
  private final EventLoop loop;
  private final InstantSource clock;
  private final Runnable missed;
  private @Nullable Future<?> timer;
  private Instant due = Instant.MAX;
  private Instant looksAt = Instant.MAX;

  Deadline(EventLoop loop, InstantSource clock, Runnable missed) {
    this.loop = loop;
    this.clock = clock;
    this.missed = missed;
  }

  /** In the place of the one before. */
  void after(Duration patience) {
    due = clock.instant().plus(patience);
    if (timer == null || due.isBefore(looksAt)) {
      close();
      lookAfter(patience);
    }
  }

  /** There is none. */
  void lift() {
    due = Instant.MAX;
  }

  /** There is none any more. */
  void close() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  private void lookAfter(Duration patience) {
    looksAt = due;
    timer = loop.schedule(this::look, patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void look() {
    timer = null;
    Duration left = Duration.between(clock.instant(), due);
    if (!left.isPositive()) {
      missed.run();
    } else if (due.isBefore(Instant.MAX)) {
      lookAfter(left);
    }
  }
}
