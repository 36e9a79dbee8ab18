package dev.dormouse.kubernetes.resource;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.status.HeldRoute;
import dev.dormouse.kubernetes.status.StatusDocument;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One service as the API server has it. Spec and status are trees: what they mean is known to their
 * readers alone, and what this version does not know is not lost.
 */
@Group(OnDemandService.GROUP)
@Version(OnDemandService.VERSION)
@Plural("ondemandservices")
@ShortNames("ods")
public final class OnDemandService extends CustomResource<ObjectNode, ObjectNode>
    implements Namespaced {
  static final String GROUP = "dormouse.dev";
  static final String VERSION = "v1alpha1";
  private static final long serialVersionUID = 1;

  @Override
  protected @Nullable ObjectNode initSpec() {
    return null;
  }

  @Override
  protected @Nullable ObjectNode initStatus() {
    return null;
  }

  /** Its name, which is unique in the cluster at a time. */
  public ServiceId id() {
    return new ServiceId(getMetadata().getNamespace(), getMetadata().getName());
  }

  /** When it was created. */
  public Instant created() {
    String text = getMetadata().getCreationTimestamp();
    return text == null ? Instant.EPOCH : Instant.parse(text);
  }

  /** True unless its status has never been written, or was lost. */
  boolean hasStatus() {
    return getStatus() != null && getStatus().has("stakes");
  }

  /** The routes that its status says it has. */
  public List<HeldRoute> held() {
    return getStatus() == null ? List.of() : StatusDocument.held(getStatus());
  }

  /** What people ask of it by hand. */
  public AskedByHand asked() {
    Map<String, String> annotations = getMetadata().getAnnotations();
    return AskedByHand.of(annotations == null ? Map.of() : annotations);
  }

  /** What a reader of manifests reads. */
  JsonNode manifest() {
    ObjectNode manifest = JsonNodeFactory.instance.objectNode();
    manifest.put("apiVersion", getApiVersion()).put("kind", getKind());
    manifest
        .putObject("metadata")
        .put("name", getMetadata().getName())
        .put("namespace", getMetadata().getNamespace());
    if (getSpec() != null) {
      manifest.set("spec", getSpec());
    }
    return manifest;
  }

  /** The whole object, less what is said about it: as it came from the API server. */
  public JsonNode tree() {
    ObjectNode tree = (ObjectNode) manifest();
    ObjectNode metadata = (ObjectNode) tree.path("metadata");
    metadata
        .put("uid", getMetadata().getUid())
        .put("resourceVersion", getMetadata().getResourceVersion())
        .put("generation", getMetadata().getGeneration());
    if (getMetadata().getDeletionTimestamp() != null) {
      metadata.put("deletionTimestamp", getMetadata().getDeletionTimestamp());
    }
    if (getStatus() != null) {
      tree.set("status", getStatus());
    }
    return tree;
  }

  /** The path of one at the API server. */
  public static String path(ServiceId id) {
    return "apis/"
        + GROUP
        + "/"
        + VERSION
        + "/namespaces/"
        + id.namespace()
        + "/ondemandservices/"
        + id.name();
  }
}
