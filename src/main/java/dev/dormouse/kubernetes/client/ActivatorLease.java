package dev.dormouse.kubernetes.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The Lease of an activator: which process there is under a name. */
public final class ActivatorLease {
  /** Of every activator's Lease, whatever its pod is labelled with. */
  public static final Map<String, String> LABELS =
      Map.of("app.kubernetes.io/name", "dormouse", "app.kubernetes.io/component", "activator");

  /** An API server takes six digits of a second, neither fewer nor more. */
  private static final DateTimeFormatter MICRO_TIME =
      new DateTimeFormatterBuilder().appendInstant(6).toFormatter(Locale.ROOT);

  private static final String OUTSIDE = "dormouse.dev/outside";

  private ActivatorLease() {}

  /**
   * A process that holds a Lease.
   *
   * @param name of the pod, and of the Lease
   * @param podUid with which the Lease goes; without one, the process says that it is no pod
   */
  public record Holder(
      String namespace, String name, String session, Optional<String> podUid, Duration duration) {
    ObjectNode lease(Optional<String> resourceVersion, Instant now) {
      ObjectNode lease = JsonNodeFactory.instance.objectNode();
      lease.put("apiVersion", "coordination.k8s.io/v1").put("kind", "Lease");
      ObjectNode metadata = lease.putObject("metadata").put("name", name);
      metadata.put("namespace", namespace);
      resourceVersion.ifPresent(it -> metadata.put("resourceVersion", it));
      LABELS.forEach(metadata.putObject("labels")::put);
      podUid.ifPresentOrElse(
          uid -> own(metadata, uid), () -> metadata.putObject("annotations").put(OUTSIDE, "true"));
      lease
          .putObject("spec")
          .put("holderIdentity", session)
          .put("leaseDurationSeconds", Math.max(1, duration.toSeconds()))
          .put("renewTime", MICRO_TIME.format(now));
      return lease;
    }

    private void own(ObjectNode metadata, String uid) {
      metadata
          .putArray("ownerReferences")
          .addObject()
          .put("apiVersion", "v1")
          .put("kind", "Pod")
          .put("name", name)
          .put("uid", uid);
    }
  }

  /** Where the Lease of a name is. */
  public static String path(String namespace, String name) {
    return collection(namespace) + "/" + name;
  }

  static String collection(String namespace) {
    return "apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases";
  }

  /** The session that a Lease names. */
  public static Optional<String> session(JsonNode lease) {
    return Optional.of(lease.path("spec").path("holderIdentity").asText(""))
        .filter(it -> !it.isEmpty());
  }

  /** Whether its holder is no pod of the cluster. */
  public static boolean isOutside(JsonNode lease) {
    return lease.path("metadata").path("annotations").path(OUTSIDE).asText("").equals("true");
  }
}
