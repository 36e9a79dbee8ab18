package dev.dormouse.kubernetes.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.protocol.Outcome;
import dev.dormouse.kubernetes.resource.Standing.Entry;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps the objects that lead to a service as they should be: its Service and EndpointSlice. What
 * is as it was applied is not asked for again.
 */
record Children(Api api, Cached cached, int activatorPort) {
  private static final String FORCED = "?force=true&fieldManager=" + Names.MANAGER;

  /** What is wrong with them, for people. */
  record Trouble(String reason, String message) {}

  /** Applies what differs; {@code activators} are the addresses of those that are ready. */
  Optional<Trouble> ensure(Entry entry, Collection<String> activators) {
    ServiceId id = entry.id();
    Optional<ObjectNode> service = Drafts.service(entry);
    if (service.isEmpty()) {
      return Optional.empty();
    }
    Optional<Trouble> trouble = apply(service.get(), servicePath(id), cached.service(id), entry);
    if (trouble.isPresent() || !entry.routed()) {
      return trouble;
    }
    ObjectNode slice = Drafts.slice(entry, activators, activatorPort);
    return apply(slice, slicePath(id), cached.slice(id), entry);
  }

  private Optional<Trouble> apply(
      ObjectNode draft, String path, Optional<? extends HasMetadata> known, Entry entry) {
    if (known.filter(it -> isSame(it, draft, entry)).isPresent()) {
      return Optional.empty();
    }
    Outcome<JsonNode> live = ScaleRequests.join(api.get(path), it -> it);
    if (live instanceof Outcome.Ok<JsonNode>(JsonNode found)) {
      if (!Ownership.has(found, entry.uid())) {
        String what = draft.path("kind").asText() + " " + entry.id().name();
        return Optional.of(
            new Trouble("ServiceConflict", what + " exists and is not ours; it is left alone"));
      }
      if (Ownership.applied(found).equals(Ownership.applied(draft))) {
        return Optional.empty();
      }
      boolean otherFamily =
          draft.has("addressType") && !draft.get("addressType").equals(found.get("addressType"));
      if (otherFamily) { // it cannot be changed
        ScaleRequests.join(api.delete(path, JsonNodeFactory.instance.objectNode()), it -> it);
      }
    }
    Outcome<JsonNode> applied =
        ScaleRequests.join(api.patch(path + FORCED, Api.Patch.APPLY, draft), it -> it);
    return applied instanceof Outcome.Ok<JsonNode>
        ? Optional.empty()
        : Optional.of(new Trouble("NotApplied", path + ": " + applied));
  }

  private static boolean isSame(HasMetadata known, ObjectNode draft, Entry entry) {
    Map<String, String> annotations = known.getMetadata().getAnnotations();
    return known.getMetadata().getOwnerReferences().stream()
            .anyMatch(it -> it.getUid().equals(entry.uid()))
        && annotations != null
        && Ownership.applied(draft).equals(annotations.get(Names.APPLIED));
  }

  private static String servicePath(ServiceId id) {
    return "api/v1/namespaces/" + id.namespace() + "/services/" + id.name();
  }

  private static String slicePath(ServiceId id) {
    return "apis/discovery.k8s.io/v1/namespaces/"
        + id.namespace()
        + "/endpointslices/"
        + Names.slice(id.name());
  }
}
