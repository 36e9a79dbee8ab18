package dev.dormouse.kubernetes.operator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.client.Stripped;
import dev.dormouse.kubernetes.client.Watcher;
import dev.dormouse.kubernetes.protocol.Outcome;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The pods of scale targets. They do not carry our label, and giving it to them would replace them:
 * they are found by the selector that the scale names, through one watch a target. Thread-safe.
 */
final class TargetPods implements AutoCloseable {
  private final KubernetesClient client;
  private final Api api;
  private final Consumer<ServiceId> changed;
  private final Map<ServiceId, Watch> watches = new ConcurrentHashMap<>();

  TargetPods(KubernetesClient client, Api api, Consumer<ServiceId> changed) {
    this.client = client;
    this.api = api;
    this.changed = changed;
  }

  private record Watch(Target target, SharedIndexInformer<Pod> pods) {}

  /** Watches the pods of this target, and no longer those of another one. Blocks for seconds. */
  void watch(ServiceId id, Target target) {
    Watch watch = watches.get(id);
    if (watch != null && watch.target().equals(target)) {
      return;
    }
    forget(id);
    selector(target).ifPresent(it -> watches.put(id, begin(id, target, it)));
  }

  /** The pods of a service's target; empty if they are not known yet. */
  Optional<List<Pod>> of(ServiceId id) {
    return Optional.ofNullable(watches.get(id))
        .map(Watch::pods)
        .filter(SharedIndexInformer::hasSynced)
        .map(it -> it.getStore().list());
  }

  void forget(ServiceId id) {
    Optional.ofNullable(watches.remove(id)).ifPresent(it -> it.pods().stop());
  }

  private Optional<String> selector(Target target) {
    var scale = ScaleRequests.join(api.get(target.path() + "/scale"), it -> it);
    return scale instanceof Outcome.Ok<JsonNode>(JsonNode found)
        ? Optional.of(found.path("status").path("selector").asText("")).filter(it -> !it.isEmpty())
        : Optional.empty();
  }

  private Watch begin(ServiceId id, Target target, String selector) {
    SharedIndexInformer<Pod> pods =
        client
            .pods()
            .inNamespace(id.namespace())
            .withLabelSelector(selector)
            .runnableInformer(0)
            .itemStore(new Stripped<>(Sources::strip));
    pods.addEventHandler(Watcher.ofAnyChange(() -> changed.accept(id)));
    pods.start();
    return new Watch(target, pods);
  }

  @Override
  public void close() {
    List.copyOf(watches.keySet()).forEach(this::forget);
  }
}
