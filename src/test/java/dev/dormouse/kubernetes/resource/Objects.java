package dev.dormouse.kubernetes.resource;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.Optional;

/** Services as an API server would have them. */
public final class Objects {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private Objects() {}

  /** A tree. */
  public static ObjectNode yaml(String text) {
    try {
      return (ObjectNode) YAML.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  /** A service in the namespace {@code shop}; its uid is {@code uid-NAME}. */
  public static OnDemandService service(String name, int day, String spec) {
    OnDemandService service = new OnDemandService();
    service.setMetadata(
        new ObjectMetaBuilder()
            .withName(name)
            .withNamespace("shop")
            .withUid("uid-" + name)
            .withGeneration(1L)
            .withResourceVersion("1")
            .withCreationTimestamp("2026-05-0" + day + "T12:00:00Z")
            .build());
    service.setSpec(yaml(spec));
    return service;
  }

  /** The same one generation later. */
  public static OnDemandService changed(OnDemandService service, String spec) {
    OnDemandService next = service(service.getMetadata().getName(), 1, spec);
    next.getMetadata().setCreationTimestamp(service.getMetadata().getCreationTimestamp());
    next.getMetadata().setGeneration(service.getMetadata().getGeneration() + 1);
    return next;
  }

  /** What a valid service comes to, in the region {@code iad}. */
  public static Validity.Entry entry(String name, String spec) {
    Catalog catalog = new Catalog(Optional.of("iad"), "cluster.local");
    OnDemandService service = service(name, 1, spec);
    var _ = catalog.put(service);
    Validity standing = catalog.standing(service.id());
    if (standing instanceof Validity.Sound(Validity.Entry entry)) {
      return entry;
    }
    throw new AssertionError(standing);
  }
}
