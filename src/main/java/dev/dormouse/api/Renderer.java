package dev.dormouse.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.api.schema.Json;
import dev.dormouse.api.schema.YamlWriter;
import dev.dormouse.api.spec.Defaults;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.api.spec.ValidService;
import java.util.List;

/** Writes services as the manifests that they come to in one region. */
public final class Renderer {
  private static final List<String> METADATA =
      List.of("name", "namespace", "labels", "annotations");

  private final YamlWriter writer = new YamlWriter();
  private final ReaderContext context;

  /** Renders what was read in this context. */
  public Renderer(ReaderContext context) {
    this.context = context;
  }

  /**
   * Manifests that mean in this region what was read: one document a service, in order, with the
   * region's patch and overrides merged and without {@code regions}.
   *
   * @param defaults whether what is not declared is written, too
   */
  public String yaml(List<ValidService> services, boolean defaults) {
    return String.join(
        "---\n", services.stream().map(it -> writer.text(document(it, defaults))).toList());
  }

  private ObjectNode document(ValidService service, boolean defaults) {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.put("apiVersion", "dormouse.dev/v1alpha1").put("kind", "OnDemandService");
    ObjectNode metadata = document.putObject("metadata");
    METADATA.stream()
        .filter(service.metadata()::has)
        .forEach(key -> metadata.set(key, service.metadata().path(key)));
    ObjectNode spec = service.effective().deepCopy();
    spec.remove("regions");
    JsonNode servedBy = spec.path("servedBy");
    spec.remove("servedBy");
    if (defaults) {
      ObjectNode missing = Defaults.missing(service.spec(), spec);
      spec = (ObjectNode) Json.merge(spec, missing);
    }
    if (servedBy.isObject()) {
      ObjectNode here = spec.putObject("regions").putObject(context.region().orElse(""));
      here.set("servedBy", servedBy);
    }
    document.set("spec", spec);
    return document;
  }
}
