package dev.dormouse.kubernetes.operator;

import dev.dormouse.kubernetes.protocol.Workloads;
import dev.dormouse.kubernetes.protocol.Workloads.Cause;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Pods as the protocol sees them. */
final class PodViews {
  /** Longer texts of a kubelet are cut: they end up in the status. */
  private static final int MAX_MESSAGE = 512;

  private PodViews() {}

  /**
   * One pod.
   *
   * @param now no time of a pod is later: the clocks of nodes differ from ours
   */
  static Workloads.Pod of(Pod pod, Instant now) {
    PodStatus status = pod.getStatus() == null ? new PodStatus() : pod.getStatus();
    Map<String, String> annotations =
        pod.getMetadata().getAnnotations() == null ? Map.of() : pod.getMetadata().getAnnotations();
    Optional<ContainerStatus> container =
        container(status, annotations.getOrDefault(Names.MAIN_CONTAINER, Names.CONTAINER));
    Optional<ContainerState> state = container.map(ContainerStatus::getState);
    return new Workloads.Pod(
        pod.getMetadata().getUid(),
        Optional.ofNullable(status.getPodIP()).filter(ip -> !ip.isEmpty()),
        time(pod.getMetadata().getCreationTimestamp(), now).orElse(now),
        state.map(ContainerState::getRunning).flatMap(it -> time(it.getStartedAt(), now)),
        condition(status, "Ready")
            .filter(it -> it.getStatus().equals("True"))
            .flatMap(it -> time(it.getLastTransitionTime(), now)),
        container.map(ContainerStatus::getRestartCount).orElse(0),
        trouble(status, state),
        pod.getMetadata().getDeletionTimestamp() != null,
        Optional.ofNullable(annotations.get(Names.REVISION)));
  }

  private static Optional<ContainerStatus> container(PodStatus status, String name) {
    List<ContainerStatus> all = status.getContainerStatuses();
    return all.stream()
        .filter(it -> it.getName().equals(name))
        .findFirst()
        .or(() -> all.stream().findFirst());
  }

  private static Optional<Cause> trouble(PodStatus status, Optional<ContainerState> state) {
    Optional<Cause> waiting =
        state.map(ContainerState::getWaiting).flatMap(it -> cause(it.getReason(), it.getMessage()));
    Optional<Cause> unscheduled =
        condition(status, "PodScheduled")
            .filter(it -> it.getStatus().equals("False"))
            .flatMap(it -> cause(it.getReason(), it.getMessage()));
    return Stream.of(waiting, unscheduled).flatMap(Optional::stream).findFirst();
  }

  private static Optional<Cause> cause(@Nullable String reason, @Nullable String message) {
    return Optional.ofNullable(reason)
        .map(it -> new Cause(it, cut(Objects.requireNonNullElse(message, ""))));
  }

  /** As much of a text as goes into a status. */
  static String cut(String text) {
    return text.length() <= MAX_MESSAGE ? text : text.substring(0, MAX_MESSAGE - 3) + "...";
  }

  private static Optional<PodCondition> condition(PodStatus status, String type) {
    return status.getConditions().stream().filter(it -> it.getType().equals(type)).findFirst();
  }

  private static Optional<Instant> time(String text, Instant now) {
    return Optional.ofNullable(text)
        .map(Instant::parse)
        .map(time -> time.isAfter(now) ? now : time);
  }
}
