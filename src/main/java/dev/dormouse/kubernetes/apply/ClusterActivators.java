package dev.dormouse.kubernetes.apply;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.kubernetes.client.ActivatorLease;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.pass.Activators;
import dev.dormouse.kubernetes.status.ApiResult;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** Asks the API server about activators: they live in the namespace of the operator. */
public record ClusterActivators(Api api, String namespace, InstantSource clock)
    implements Activators {
  /** Clocks differ, and a kubelet needs a moment. */
  private static final Duration SLACK = Duration.ofSeconds(30);

  @Override
  public Existence pod(String activator) {
    String path = "api/v1/namespaces/" + namespace + "/pods/" + activator;
    return switch (ScaleRequests.join(api.get(path), it -> it)) {
      case ApiResult.Ok<JsonNode>(JsonNode pod) -> existence(pod);
      case ApiResult.NotFound<JsonNode> _ -> withoutPod(activator);
      case ApiResult.Rejected<JsonNode> _, ApiResult.Unknown<JsonNode> _ -> Existence.UNKNOWN;
    };
  }

  /**
   * Nothing runs in one that has ended. One that should have ended long ago is on a node that does
   * not answer: then its Lease decides.
   */
  private Existence existence(JsonNode pod) {
    String phase = pod.path("status").path("phase").asText();
    if (phase.equals("Failed") || phase.equals("Succeeded")) {
      return Existence.GONE;
    }
    String due = pod.path("metadata").path("deletionTimestamp").asText("");
    boolean overdue = !due.isEmpty() && clock.instant().isAfter(Instant.parse(due).plus(SLACK));
    return overdue ? Existence.CANNOT_BE_TOLD : Existence.EXISTS;
  }

  /** One that runs outside of the cluster says so in its Lease. */
  private Existence withoutPod(String activator) {
    return switch (lease(activator)) {
      case ApiResult.Ok<JsonNode>(JsonNode lease) ->
          ActivatorLease.isOutside(lease) ? Existence.CANNOT_BE_TOLD : Existence.GONE;
      case ApiResult.NotFound<JsonNode> _ -> Existence.GONE;
      case ApiResult.Rejected<JsonNode> _, ApiResult.Unknown<JsonNode> _ -> Existence.UNKNOWN;
    };
  }

  @Override
  public Optional<String> leaseSession(String activator) {
    return lease(activator) instanceof ApiResult.Ok<JsonNode>(JsonNode lease)
        ? ActivatorLease.session(lease)
        : Optional.empty();
  }

  private ApiResult<JsonNode> lease(String activator) {
    return ScaleRequests.join(api.get(ActivatorLease.path(namespace, activator)), it -> it);
  }
}
