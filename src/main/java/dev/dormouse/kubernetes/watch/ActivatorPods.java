package dev.dormouse.kubernetes.watch;

import dev.dormouse.kubernetes.client.TrimmedItemStore;
import dev.dormouse.kubernetes.client.Watcher;
import dev.dormouse.kubernetes.objects.ActivatorPod;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The ready activators. Thread-safe. */
public final class ActivatorPods implements AutoCloseable {
  private final SharedIndexInformer<Pod> pods;
  private final Zones zones;
  private final Runnable changed;
  private volatile boolean closed;
  private Optional<List<ActivatorPod>> last = Optional.empty();

  /**
   * Begins to watch.
   *
   * @param changed told when they have become known, or others are ready
   */
  public ActivatorPods(
      KubernetesClient client, Zones zones, String namespace, String selector, Runnable changed) {
    this.changed = changed;
    this.zones = zones;
    this.pods =
        client
            .pods()
            .inNamespace(namespace)
            .withLabelSelector(selector)
            .runnableInformer(0)
            .itemStore(new TrimmedItemStore<>(Sources::strip))
            .exceptionHandler((_, _) -> !closed);
    pods.addEventHandler(Watcher.ofAnyChange(this::look));
    var _ = pods.start().thenRun(this::look);
  }

  /** Those that are ready; empty as long as nothing is known of them. */
  public synchronized Optional<List<ActivatorPod>> known() {
    return last;
  }

  /** What is seen counts when it is known where they are. */
  private void look() {
    if (!pods.hasSynced()) {
      return;
    }
    List<Pod> ready = pods.getStore().list().stream().filter(ActivatorPods::isReady).toList();
    List<String> asked =
        ready.stream().flatMap(it -> node(it).stream()).filter(it -> !zones.isKnown(it)).toList();
    asked.forEach(it -> zones.ask(it, this::look));
    if (asked.isEmpty() && isNew(ready.stream().map(this::activator).sorted().toList())) {
      changed.run();
    }
  }

  private synchronized boolean isNew(List<ActivatorPod> now) {
    boolean other = last.filter(now::equals).isEmpty();
    last = Optional.of(now);
    return other;
  }

  private ActivatorPod activator(Pod pod) {
    Map<ActivatorPod.Family, String> addresses = new LinkedHashMap<>();
    Stream.concat(
            Stream.of(pod.getStatus().getPodIP()),
            pod.getStatus().getPodIPs().stream().map(PodIP::getIp))
        .forEach(it -> addresses.putIfAbsent(ActivatorPod.Family.of(it), it));
    return new ActivatorPod(
        pod.getMetadata().getNamespace(),
        pod.getMetadata().getName(),
        pod.getMetadata().getUid(),
        node(pod),
        node(pod).flatMap(zones::of),
        List.copyOf(addresses.values()));
  }

  private static Optional<String> node(Pod pod) {
    return Optional.ofNullable(pod.getSpec().getNodeName()).filter(it -> !it.isEmpty());
  }

  private static boolean isReady(Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() == null
        && PodOwners.isThere(pod)
        && pod.getStatus().getPodIP() != null
        && pod.getStatus().getConditions().stream()
            .anyMatch(it -> it.getType().equals("Ready") && it.getStatus().equals("True"));
  }

  @Override
  public void close() {
    closed = true;
    pods.stop();
  }
}
