package dev.dormouse.kubernetes.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.client.ApiResults;
import dev.dormouse.kubernetes.client.Reply;
import dev.dormouse.kubernetes.objects.Drafts;
import dev.dormouse.kubernetes.objects.Names;
import dev.dormouse.kubernetes.objects.Ownership;
import dev.dormouse.kubernetes.objects.PodDefaults;
import dev.dormouse.kubernetes.objects.ScaleTarget;
import dev.dormouse.kubernetes.objects.Trees;
import dev.dormouse.kubernetes.pass.Scale;
import dev.dormouse.kubernetes.resource.Validity.Entry;
import dev.dormouse.kubernetes.status.ApiResult;
import dev.dormouse.kubernetes.watch.PodViews;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Map;

/**
 * Makes what is scaled as its service wants it. Replicas are written through the scale subresource
 * alone: an apply names them only as long as nobody has ever scaled, because what an applier no
 * longer names falls back to its default, which is one.
 */
public record Deployments(Api api, PodDefaults defaults) {
  private static final int INTERNAL_ERROR = 500;
  private static final String FORCED = "?force=true&fieldManager=" + Names.MANAGER;

  /**
   * Creates or applies it, unless it is as it should be. Only while nothing runs: a changed
   * template replaces the pod.
   */
  ApiResult<Scale> prepare(Entry entry) {
    ScaleTarget target = ScaleTarget.of(entry);
    return target.owned() ? own(entry, target) : adopt(entry, target);
  }

  private ApiResult<Scale> own(Entry entry, ScaleTarget target) {
    ObjectNode draft = Drafts.deployment(entry, defaults);
    ApiResult<JsonNode> live = read(target);
    return switch (live) {
      case ApiResult.Ok<JsonNode>(JsonNode found) -> {
        if (!Ownership.has(found, entry.uid())) {
          yield new ApiResult.Rejected<>(target + " exists and is not ours");
        }
        if (scale(found).replicas() > 0
            || Ownership.applied(found).equals(Ownership.applied(draft))) {
          yield new ApiResult.Ok<>(scale(found));
        }
        Trees.child(draft, "metadata")
            .put("resourceVersion", found.path("metadata").path("resourceVersion").asText());
        if (Ownership.ofReplicas(found)) {
          Trees.child(draft, "spec").put("replicas", 0);
        }
        yield apply(target, draft);
      }
      case ApiResult.NotFound<JsonNode> _ -> {
        Trees.child(draft, "spec").put("replicas", 0);
        yield apply(target, draft);
      }
      case ApiResult.Rejected<JsonNode>(String why) -> new ApiResult.Rejected<>(why);
      case ApiResult.Unknown<JsonNode>(String why) -> new ApiResult.Unknown<>(why);
    };
  }

  /**
   * The scale of what is this service's, and nobody else's; {@link ApiResult.NotFound} if it is
   * not.
   */
  ApiResult<Scale> scaleOf(Entry entry) {
    ScaleTarget target = ScaleTarget.of(entry);
    ApiResult<JsonNode> live = read(target);
    return switch (live) {
      case ApiResult.Ok<JsonNode>(JsonNode found) ->
          isOurs(found, target, entry)
              ? new ApiResult.Ok<>(scale(found))
              : new ApiResult.NotFound<>();
      case ApiResult.NotFound<JsonNode> _ -> new ApiResult.NotFound<>();
      case ApiResult.Rejected<JsonNode>(String why) -> new ApiResult.Rejected<>(why);
      case ApiResult.Unknown<JsonNode>(String why) -> new ApiResult.Unknown<>(why);
    };
  }

  private static boolean isOurs(JsonNode found, ScaleTarget target, Entry entry) {
    return target.owned() ? Ownership.has(found, entry.uid()) : of(found).equals(entry.id().name());
  }

  private static String of(JsonNode found) {
    return found.path("metadata").path("labels").path(Names.SERVICE).asText("");
  }

  /** Marks what is somebody else's, once: whose it is, and with how many replicas it was found. */
  private ApiResult<Scale> adopt(Entry entry, ScaleTarget target) {
    ApiResult<JsonNode> live = read(target);
    return switch (live) {
      case ApiResult.Ok<JsonNode>(JsonNode found) -> {
        if (isOurs(found, target, entry)) {
          yield new ApiResult.Ok<>(scale(found));
        }
        String of = of(found);
        yield of.isEmpty()
            ? apply(target, marked(entry, target, found))
            : new ApiResult.Rejected<>(takenBy(target, of));
      }
      case ApiResult.NotFound<JsonNode> _ -> new ApiResult.NotFound<>();
      case ApiResult.Rejected<JsonNode>(String why) -> new ApiResult.Rejected<>(why);
      case ApiResult.Unknown<JsonNode>(String why) -> new ApiResult.Unknown<>(why);
    };
  }

