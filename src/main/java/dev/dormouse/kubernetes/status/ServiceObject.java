package dev.dormouse.kubernetes.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.dormouse.core.ServiceId;
import java.util.Optional;

/**
 * One {@code OnDemandService} as the API server has it.
 *
 * @param uid differs from that of another object that had the same name before
 * @param status empty if nobody has written any
 */
public record ServiceObject(
    ServiceId id,
    String uid,
    String resourceVersion,
    long generation,
    boolean deleted,
    JsonNode spec,
    Optional<StatusDocument> status) {

  /** Reads a whole resource, {@code metadata}, {@code spec} and {@code status}. */
  public static ServiceObject read(JsonNode resource) {
    JsonNode metadata = resource.path("metadata");
    return new ServiceObject(
        new ServiceId(metadata.path("namespace").asText("default"), metadata.path("name").asText()),
        metadata.path("uid").asText(),
        metadata.path("resourceVersion").asText(),
        metadata.path("generation").asLong(),
        metadata.hasNonNull("deletionTimestamp"),
        resource.has("spec") ? resource.get("spec") : JsonNodeFactory.instance.objectNode(),
        StatusDocument.read(resource.path("status")));
  }

  /** The same with another status. */
  public ServiceObject withStatus(StatusDocument newStatus) {
    return new ServiceObject(
        id, uid, resourceVersion, generation, deleted, spec, Optional.of(newStatus));
  }

  /**
   * True if this is an earlier state of the same object. Resource versions are numbers that grow
   * (Kubernetes 1.35 promises it, etcd always did).
   */
  public boolean isOlderThan(ServiceObject other) {
    return uid.equals(other.uid) && compareVersions(resourceVersion, other.resourceVersion) < 0;
  }

  /** Compares decimal numbers of any length. */
  public static int compareVersions(String a, String b) {
    return a.length() != b.length() ? Integer.compare(a.length(), b.length()) : a.compareTo(b);
  }
}
