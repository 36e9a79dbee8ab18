package dev.dormouse.kubernetes.operator;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Map;
import java.util.Optional;

/**
 * Whose a pod is. That it has the labels says little: anybody may give them to pods of his own, and
 * no controller counts those.
 */
final class PodOwners {
  /** What a Deployment's controller calls its ReplicaSets by, after its own name. */
  private static final String HASH = "pod-template-hash";

  private PodOwners() {}

  /** Whether the controller of this target made the pod. */
  static boolean isOf(Pod pod, Target target) {
    return pod.getMetadata().getOwnerReferences().stream()
        .filter(it -> Boolean.TRUE.equals(it.getController()))
        .findFirst()
        .filter(it -> isBetween(it, pod, target))
        .isPresent();
  }

  /** Whether anything of it runs, or may. */
  static boolean isThere(Pod pod) {
    String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
    return !"Failed".equals(phase) && !"Succeeded".equals(phase);
  }

  private static boolean isBetween(OwnerReference owner, Pod pod, Target target) {
    if (!target.kind().equals(Target.DEPLOYMENT)) {
      return owner.getKind().equals(target.kind()) && owner.getName().equals(target.name());
    }
    String hash =
        Optional.ofNullable(pod.getMetadata().getLabels())
            .map((Map<String, String> it) -> it.get(HASH))
            .orElse("");
    return owner.getKind().equals("ReplicaSet")
        && owner.getName().equals(target.name() + "-" + hash);
  }
}
