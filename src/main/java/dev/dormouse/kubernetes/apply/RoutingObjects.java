package dev.dormouse.kubernetes.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.client.ApiResults;
import dev.dormouse.kubernetes.objects.ActivatorPod;
import dev.dormouse.kubernetes.objects.ActivatorPod.Family;
import dev.dormouse.kubernetes.objects.Drafts;
import dev.dormouse.kubernetes.objects.Names;
import dev.dormouse.kubernetes.objects.Ownership;
import dev.dormouse.kubernetes.objects.Trees;
import dev.dormouse.kubernetes.resource.Validity.Entry;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.status.ExtraCondition;
import dev.dormouse.kubernetes.watch.Cached;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps the objects that lead to a service as they should be: its Service and EndpointSlices. What
 * is as it was applied is not asked for again, and what was is applied anew in one request: there
 * may be thousands when the activators change, and they have to be through before the last one of
 * those that leave stops to serve.
 */
public record RoutingObjects(Api api, Cached cached, int activatorPort) {
  private static final String FORCED = "?force=true&fieldManager=" + Names.MANAGER;

  /** Applies what differs; {@code activators} are those that are ready. */
  Check ensure(Entry entry, List<ActivatorPod> activators) {
    ServiceId id = entry.id();
    Optional<ObjectNode> service = Drafts.service(entry);
    if (service.isEmpty()) {
      return new Check.Sound();
    }
    Check check = apply(service.get(), servicePath(id), cached.service(id), entry);
    for (Family family : Family.values()) {
      if (check instanceof Check.Sound && entry.routed()) {
        check = ensure(entry, family, activators);
      }
    }
    return check;
  }

  /** One that is there but is not needed any more leads to nobody. */
  private Check ensure(Entry entry, Family family, List<ActivatorPod> activators) {
    ServiceId id = entry.id();
    String name = family.slice(id.name());
    Optional<EndpointSlice> known = cached.slice(id, name);
    boolean wanted = isOf(cached.service(id), family);
    List<ActivatorPod> there =
        wanted
            ? activators.stream().filter(it -> it.address(family).isPresent()).toList()
            : List.of();
    return there.isEmpty() && known.isEmpty()
        ? new Check.Sound()
        : apply(
            Drafts.slice(entry, family, there, activatorPort), slicePath(id, name), known, entry);
  }

  /** A Service that has just been made, of which nothing is known yet, may have both. */
  private static boolean isOf(Optional<Service> service, Family family) {
    List<String> families = service.map(it -> it.getSpec().getIpFamilies()).orElse(List.of());
    return families == null || families.isEmpty() || families.contains(family.word());
  }

  private Check apply(
      ObjectNode draft, String path, Optional<? extends HasMetadata> known, Entry entry) {
    if (known.filter(it -> isSame(it, draft, entry)).isPresent()) {
      return new Check.Sound();
    }
    return known
        .filter(it -> Ownership.has(it, entry.uid()) && !isOtherFamily(draft, it))
        .flatMap(it -> applyOver(draft, path, it.getMetadata().getResourceVersion()))
        .orElseGet(() -> applyAsRead(draft, path, entry));
  }

  /** Over what a cache shows; empty if it is not like that any more. */
  private Optional<Check> applyOver(ObjectNode draft, String path, String version) {
    ObjectNode fenced = draft.deepCopy();
    Trees.child(fenced, "metadata").put("resourceVersion", version);
    return api.patch(path + FORCED, Api.Patch.APPLY, fenced)
        .handle(
            (reply, failure) ->
                failure == null
                    ? Optional.of(reply)
                        .filter(it -> !it.conflicts() && !it.missing())
                        .map(it -> check(path, ApiResults.of(it, body -> body)))
                    : Optional.of(check(path, ApiResults.<JsonNode>of(failure))))
        .join();
  }

  private Check applyAsRead(ObjectNode draft, String path, Entry entry) {
    ApiResult<JsonNode> live = ScaleRequests.join(api.get(path), it -> it);
    if (live instanceof ApiResult.Ok<JsonNode>(JsonNode found)) {
      if (!Ownership.has(found, entry.uid())) {
        String what = draft.path("kind").asText() + " " + draft.at("/metadata/name").asText();
        return Check.of(
            ExtraCondition.Type.SERVICE_CONFLICT,
            what + " exists and is not ours; it is left alone");
      }
      if (Ownership.applied(found).equals(Ownership.applied(draft))) {
        return new Check.Sound();
      }
      boolean otherFamily =
          draft.has("addressType") && !draft.get("addressType").equals(found.get("addressType"));
      if (otherFamily) { // it cannot be changed
        ScaleRequests.join(api.delete(path, JsonNodeFactory.instance.objectNode()), it -> it);
      }
    }
    return check(
        path, ScaleRequests.join(api.patch(path + FORCED, Api.Patch.APPLY, draft), it -> it));
  }

  private static Check check(String path, ApiResult<JsonNode> applied) {
    return switch (applied) {
      case ApiResult.Ok<JsonNode> _ -> new Check.Sound();
      case ApiResult.Rejected<JsonNode>(String why) ->
          Check.of(ExtraCondition.Type.NOT_ROUTED, path + ": " + why);
      case ApiResult.NotFound<JsonNode> _ ->
          Check.of(ExtraCondition.Type.NOT_ROUTED, path + ": its namespace does not exist");
      case ApiResult.Unknown<JsonNode> _ -> new Check.Unanswered();
    };
  }

  private static boolean isOtherFamily(ObjectNode draft, HasMetadata known) {
    return known instanceof EndpointSlice slice
        && !draft.path("addressType").asText().equals(slice.getAddressType());
  }

  private static boolean isSame(HasMetadata known, ObjectNode draft, Entry entry) {
    Map<String, String> annotations = known.getMetadata().getAnnotations();
    return Ownership.has(known, entry.uid())
        && annotations != null
        && Ownership.applied(draft).equals(annotations.get(Names.APPLIED));
  }

  private static String servicePath(ServiceId id) {
    return "api/v1/namespaces/" + id.namespace() + "/services/" + id.name();
  }

  private static String slicePath(ServiceId id, String name) {
    return "apis/discovery.k8s.io/v1/namespaces/" + id.namespace() + "/endpointslices/" + name;
  }
}
