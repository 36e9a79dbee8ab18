package dev.dormouse.kubernetes.watch;

import dev.dormouse.kubernetes.pass.Workloads.Cause;
import dev.dormouse.kubernetes.pass.Workloads.Trouble;
import dev.dormouse.kubernetes.pass.Workloads.Weight;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the containers of a pod say of themselves, the one that matters first:
 *
 * <pre>
 * the container waits for what does not come               BLOCKED
 * an init container waits so, or has ended with a failure  BLOCKED
 * a native sidecar waits so, and the container is not      BLOCKED
 * running
 * another container waits so, or has ended                 ASIDE
 * the container waits                                      WAITS
 * </pre>
 */
final class ContainerTroubles {
  /** Waiting reasons of a container that do not pass without a change of its definition. */
  private static final Set<String> LASTING =
      Set.of(
          "ImagePullBackOff",
          "ErrImagePull",
          "InvalidImageName",
          "ErrImageNeverPull",
          "ImageInspectError",
          "RegistryUnavailable",
          "SignatureValidationFailed",
          "CreateContainerConfigError",
          "CreateContainerError",
          "PreCreateHookError",
          "PreStartHookError",
          "PostStartHookError",
          "RunContainerError",
          "CrashLoopBackOff");

  private final PodStatus status;
  private final Optional<ContainerStatus> main;
  private final Set<String> sidecars;

  /** Those of a pod of whose spec the init containers are known. */
  ContainerTroubles(Pod pod, PodStatus status, Optional<ContainerStatus> main) {
    this.status = status;
    this.main = main;
    List<Container> init = pod.getSpec() == null ? List.of() : pod.getSpec().getInitContainers();
    this.sidecars =
        Set.copyOf(
            init.stream()
                .filter(it -> "Always".equals(it.getRestartPolicy()))
                .map(Container::getName)
                .toList());
  }

  /** The first that matters, but for one that may pass. */
  Optional<Trouble> first() {
    return main.flatMap(it -> lasting(it, Weight.BLOCKED, "the container cannot start"))
        .or(this::init)
        .or(this::aside);
  }

  /** That the container waits. */
  Optional<Trouble> waiting() {
    return main.flatMap(ContainerTroubles::waits)
        .map(it -> new Trouble(Weight.WAITS, "the container waits", it));
  }

  private Optional<Trouble> init() {
    return status.getInitContainerStatuses().stream()
        .flatMap(it -> (isSidecar(it) ? blocking(it) : failed(it)).stream())
        .findFirst();
  }

  /** One that has ended with a failure is run again, by and by: that it failed is known now. */
  private static Optional<Trouble> failed(ContainerStatus init) {
    String who = "the init container " + init.getName();
    return lasting(init, Weight.BLOCKED, who + " cannot start")
        .or(
            () ->
                ended(init)
                    .map(PodViews::exit)
                    .filter(it -> !it.succeeded())
                    .map(it -> new Trouble(Weight.BLOCKED, who + " failed", it.cause())));
  }

  /** The container is not started before its native sidecars are. */
  private Optional<Trouble> blocking(ContainerStatus sidecar) {
    boolean runs = main.map(ContainerStatus::getState).map(ContainerState::getRunning).isPresent();
    return lasting(
        sidecar,
        runs ? Weight.ASIDE : Weight.BLOCKED,
        "the sidecar " + sidecar.getName() + " cannot start");
  }

  private Optional<Trouble> aside() {
    Stream<ContainerStatus> others =
        status.getContainerStatuses().stream().filter(it -> main.filter(it::equals).isEmpty());
    return others
        .flatMap(
            it -> {
              String who = "the container " + it.getName();
              return lasting(it, Weight.ASIDE, who + " cannot start")
                  .or(() -> over(it).map(end -> new Trouble(Weight.ASIDE, who + " has ended", end)))
                  .stream();
            })
        .findFirst();
  }

  private static Optional<Cause> over(ContainerStatus container) {
    return Optional.ofNullable(container.getState())
        .map(ContainerState::getTerminated)
        .map(it -> PodViews.exit(it).cause());
  }

  private boolean isSidecar(ContainerStatus init) {
    return sidecars.contains(init.getName());
  }

  private static Optional<Trouble> lasting(ContainerStatus container, Weight weight, String who) {
    return waits(container)
        .filter(it -> LASTING.contains(it.reason()))
        .map(it -> new Trouble(weight, who, it));
  }

  private static Optional<Cause> waits(ContainerStatus container) {
    return Optional.ofNullable(container.getState())
        .map(ContainerState::getWaiting)
        .flatMap(it -> PodViews.cause(it.getReason(), it.getMessage()));
  }

  /** How it ended last; empty if it has not. */
  static Optional<ContainerStateTerminated> ended(ContainerStatus container) {
    return Stream.of(container.getState(), container.getLastState())
        .flatMap(it -> Optional.ofNullable(it).map(ContainerState::getTerminated).stream())
        .findFirst();
  }
}
