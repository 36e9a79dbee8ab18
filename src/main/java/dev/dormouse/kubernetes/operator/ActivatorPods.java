package dev.dormouse.kubernetes.operator;

import dev.dormouse.kubernetes.client.Stripped;
import dev.dormouse.kubernetes.client.Watcher;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Where the ready activators are. Thread-safe. */
final class ActivatorPods implements AutoCloseable {
  private final SharedIndexInformer<Pod> pods;
  private final Runnable changed;
  private Optional<SortedSet<String>> last = Optional.empty();

  /**
   * Begins to watch.
   *
   * @param changed told when the addresses have become known, or others
   */
  ActivatorPods(KubernetesClient client, String namespace, String selector, Runnable changed) {
    this.changed = changed;
    this.pods =
        client
            .pods()
            .inNamespace(namespace)
            .withLabelSelector(selector)
            .runnableInformer(0)
            .itemStore(new Stripped<>(Sources::strip));
    pods.addEventHandler(Watcher.ofAnyChange(this::look));
    var _ = pods.start().thenRun(this::look);
  }

  private SortedSet<String> ready() {
    return pods.getStore().list().stream()
        .filter(ActivatorPods::isReady)
        .map(it -> it.getStatus().getPodIP())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Their addresses; empty as long as nothing is known of them. */
  Optional<SortedSet<String>> known() {
    return pods.hasSynced() ? Optional.of(ready()) : Optional.empty();
  }

  private synchronized void look() {
    Optional<SortedSet<String>> now = known();
    if (now.isPresent() && !now.equals(last)) {
      last = now;
      changed.run();
    }
  }

  private static boolean isReady(Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() == null
        && pod.getStatus().getPodIP() != null
        && pod.getStatus().getConditions().stream()
            .anyMatch(it -> it.getType().equals("Ready") && it.getStatus().equals("True"));
  }

  @Override
  public void close() {
    pods.stop();
  }
}
