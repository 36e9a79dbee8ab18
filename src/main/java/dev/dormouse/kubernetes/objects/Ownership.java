package dev.dormouse.kubernetes.objects;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Map;
import java.util.Optional;

/** Whose an object is, as it says itself. */
public final class Ownership {
  private Ownership() {}

  /** Whether an object belongs to the service with this uid. */
  public static boolean has(JsonNode object, String uid) {
    return object
        .path("metadata")
        .path("ownerReferences")
        .valueStream()
        .anyMatch(it -> it.path("uid").asText().equals(uid));
  }

  /** The same of one that a cache has. */
  public static boolean has(HasMetadata object, String uid) {
    return object.getMetadata().getOwnerReferences().stream()
        .anyMatch(it -> it.getUid().equals(uid));
  }

  /** The service that something is scaled for, by its label. */
  public static Optional<String> marked(HasMetadata object) {
    return Optional.ofNullable(object.getMetadata().getLabels())
        .map((Map<String, String> it) -> it.get(Names.SERVICE));
  }

  /** What {@link Drafts} stamped it with. */
  public static String applied(JsonNode object) {
    return object.path("metadata").path("annotations").path(Names.APPLIED).asText("");
  }

  /** Whether its replicas are still as we applied them. */
  public static boolean ofReplicas(JsonNode object) {
    return object
        .path("metadata")
        .path("managedFields")
        .valueStream()
        .filter(it -> it.path("manager").asText().equals(Names.MANAGER))
        .filter(it -> it.path("operation").asText().equals("Apply"))
        .anyMatch(it -> it.path("fieldsV1").path("f:spec").has("f:replicas"));
  }
}
