package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.dormouse.api.schema.Json;
import dev.dormouse.api.schema.YamlWriter;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.core.Activation;
import dev.dormouse.core.ServiceSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example with eight regions. */
class ShowcaseTest {
  private static final Path SHOWCASE = Path.of("manifests/examples/showcase");
  private static final List<String> REGIONS =
      List.of("iad", "ewr", "ord", "dfw", "lax", "sjc", "lhr", "syd");

  @TempDir Path scratch;

  @Test
  @Tag("P1")
  void eightRegionsOverrideOneBase() {
    Map<String, ServiceSpec> cables = new HashMap<>();
    for (String region : REGIONS) {
      Manifests read = read(SHOWCASE, region);
      assertThat(read.problems()).isEmpty();
      cables.put(region, cable(read));
    }
    assertThat(cables).hasSize(8);
    assertThat(cables.values().stream().map(ServiceSpec::revision).distinct())
        .as("all run the same")
        .hasSize(1);
    assertThat(regionsWith(cables, it -> it.activation() == Activation.DISABLED))
        .containsExactly("syd");
    assertThat(regionsWith(cables, it -> !it.warm().isEmpty())).containsExactly("dfw", "iad");
  }

  @Test
  void aRegionThatServesAnotherServesItselfAndHasItsPaths() {
    for (String region : REGIONS) {
      cable(read(SHOWCASE, region))
          .servedBy()
          .ifPresent(
              by -> {
                ServiceSpec there = cable(read(SHOWCASE, by.region()));
                assertThat(there.servedBy()).isEmpty();
                assertThat(there.routes())
                    .extracting(ServiceSpec.Route::path)
                    .contains("/showcase/regions/" + region + "/cable");
              });
    }
    assertThat(cable(read(SHOWCASE, "ewr")).servedBy().orElseThrow().region()).isEqualTo("iad");
  }

  @Test
  void aRegionCannotBeServedByOneThatAnotherServes() {
    var reading = Reading.in(scratch);
    assertThat(
            reading.problems(Reading.cable("regions: {a: {servedBy: b}, b: {servedBy: a}, c: {}}")))
        .containsExactly(
            "cable.yaml:9: spec.regions.a.servedBy: leads to b, which another region serves",
            "cable.yaml:9: spec.regions.b.servedBy: leads to a, which another region serves");
    assertThat(reading.problems(Reading.cable("regions: {a: {servedBy: b}, b: {servedBy: c}}")))
        .hasSize(1);
    assertThat(reading.problems(Reading.cable("regions: {a: {servedBy: c}, b: {servedBy: c}}")))
        .isEmpty();
  }

  @Test
  void theEventsLayerChangesItsRegionOnly() throws IOException {
    var yaml = new YAMLMapper();
    Path layer = SHOWCASE.resolveSibling("showcase-events/london");
    JsonNode customization = yaml.readTree(Files.readString(layer.resolve("kustomization.yaml")));
    Path base = layer.resolve(customization.path("resources").path(0).asText()).normalize();
    assertThat(layer.startsWith(base)).as("kustomize refuses a base around its layer").isFalse();
    JsonNode resources =
        yaml.readTree(Files.readString(base.resolve("kustomization.yaml"))).path("resources");
    assertThat(resources.valueStream().map(JsonNode::asText))
        .allMatch(it -> Files.exists(base.resolve(it)));
    Path patch = layer.resolve(customization.path("patches").path(0).path("path").asText());
    JsonNode merged =
        Json.merge(
            yaml.readTree(Files.readString(base.resolve("cable.yaml"))),
            yaml.readTree(Files.readString(patch)));
    Path rendered = Files.createDirectory(scratch.resolve("rendered"));
    Files.writeString(rendered.resolve("cable.yaml"), new YamlWriter().text(merged));
    Files.copy(SHOWCASE.resolve("redis.yaml"), rendered.resolve("redis.yaml"));

    var result = ManifestDiff.between(List.of(SHOWCASE), List.of(rendered), Optional.empty());
    assertThat(result.problems()).isEmpty();
    assertThat(result.entries())
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.regions()).containsExactly("lhr");
              assertThat(it.effect()).isEqualTo(Effect.LIVE);
              assertThat(it.changes()).allMatch(change -> change.field().startsWith("warm[0]."));
            });
  }

  private static List<String> regionsWith(
      Map<String, ServiceSpec> cables, java.util.function.Predicate<ServiceSpec> what) {
    return REGIONS.stream().filter(it -> what.test(cables.get(it))).sorted().toList();
  }

  private static ServiceSpec cable(Manifests read) {
    return read.services().stream()
        .filter(it -> it.id().name().equals("cable"))
        .findFirst()
        .orElseThrow()
        .spec();
  }

  private static Manifests read(Path path, String region) {
    return new ManifestReader(ReaderContext.machine(Optional.of(region))).read(List.of(path));
  }
}
