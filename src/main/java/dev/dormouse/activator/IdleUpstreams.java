package dev.dormouse.activator;

import dev.dormouse.core.Endpoint;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Connections to workloads that have answered, and wait for another request. They are nobody's
 * demand, and few, and closed before a server minds that they stay. Confined to an event loop.
 */
final class IdleUpstreams {
  /** Below the patience of usual servers, and of whoever wants to see a service asleep. */
  static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final int MOST_OF_ONE = 32;

  private final Map<Endpoint, Deque<HttpUpstream>> all = new HashMap<>();

  /** Keeps it; false if enough are kept. */
  boolean put(HttpUpstream upstream) {
    Deque<HttpUpstream> same = all.computeIfAbsent(upstream.endpoint, _ -> new ArrayDeque<>());
    if (same.size() >= MOST_OF_ONE) {
      return false;
    }
    same.push(upstream);
    return true;
  }

  /** The one that was used last: it is the most likely to be alive. */
  @Nullable HttpUpstream take(Endpoint endpoint) {
    Deque<HttpUpstream> same = all.get(endpoint);
    HttpUpstream found = same == null ? null : same.poll();
    while (found != null && !found.isOpen()) {
      found = same.poll();
    }
    if (same != null && same.isEmpty()) {
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
