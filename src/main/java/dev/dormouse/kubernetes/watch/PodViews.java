package dev.dormouse.kubernetes.watch;

import dev.dormouse.kubernetes.objects.Names;
import dev.dormouse.kubernetes.pass.Workloads;
import dev.dormouse.kubernetes.pass.Workloads.Cause;
import dev.dormouse.kubernetes.pass.Workloads.End;
import dev.dormouse.kubernetes.pass.Workloads.Exit;
import dev.dormouse.kubernetes.pass.Workloads.Trouble;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Pods as the protocol sees them. */
public final class PodViews {
  /** Longer texts of a kubelet are cut: they end up in the status. */
  private static final int MAX_MESSAGE = 512;

  private static final Set<String> TERMINAL = Set.of("Failed", "Succeeded");

  /** With what a kubelet ends pods for reasons that are not theirs, where no condition says so. */
  private static final Set<String> DISRUPTIONS =
      Set.of("Evicted", "NodeShutdown", "Shutdown", "Terminated", "Preempting", "NodeLost");

  private final Pod pod;
  private final PodStatus status;
  private final Map<String, String> annotations;
  private final Instant now;

  private PodViews(Pod pod, Instant now) {
    this.pod = pod;
    this.status = pod.getStatus() == null ? new PodStatus() : pod.getStatus();
    this.annotations =
        pod.getMetadata().getAnnotations() == null ? Map.of() : pod.getMetadata().getAnnotations();
    this.now = now;
  }

  /**
   * One pod.
   *
   * @param now no time of a pod is later: the clocks of nodes differ from ours
   */
  public static Workloads.Pod of(Pod pod, Instant now) {
    return new PodViews(pod, now).view();
  }

  private Workloads.Pod view() {
    Optional<ContainerStatus> main = main();
    Optional<ContainerState> state = main.map(ContainerStatus::getState);
    return new Workloads.Pod(
        pod.getMetadata().getUid(),
        name(),
        Optional.ofNullable(status.getPodIP()).filter(ip -> !ip.isEmpty()),
        time(pod.getMetadata().getCreationTimestamp()).orElse(now),
        state.map(ContainerState::getRunning).flatMap(it -> time(it.getStartedAt())),
        condition("Ready")
            .filter(it -> it.getStatus().equals("True"))
            .flatMap(it -> time(it.getLastTransitionTime())),
        main.map(ContainerStatus::getRestartCount).orElse(0),
        main.flatMap(ContainerTroubles::ended).map(PodViews::exit),
        trouble(main),
        end(),
        pod.getMetadata().getDeletionTimestamp() != null,
        Optional.ofNullable(annotations.get(Names.REVISION)));
  }

  private String name() {
    String node = pod.getSpec() == null ? null : pod.getSpec().getNodeName();
    String name = Objects.requireNonNullElse(pod.getMetadata().getName(), "");
    return node == null || node.isEmpty() ? name : name + " on " + node;
  }

  private Optional<ContainerStatus> main() {
    String name = annotations.getOrDefault(Names.MAIN_CONTAINER, Names.CONTAINER);
    List<ContainerStatus> all = status.getContainerStatuses();
    return all.stream()
        .filter(it -> it.getName().equals(name))
        .findFirst()
        .or(() -> all.stream().findFirst());
  }

  private Optional<Trouble> trouble(Optional<ContainerStatus> main) {
    var containers = new ContainerTroubles(pod, status, main);
    return containers.first().or(this::unscheduled).or(containers::waiting);
  }

  private Optional<Trouble> unscheduled() {
    return condition("PodScheduled")
        .filter(it -> it.getStatus().equals("False"))
        .flatMap(it -> cause(it.getReason(), it.getMessage()))
        .map(it -> new Trouble(Workloads.Weight.WAITS, "the pod waits", it));
  }

  private Optional<End> end() {
    if (!TERMINAL.contains(Objects.requireNonNullElse(status.getPhase(), ""))) {
      return Optional.empty();
    }
    Optional<PodCondition> disruption =
        condition("DisruptionTarget").filter(it -> it.getStatus().equals("True"));
    Optional<Cause> own = cause(status.getReason(), status.getMessage());
    Cause cause =
        own.or(() -> disruption.flatMap(it -> cause(it.getReason(), it.getMessage())))
            .or(() -> main().flatMap(ContainerTroubles::ended).map(it -> exit(it).cause()))
            .orElseGet(() -> new Cause(status.getPhase(), ""));
    boolean told = own.filter(it -> DISRUPTIONS.contains(it.reason())).isPresent();
    return Optional.of(new End(cause, disruption.isPresent() || told));
  }

  /** How a container ended, in words. */
  static Exit exit(ContainerStateTerminated end) {
    String message = Objects.requireNonNullElse(end.getMessage(), "").strip();
    String said = "exit code " + end.getExitCode() + (message.isEmpty() ? "" : ": " + message);
    String reason = Objects.requireNonNullElse(end.getReason(), "Error");
    return new Exit(new Cause(reason, cut(said)), end.getExitCode() == 0);
  }

  /** Empty without a reason. */
  static Optional<Cause> cause(@Nullable String reason, @Nullable String message) {
    return Optional.ofNullable(reason)
        .filter(it -> !it.isEmpty())
        .map(it -> new Cause(it, cut(Objects.requireNonNullElse(message, ""))));
  }

  /** As much of a text as goes into a status. */
  public static String cut(String text) {
    return text.length() <= MAX_MESSAGE ? text : text.substring(0, MAX_MESSAGE - 3) + "...";
  }

  private Optional<PodCondition> condition(String type) {
    return status.getConditions().stream().filter(it -> it.getType().equals(type)).findFirst();
  }

  private Optional<Instant> time(@Nullable String text) {
    return Optional.ofNullable(text)
        .map(Instant::parse)
        .map(time -> time.isAfter(now) ? now : time);
  }
}
