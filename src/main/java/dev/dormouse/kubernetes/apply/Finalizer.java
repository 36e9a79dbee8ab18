package dev.dormouse.kubernetes.apply;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.client.Reply;
import dev.dormouse.kubernetes.objects.Names;
import dev.dormouse.kubernetes.resource.OnDemandService;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Keeps a service that is deleted until its scale target has its replicas back. No other service
 * has one.
 */
public record Finalizer(Api api) {
  private static final int FORBIDDEN = 403;

  /** Whether the object waits for us before it goes. */
  public static boolean isOn(OnDemandService object) {
    return of(object).contains(Names.FINALIZER);
  }

  /**
   * Sees to it that it stands.
   *
   * @return whether it does, or cannot: an installation of the version before has not the right
   */
  public boolean secure(OnDemandService object) {
    if (isOn(object)) {
      return true;
    }
    ArrayNode patch = onVersion(object);
    if (of(object).isEmpty()) {
      patch
          .addObject()
          .put("op", "add")
          .put("path", "/metadata/finalizers")
          .putArray("value")
          .add(Names.FINALIZER);
    } else {
      patch
          .addObject()
          .put("op", "add")
          .put("path", "/metadata/finalizers/-")
          .put("value", Names.FINALIZER);
    }
    return send(object, patch).filter(it -> it.ok() || it.code() == FORBIDDEN).isPresent();
  }

  /** Takes it away; false if that has to be tried again. */
  public boolean remove(OnDemandService object) {
    int index = of(object).indexOf(Names.FINALIZER);
    if (index < 0) {
      return true;
    }
    ArrayNode patch = onVersion(object);
    patch.addObject().put("op", "remove").put("path", "/metadata/finalizers/" + index);
    return send(object, patch).filter(it -> it.ok() || it.missing()).isPresent();
  }

  /** What is at an index may change with the version. */
  private static ArrayNode onVersion(OnDemandService object) {
    ArrayNode patch = JsonNodeFactory.instance.arrayNode();
    patch
        .addObject()
        .put("op", "test")
        .put("path", "/metadata/resourceVersion")
        .put("value", object.getMetadata().getResourceVersion());
    return patch;
  }

  private Optional<Reply> send(OnDemandService object, ArrayNode patch) {
    String path = OnDemandService.path(object.id()) + "?fieldManager=" + Names.MANAGER;
    CompletableFuture<Optional<Reply>> answer =
        api.patch(path, Api.Patch.JSON, patch)
            .handle((reply, failure) -> failure == null ? Optional.of(reply) : Optional.empty());
    return answer.join();
  }

  private static List<String> of(OnDemandService object) {
    List<String> all = object.getMetadata().getFinalizers();
    return all == null ? List.of() : all;
  }
}