  /** What is said of a target that is scaled for another service. */
  static String takenBy(ScaleTarget target, String service) {
    return target + " is scaled for " + service;
  }

  private static ObjectNode marked(Entry entry, ScaleTarget target, JsonNode found) {
    ObjectNode marks = Trees.object("apps/v1", target.kind(), entry.id(), target.name());
    ObjectNode metadata = Trees.child(marks, "metadata");
    metadata.put("resourceVersion", found.path("metadata").path("resourceVersion").asText());
    metadata.putObject("labels").put(Names.SERVICE, entry.id().name());
    metadata
        .putObject("annotations")
        .put(Names.REPLICAS, Integer.toString(scale(found).replicas()));
    return marks;
  }

  /** Whether {@link #prepare} would find nothing to do. */
  boolean isPrepared(HasMetadata known, Entry entry) {
    return ScaleTarget.of(entry).owned()
        ? Ownership.has(known, entry.uid()) && isApplied(known, entry)
        : entry.id().name().equals(known.getMetadata().getLabels().get(Names.SERVICE));
  }

  /** Whether an own Deployment is as this service wants it. */
  boolean isApplied(HasMetadata known, Entry entry) {
    Map<String, String> annotations = known.getMetadata().getAnnotations();
    ObjectNode draft = Drafts.deployment(entry, defaults);
    return annotations != null && Ownership.applied(draft).equals(annotations.get(Names.APPLIED));
  }

  /** Releases a scale target if it is scaled for this service. */
  ApiResult<Scale> giveBack(ServiceId id, ScaleTarget target) {
    ApiResult<JsonNode> live = read(target);
    return switch (live) {
      case ApiResult.Ok<JsonNode>(JsonNode found) -> {
        JsonNode replicas = found.path("metadata").path("annotations").path(Names.REPLICAS);
        yield of(found).equals(id.name()) && replicas.isTextual()
            ? release(target, Integer.parseInt(replicas.textValue()))
            : new ApiResult.NotFound<>();
      }
      case ApiResult.NotFound<JsonNode> _ -> new ApiResult.NotFound<>();
      case ApiResult.Rejected<JsonNode>(String why) -> new ApiResult.Rejected<>(why);
      case ApiResult.Unknown<JsonNode>(String why) -> new ApiResult.Unknown<>(why);
    };
  }

  /** Takes the marks from a scale target, and gives it the replicas that it was found with. */
  ApiResult<Scale> release(ScaleTarget target, int replicas) {
    ScaleRequests scales = new ScaleRequests(api);
    ApiResult<Scale> seen = scales.get(target);
    ApiResult<Scale> scaled =
        seen instanceof ApiResult.Ok<Scale>(Scale now)
            ? scales.put(target, new Scale(now.resourceVersion(), replicas))
            : seen;
    ObjectNode nothing = JsonNodeFactory.instance.objectNode();
    nothing.put("apiVersion", "apps/v1").put("kind", target.kind());
    nothing.putObject("metadata").put("name", target.name());
    return scaled instanceof ApiResult.Ok<Scale> ? apply(target, nothing) : scaled;
  }

  private ApiResult<JsonNode> read(ScaleTarget target) {
    return ScaleRequests.join(api.get(target.path()), it -> it);
  }

  private ApiResult<Scale> apply(ScaleTarget target, ObjectNode draft) {
    return api.patch(target.path() + FORCED, Api.Patch.APPLY, draft)
        .handle(
            (reply, failure) ->
                failure == null ? applied(target, reply) : ApiResults.<Scale>of(failure))
        .join();
  }

  private static ApiResult<Scale> applied(ScaleTarget target, Reply reply) {
    if (reply.conflicts()) {
      return new ApiResult.Unknown<>(target + " has just been changed");
    }
    // Also how an API server answers a field that it does not know. Had the apply landed after all,
    // no harm were done: it gives nothing replicas.
    return reply.code() == INTERNAL_ERROR
        ? new ApiResult.Rejected<>(PodViews.cut(reply.why()))
        : ApiResults.of(reply, Deployments::scale);
  }

  private static Scale scale(JsonNode found) {
    return new Scale(
        found.path("metadata").path("resourceVersion").asText(),
        found.path("spec").path("replicas").asInt(1));
  }
}
