package dev.dormouse.kubernetes.watch;

import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.client.TrimmedItemStore;
import dev.dormouse.kubernetes.client.Watcher;
import dev.dormouse.kubernetes.objects.ScaleTarget;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The pods of scale targets. They do not carry our label, and giving it to them would replace them:
 * they are known by what made them, through one watch for all targets of a namespace. Thread-safe.
 */
public final class TargetPods implements AutoCloseable {
  private static final String BY_MAKER = "by-maker";

  private final KubernetesClient client;
  private final Consumer<ServiceId> changed;
  private final Map<ServiceId, ScaleTarget> targets = new HashMap<>();
  private final Map<String, SharedIndexInformer<Pod>> watches = new HashMap<>();

  /** Watches by this client; {@code changed} is called on its threads. */
  public TargetPods(KubernetesClient client, Consumer<ServiceId> changed) {
    this.client = client;
    this.changed = changed;
  }

  /** Watches the pods of this target, and no longer those of another one. */
  public synchronized void watch(ServiceId id, ScaleTarget target) {
    targets.put(id, target);
    watches.computeIfAbsent(id.namespace(), this::begin);
  }

  /** The pods of a service's target; empty if they are not known yet. */
  public synchronized Optional<List<Pod>> of(ServiceId id) {
    ScaleTarget target = targets.get(id);
    return target == null
        ? Optional.empty()
        : Optional.ofNullable(watches.get(id.namespace()))
            .filter(SharedIndexInformer::hasSynced)
            .map(it -> it.getIndexer().byIndex(BY_MAKER, key(target)));
  }

  /** Whether the pods of a service's target are about to be known. */
  public synchronized boolean isListing(ServiceId id) {
    return targets.containsKey(id) && of(id).isEmpty();
  }

  /** Ends the watch of this service's pods. */
  public synchronized void forget(ServiceId id) {
    boolean last =
        targets.remove(id) != null
            && targets.keySet().stream().noneMatch(it -> it.namespace().equals(id.namespace()));
    if (last) {
      Optional.ofNullable(watches.remove(id.namespace())).ifPresent(SharedIndexInformer::stop);
    }
  }

  private SharedIndexInformer<Pod> begin(String namespace) {
    SharedIndexInformer<Pod> pods =
        client
            .pods()
            .inNamespace(namespace)
            .runnableInformer(0)
            .itemStore(new TrimmedItemStore<>(Sources::strip))
            .exceptionHandler((_, _) -> isWatched(namespace));
    pods.addIndexers(Map.of(BY_MAKER, it -> PodOwners.maker(it).stream().toList()));
    pods.addEventHandler(
        new Watcher<>(it -> seen(namespace, it), it -> seen(namespace, it), () -> {}));
    var _ = pods.start().thenRun(() -> known(namespace));
    return pods;
  }

  private void seen(String namespace, Pod pod) {
    PodOwners.maker(pod).ifPresent(maker -> of(namespace, maker).forEach(changed));
  }

  private synchronized List<ServiceId> of(String namespace, String maker) {
    return targets.entrySet().stream()
        .filter(it -> it.getKey().namespace().equals(namespace))
        .filter(it -> key(it.getValue()).equals(maker))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** What cannot be listed now is listed later. */
  private synchronized boolean isWatched(String namespace) {
    return watches.containsKey(namespace);
  }

  private void known(String namespace) {
    List<ServiceId> waiting;
    synchronized (this) {
      waiting = targets.keySet().stream().filter(it -> it.namespace().equals(namespace)).toList();
    }
    waiting.forEach(changed);
  }

  private static String key(ScaleTarget target) {
    return PodOwners.key(target.kind(), target.name());
  }

  @Override
  public synchronized void close() {
    targets.clear();
    watches.values().forEach(SharedIndexInformer::stop);
    watches.clear();
  }
}
