package dev.dormouse.kubernetes.objects;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.resource.Validity.Entry;

/**
 * What is scaled for a service.
 *
 * @param owned whether it is ours, or a {@code scaleTargetRef}
 */
public record ScaleTarget(String kind, String namespace, String name, boolean owned) {
  /** The kind that a service without a {@code scaleTargetRef} has. */
  public static final String DEPLOYMENT = "Deployment";

  /** What is scaled for a service of the catalog. */
  public static ScaleTarget of(Entry entry) {
    JsonNode reference = entry.effective().path("scaleTargetRef");
    ServiceId id = entry.id();
    return reference.isMissingNode()
        ? new ScaleTarget(DEPLOYMENT, id.namespace(), id.name(), true)
        : new ScaleTarget(
            reference.path("kind").asText(),
            id.namespace(),
            reference.path("name").asText(),
            false);
  }

  /** Where the API server has it. */
  public String path() {
    String plural = kind.equals(DEPLOYMENT) ? "deployments" : "statefulsets";
    return "apis/apps/v1/namespaces/" + namespace + "/" + plural + "/" + name;
  }

  /** {@code Deployment chat}. */
  @Override
  public String toString() {
    return kind + " " + name;
  }
}
