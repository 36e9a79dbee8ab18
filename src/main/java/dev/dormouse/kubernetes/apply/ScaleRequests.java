package dev.dormouse.kubernetes.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.client.ApiResults;
import dev.dormouse.kubernetes.client.Reply;
import dev.dormouse.kubernetes.objects.Names;
import dev.dormouse.kubernetes.objects.ScaleTarget;
import dev.dormouse.kubernetes.pass.Scale;
import dev.dormouse.kubernetes.status.ApiResult;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** The scale subresource: the only way in which replicas are written. */
record ScaleRequests(Api api) {
  ApiResult<Scale> get(ScaleTarget target) {
    return join(api.get(target.path() + "/scale"), ScaleRequests::read);
  }

  ApiResult<Scale> put(ScaleTarget target, Scale scale) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("apiVersion", "autoscaling/v1").put("kind", "Scale");
    body.putObject("metadata")
        .put("name", target.name())
        .put("namespace", target.namespace())
        .put("resourceVersion", scale.resourceVersion());
    body.putObject("spec").put("replicas", scale.replicas());
    String path = target.path() + "/scale?fieldManager=" + Names.MANAGER;
    return join(api.put(path, body), ScaleRequests::read);
  }

  static <T> ApiResult<T> join(CompletableFuture<Reply> reply, Function<JsonNode, T> read) {
    return ApiResults.later(reply, read).join();
  }

  private static Scale read(JsonNode scale) {
    return new Scale(
        scale.path("metadata").path("resourceVersion").asText(),
        scale.path("spec").path("replicas").asInt());
  }
}
