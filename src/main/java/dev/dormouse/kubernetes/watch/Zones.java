package dev.dormouse.kubernetes.watch;

import dev.dormouse.kubernetes.client.Api;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The zones of nodes. Each node is asked for once; where nodes cannot be read there are none.
 * Thread-safe.
 */
public final class Zones {
  private static final String LABEL = "topology.kubernetes.io/zone";
  private static final int MAX_NODES = 10_000;

  /** Nobody waits longer for what is only a hint. */
  private static final long PATIENCE_SECONDS = 1;

  private final Api api;
  private final Map<String, Optional<String>> known = new ConcurrentHashMap<>();
  private final Map<String, Boolean> asked = new ConcurrentHashMap<>();

  /** Asks this API server. */
  public Zones(Api api) {
    this.api = api;
  }

  /** Whether it is known which zone this node is in, or that it cannot be known. */
  boolean isKnown(String node) {
    return known.containsKey(node);
  }

  Optional<String> of(String node) {
    return known.getOrDefault(node, Optional.empty());
  }

  /** Asks for it, unless that has been done; {@code answered} is told when it is known. */
  void ask(String node, Runnable answered) {
    if (asked.size() >= MAX_NODES) {
      known.clear();
      asked.clear();
    }
    if (asked.putIfAbsent(node, true) == null) {
      var _ =
          api.get("api/v1/nodes/" + node)
              .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
              .handle(
                  (reply, failure) ->
                      failure == null && reply.ok()
                          ? Optional.of(
                                  reply.body().path("metadata").path("labels").path(LABEL).asText())
                              .filter(it -> !it.isEmpty())
                          : Optional.<String>empty())
              .thenAccept(
                  zone -> {
                    known.put(node, zone);
                    answered.run();
                  });
    }
  }
}
