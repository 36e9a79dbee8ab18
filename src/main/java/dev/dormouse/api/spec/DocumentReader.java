package dev.dormouse.api.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.api.schema.Field;
import dev.dormouse.api.schema.Formats;
import dev.dormouse.api.schema.Json;
import dev.dormouse.api.schema.Problem;
import dev.dormouse.api.schema.Schema;
import dev.dormouse.api.schema.Source;
import dev.dormouse.api.schema.Syntax;
import dev.dormouse.core.Activation;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Reads one document: as it is in this region, and, for their mistakes only, in every other region
 * that it names.
 *
 * @param directory what a relative {@code workingDir} starts from, if that can be known
 */
public record DocumentReader(ReaderContext context, Optional<Path> directory) {
  /**
   * A document that was read by itself; its neighbours may still add mistakes.
   *
   * @param source as it is in this region, with the mistakes of every region
   */
  public record Draft(ServiceId id, ServiceSpec spec, Source source) {
    /** A field of the document that it was read from. */
    public Field at(String key) {
      return source.field().at("spec").at(key);
    }

    /** Whether no mistake was found in it. */
    public boolean valid() {
      return source.problems().isEmpty();
    }

    /** The service; only if it is valid. */
    public ValidService declared() {
      return new ValidService(
          id,
          spec,
          source.file(),
          source.line(),
          source.warnings().stream().map(Problem::toString).toList(),
          source.root().path("metadata"),
          source.root().path("spec"));
    }

    /** Which service, and where its document starts. */
    @Override
    public String toString() {
      return id + " (" + source.file() + ":" + source.line() + ")";
    }
  }

  /** What one document declares, with all of its mistakes. */
  public Draft read(Source document) {
    Draft draft = readHere(document);
    Field spec = document.field().at("spec");
    if (spec.at("servedBy").present()) {
      spec.at("servedBy").problem("belongs below spec.regions.<region>");
    }
    Field regions = spec.at("regions");
    if (regions.node().size() <= Schema.MAX_REGIONS) {
      regions.entries().forEach((name, patch) -> checkPatch(document, draft, name, patch));
      checkHops(regions);
    }
    draft.source().problems().addAll(document.problems());
    return draft;
  }

  /** Mistakes that only an override makes name its variable. */
  private Draft readHere(Source document) {
    Draft declared = readFor(document, context.region(), Optional.empty());
    String name = declared.id().name();
    if (context.override(name).isEmpty()) {
      return declared;
    }
    Draft draft = readFor(document, context.region(), context.override(name));
    Set<Problem> problems = draft.source().problems();
    Set<Problem> all = new LinkedHashSet<>(declared.source().problems());
    problems.removeAll(all);
    problems.forEach(it -> all.add(it.because(context.because(name))));
    problems.clear();
    problems.addAll(all);
    return draft;
  }

  /** A request is replayed once: the region that serves another must serve itself. */
  private static void checkHops(Field regions) {
    regions.entries().forEach((here, patch) -> checkHop(regions, here, patch.at("servedBy")));
  }

  /** A region that names itself has been told so by the reader of its spec. */
  private static void checkHop(Field regions, String here, Field servedBy) {
    String there = servedBy.node().path("region").asText(servedBy.node().asText());
    if (!there.equals(here) && regions.at(there).at("servedBy").present()) {
      servedBy.problem("leads to " + there + ", which another region serves");
    }
  }

  private void checkPatch(Source document, Draft draft, String name, Field patch) {
    if (!Syntax.REGION.matches(name)) {
      patch.problem("must have " + Syntax.REGION.description);
    }
    if (patch.present() && !patch.node().isObject()) {
      patch.expected("a mapping");
    }
    if (patch.at("regions").present()) {
      patch.at("regions").problem("cannot stand inside a region");
    }
    if (context.region().filter(name::equals).isEmpty()) {
      Draft there = readFor(document, Optional.of(name), Optional.empty());
      for (Problem problem : there.source().problems()) {
        if (!draft.source().problems().contains(problem)) {
          document.problems().add(problem.in(name));
        }
      }
    }
  }

  private Draft readFor(Source document, Optional<String> region, Optional<Activation> activation) {
    String regions = Source.step("spec.regions", region.orElse(""));
    JsonNode merged = patched(document.root(), region, activation);
    Source source = document.moved(merged, regions, "spec");
    Field root = source.field();
    Schema.check(root);
    root.at("apiVersion").text();
    Field metadata = root.at("metadata");
    metadata.at("name").text();
    String namespace = metadata.at("namespace").text().orElse("default");
    ServiceId id = new ServiceId(namespace, metadata.at("name").node().asText());
    ServiceSpec spec = new SpecReader(root.at("spec"), region, context, directory).read();
    return new Draft(id, spec, source);
  }

  private JsonNode patched(
      JsonNode root, Optional<String> region, Optional<Activation> activation) {
    JsonNode spec = root.path("spec");
    JsonNode patch = spec.path("regions").path(region.orElse(""));
    ObjectNode changes = JsonNodeFactory.instance.objectNode();
    if (patch.isObject()) {
      changes.setAll((ObjectNode) patch);
    }
    changes.remove("regions");
    activation.ifPresent(it -> changes.put("activation", Formats.camel(it)));
    JsonNode servedBy = changes.has("servedBy") ? changes.path("servedBy") : spec.path("servedBy");
    if (servedBy.isTextual()) {
      changes.putObject("servedBy").set("region", servedBy);
    }
    ObjectNode whole = JsonNodeFactory.instance.objectNode();
    whole.set("spec", changes);
    return spec.isObject() ? Json.merge(root, whole) : root;
  }
}
