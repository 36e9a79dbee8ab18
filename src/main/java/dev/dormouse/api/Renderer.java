package dev.dormouse.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.util.StringQuotingChecker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.regex.Pattern;

/** Writes services as the manifests that they come to in one region. */
public final class Renderer {
  private static final List<String> METADATA =
      List.of("name", "namespace", "labels", "annotations");

  private final ObjectWriter writer =
      new YAMLMapper(
              YAMLFactory.builder()
                  .stringQuotingChecker(new Quoting())
                  .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                  .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
                  .disable(YAMLGenerator.Feature.SPLIT_LINES)
                  .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                  .build())
          .writer();
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
  public String yaml(List<Declared> services, boolean defaults) {
    return String.join("---\n", services.stream().map(it -> text(document(it, defaults))).toList());
  }

  private String text(JsonNode document) {
    try {
      return writer.writeValueAsString(document);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ObjectNode document(Declared service, boolean defaults) {
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
      ObjectNode missing = new Defaults(context).missing(service.spec(), spec);
      spec = (ObjectNode) Json.merge(spec, missing);
    }
    if (servedBy.isObject()) {
      ObjectNode here = spec.putObject("regions").putObject(context.region().orElse(""));
      here.set("servedBy", servedBy);
    }
    document.set("spec", spec);
    return document;
  }

  /** Leaves bare only what every reader of YAML 1.1 or 1.2 takes for a string. */
  private static final class Quoting extends StringQuotingChecker {
    private static final long serialVersionUID = 1;

    private static final Pattern SAFE =
        Pattern.compile(
            "(?i)(?!(y|n|yes|no|true|false|on|off|null)$)"
                + "([a-z/][-\\w./]*|[1-9][0-9]*(h|m|s|ms|Ki|Mi|Gi))");

    @Override
    public boolean needToQuoteName(String name) {
      return needToQuoteValue(name);
    }

    @Override
    public boolean needToQuoteValue(String value) {
      return !SAFE.matcher(value).matches();
    }
  }
}
