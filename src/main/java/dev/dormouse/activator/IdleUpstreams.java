package dev.dormouse.activator;

import dev.dormouse.core.Endpoint;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connections to workloads that have answered, and wait for another request. They are nobody's
 * demand, and few, and closed before a server minds that they stay. Confined to an event loop.
 */
final class IdleUpstreams {
  /** Below the patience of usual servers, and of whoever wants to see a service asleep. */
  static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final int MOST_OF_ONE = 256;

  /** So many looks make up the patience. */
  private static final int LOOKS = 4;

  private final Map<Endpoint, Deque<HttpUpstream>> all = new HashMap<>();
  private boolean looking;

  /** Keeps it; false if enough are kept. */
  boolean put(HttpUpstream upstream, EventLoop loop) {
    Deque<HttpUpstream> same = all.computeIfAbsent(upstream.endpoint, _ -> new ArrayDeque<>());
    if (same.size() >= MOST_OF_ONE) {
      return false;
    }
    upstream.looks = 0;
    same.push(upstream);
    if (!looking) {
      looking = true;
      later(loop);
    }
    return true;
  }

  private void later(EventLoop loop) {
    long pause = PATIENCE.dividedBy(LOOKS).toNanos();
    var _ = loop.schedule(() -> look(loop), pause, TimeUnit.NANOSECONDS);
  }

  /** One timer for all, as long as there are any. */
  private void look(EventLoop loop) {
    for (Deque<HttpUpstream> same : List.copyOf(all.values())) {
      for (HttpUpstream each : List.copyOf(same)) {
        if (++each.looks > LOOKS) {
          each.close();
        }
      }
    }
    looking = !all.isEmpty();
    if (looking) {
      later(loop);
    }
  }

  /** The one that was used last: it is the most likely to be alive. */
  @Nullable HttpUpstream take(Endpoint endpoint) {
    Deque<HttpUpstream> same = all.get(endpoint);
    if (same == null) {
      return null;
    }
    HttpUpstream found = same.poll();
    while (found != null && !found.isOpen()) {
      found = same.poll();
    }
    if (same.isEmpty()) {
      all.remove(endpoint);
    }
    return found;
  }

  /** It is kept no longer. */
  void remove(HttpUpstream upstream) {
    Deque<HttpUpstream> same = all.get(upstream.endpoint);
    if (same != null && same.remove(upstream) && same.isEmpty()) {
      all.remove(upstream.endpoint);
    }
  }

  /** Closes all. */
  void close() {
    List.copyOf(all.values()).forEach(same -> List.copyOf(same).forEach(HttpUpstream::close));
  }
}
