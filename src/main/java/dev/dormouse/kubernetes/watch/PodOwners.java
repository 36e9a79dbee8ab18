package dev.dormouse.kubernetes.watch;

import dev.dormouse.kubernetes.objects.ScaleTarget;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whose a pod is. That it has the labels says little: anybody may give them to pods of his own, and
 * no controller counts those.
 */
public final class PodOwners {
  /** What a Deployment's controller calls its ReplicaSets by, after its own name. */
  private static final String HASH = "pod-template-hash";

  private PodOwners() {}

  /** What has made a pod, at the top: {@code Deployment/cable}. Empty if it is nothing scalable. */
  static Optional<String> maker(Pod pod) {
    return pod.getMetadata().getOwnerReferences().stream()
        .filter(it -> Boolean.TRUE.equals(it.getController()))
        .findFirst()
        .flatMap(it -> maker(it, labels(pod).getOrDefault(HASH, "")));
  }

  private static Optional<String> maker(OwnerReference owner, String hash) {
    String name = owner.getName();
    return switch (owner.getKind()) {
      case "StatefulSet" -> Optional.of(owner.getKind() + "/" + name);
      case "ReplicaSet" ->
          Optional.of("-" + hash)
              .filter(it -> !hash.isEmpty() && name.endsWith(it))
              .map(
                  it ->
                      key(ScaleTarget.DEPLOYMENT, name.substring(0, name.length() - it.length())));
      default -> Optional.empty();
    };
  }

  /** Whether the controller of this target made the pod. */
  public static boolean isOf(Pod pod, ScaleTarget target) {
    return maker(pod).filter(key(target.kind(), target.name())::equals).isPresent();
  }

  static String key(String kind, String name) {
    return kind + "/" + name;
  }

  /** Whether a selector selects it: what replaces another object of the same name may have one. */
  public static boolean isSelected(Pod pod, @Nullable LabelSelector selector) {
    if (selector == null) {
      return true;
    }
    Map<String, String> labels = labels(pod);
    Map<String, String> wanted =
        Objects.requireNonNullElse(selector.getMatchLabels(), Map.<String, String>of());
    return labels.entrySet().containsAll(wanted.entrySet())
        && selector.getMatchExpressions().stream().allMatch(it -> meets(labels, it));
  }

  private static boolean meets(Map<String, String> labels, LabelSelectorRequirement wanted) {
    boolean has = labels.containsKey(wanted.getKey());
    return switch (wanted.getOperator()) {
      case "In" -> has && wanted.getValues().contains(labels.get(wanted.getKey()));
      case "NotIn" -> !has || !wanted.getValues().contains(labels.get(wanted.getKey()));
      case "Exists" -> has;
      case "DoesNotExist" -> !has;
      default -> false;
    };
  }

  /** Whether anything of it runs, or may. */
  public static boolean isThere(Pod pod) {
    String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
    return !"Failed".equals(phase) && !"Succeeded".equals(phase);
  }

  private static Map<String, String> labels(Pod pod) {
    return Objects.requireNonNullElse(pod.getMetadata().getLabels(), Map.of());
  }
}
