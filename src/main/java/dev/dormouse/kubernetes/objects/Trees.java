package dev.dormouse.kubernetes.objects;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.resource.Validity.Entry;

/** Small steps in trees that are about to be sent. */
public final class Trees {
  private Trees() {}

  /** An object without content, in the namespace of a service. */
  public static ObjectNode object(String apiVersion, String kind, ServiceId in, String name) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.put("apiVersion", apiVersion).put("kind", kind);
    object.putObject("metadata").put("name", name).put("namespace", in.namespace());
    return object;
  }

  /** An object that belongs to a service, is found by it, and goes with it. */
  static ObjectNode owned(String apiVersion, String kind, Entry of, String name) {
    ObjectNode object = object(apiVersion, kind, of.id(), name);
    child(object, "metadata").set("labels", labels(of.id()));
    child(object, "metadata")
        .putArray("ownerReferences")
        .addObject()
        .put("apiVersion", "dormouse.dev/v1alpha1")
        .put("kind", "OnDemandService")
        .put("name", of.id().name())
        .put("uid", of.uid())
        .put("controller", true);
    return object;
  }

  static ObjectNode labels(ServiceId id) {
    return JsonNodeFactory.instance
        .objectNode()
        .put(Names.MANAGED_BY, Names.DORMOUSE)
        .put(Names.SERVICE, id.name());
  }

  /** The mapping below a key; made if there is none. */
  public static ObjectNode child(ObjectNode parent, String key) {
    return parent.path(key) instanceof ObjectNode found ? found : parent.putObject(key);
  }

  /** The list below a key; made if there is none. */
  static ArrayNode list(ObjectNode parent, String key) {
    return parent.path(key) instanceof ArrayNode found ? found : parent.putArray(key);
  }

  /** Sets what nothing else has been declared for. */
  static void otherwise(ObjectNode parent, String key, JsonNode value) {
    if (!parent.hasNonNull(key)) {
      parent.set(key, value);
    }
  }

  static void otherwise(ObjectNode parent, String key, boolean value) {
    otherwise(parent, key, JsonNodeFactory.instance.booleanNode(value));
  }
}
