package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.dormouse.api.schema.Formats;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.api.spec.ValidService;
import dev.dormouse.core.ServiceSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What {@code manifests/fly} promises of each topology. */
class FlyTopologiesTest {
  private static final List<String> TOPOLOGIES =
      List.of("behind-navigator", "beside-app", "sole-front");

  /** What a stop of Dormouse may take beyond the longest drain and grace period. */
  private static final Duration SLACK = Duration.ofSeconds(5);

  @ParameterizedTest
  @FieldSource("TOPOLOGIES")
  @Tag("P1")
  void onlyDocumentedKeysAreUsed(String topology) throws IOException {
    assertThat(unknown(toml(topology))).isEmpty();
  }

  @Test
  @Tag("P1")
  void anInventedKeyIsFound() throws IOException {
    var invented = "[[override.regions.iad]]\n[override.regions.iad.env]\nENABLE = \"true\"\n";
    assertThat(unknown(new TomlMapper().readTree(invented)))
        .containsExactly("override.regions.iad.env.ENABLE");
  }

  @ParameterizedTest
  @FieldSource("TOPOLOGIES")
  void aTermIsSentAndLeavesTheTimeForDrainAndGracePeriod(String topology) throws IOException {
    JsonNode toml = toml(topology);
    assertThat(toml.path("kill_signal").asText()).isEqualTo("SIGTERM");
    Duration timeout = Formats.duration(toml.path("kill_timeout").asText()).orElseThrow();
    assertThat(timeout).isLessThanOrEqualTo(Duration.ofMinutes(5));
    for (ServiceSpec spec : services(topology, Optional.empty())) {
      Duration stop = spec.shutdown().drain().plus(spec.shutdown().gracePeriod());
      assertThat(timeout).isGreaterThanOrEqualTo(stop.plus(SLACK));
    }
  }

  @ParameterizedTest
  @FieldSource("TOPOLOGIES")
  void swapAndSuspendExcludeEachOther(String topology) throws IOException {
    JsonNode toml = toml(topology);
    boolean suspends =
        toml.toString().contains("\"suspend\"") || navigator(topology).contains("action: suspend");
    assertThat(toml.has("swap_size_mb") && suspends).isFalse();
    if (services(topology, Optional.empty()).stream()
        .anyMatch(it -> it.sleep() == ServiceSpec.Sleep.FREEZE)) {
      assertThat(toml.has("swap_size_mb")).isTrue();
    }
  }

  /** Readiness is asked of loopback; {@code ::} alone does not listen there. */
  @ParameterizedTest
  @FieldSource("TOPOLOGIES")
  @Tag("P9")
  void whatIsToldWhereToListenListensOnLoopbackToo(String topology) {
    for (ServiceSpec spec : services(topology, Optional.empty())) {
      List<String> words = spec.program().command();
      int bind = words.indexOf("--bind");
      if (bind >= 0) {
        assertThat(
                words.subList(bind + 1, words.size()).stream().takeWhile(it -> !it.startsWith("-")))
            .contains("127.0.0.1");
      }
    }
  }

  @ParameterizedTest
  @FieldSource("TOPOLOGIES")
  @Tag("D20")
  void checksAskNothingThatWakes(String topology) throws IOException {
    List<String> routes =
        services(topology, Optional.empty()).stream()
            .flatMap(it -> it.routes().stream())
            .map(ServiceSpec.Route::path)
            .toList();
    JsonNode toml = chosen(topology);
    assertThat(toml.findValuesAsText("path"))
        .isNotEmpty()
        .allMatch(List.of("/up", "/livez", "/readyz", "/metrics")::contains)
        .doesNotContainAnyElementsOf(routes);
    for (JsonNode check : toml.path("checks")) {
      assertThat(check.path("port").asInt()).isEqualTo(adminPort(topology));
    }
    assertThat(toml.path("metrics").path("port").asInt()).isEqualTo(adminPort(topology));
  }

  @ParameterizedTest
  @FieldSource("TOPOLOGIES")
  void nobodyAsksTheAdminPortUnlessThatIsChosen(String topology) throws IOException {
    JsonNode toml = toml(topology);
    assertThat(toml.has("metrics")).isFalse();
    assertThat(toml.path("checks")).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("TOPOLOGIES")
  @Tag("D22")
  void connectionsThatAreHeldFit(String topology) throws IOException {
    JsonNode toml = toml(topology);
    JsonNode cable =
        toml.has("services") ? toml.path("services").path(0) : toml.path("http_service");
    JsonNode concurrency = cable.path("concurrency");
    assertThat(concurrency.path("type").asText()).isEqualTo("connections");
    assertThat(concurrency.path("soft_limit").asInt()).isGreaterThanOrEqualTo(256);
    assertThat(concurrency.path("hard_limit").asInt())
        .isGreaterThanOrEqualTo(concurrency.path("soft_limit").asInt());
    assertThat(toml.path("vm").path(0).path("memory").asText()).matches("[1-9][0-9]*(mb|gb)");
  }

  @ParameterizedTest
  @FieldSource("TOPOLOGIES")
  @Tag("P2")
  void nothingIsDecidedByEnvironmentVariables(String topology) throws IOException {
    assertThat(toml(topology).path("env").properties())
        .noneMatch(it -> it.getKey().startsWith("FLY_") || it.getKey().startsWith("DORMOUSE_"));
  }

  @Test
  void whatEndsByItselfHasNoWarmWindow() throws IOException {
    for (String topology : TOPOLOGIES) {
      if (commandLine(topology).contains("--exit-when-idle")) {
        assertThat(services(topology, Optional.of("iad"))).allMatch(it -> it.warm().isEmpty());
      }
    }
    assertThat(commandLine("sole-front")).contains("--exit-when-idle");
  }

  @ParameterizedTest
  @FieldSource("TOPOLOGIES")
  void theManifestsAreValidAndHaveOrigins(String topology) {
    Manifests read = read(topology, Optional.of("iad"));
    assertThat(read.problems()).isEmpty();
    assertThat(read.services()).allMatch(it -> it.warnings().isEmpty());
  }

  /** The paths that are not documented, each to its leaf. */
  private static List<String> unknown(JsonNode toml) throws IOException {
    List<Pattern> known = schema();
    Set<String> leaves = new TreeSet<>();
    collect("", toml, leaves);
    return leaves.stream()
        .filter(leaf -> known.stream().noneMatch(it -> it.matcher(leaf).matches()))
        .toList();
  }

  private static void collect(String path, JsonNode node, Set<String> leaves) {
    if (node.isObject()) {
      node.properties()
          .forEach(
              it ->
                  collect(
                      path.isEmpty() ? it.getKey() : path + "." + it.getKey(),
                      it.getValue(),
                      leaves));
    } else if (node.isArray() && node.path(0).isObject()) {
      node.forEach(it -> collect(path, it, leaves));
    } else {
      leaves.add(path);
    }
  }

  private static List<Pattern> schema() throws IOException {
    try (InputStream in = FlyTopologiesTest.class.getResourceAsStream("fly-toml.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(it -> !it.startsWith("#"))
          .flatMap(it -> Stream.of(it.strip().split("\\s+", -1)))
          .map(it -> Pattern.compile(Pattern.quote(it).replace("*", "\\E[^.]+\\Q")))
          .toList();
    }
  }

  private static JsonNode toml(String topology) throws IOException {
    return new TomlMapper().readTree(Files.readString(directory(topology).resolve("fly.toml")));
  }

  /** The same with what it leaves to be chosen: lines that begin with a # and no blank. */
  private static JsonNode chosen(String topology) throws IOException {
    String text = Files.readString(directory(topology).resolve("fly.toml"));
    return new TomlMapper().readTree(text.replaceAll("(?m)^#(?! )", ""));
  }

  private static Path directory(String topology) {
    return Path.of("manifests/fly", topology);
  }

  private static String navigator(String topology) throws IOException {
    Path file = directory(topology).resolve("navigator.yml");
    return Files.exists(file) ? Files.readString(file) : "";
  }

  /** Of {@code dormouse run} in that topology. */
  private static List<String> commandLine(String topology) throws IOException {
    var yaml = new YAMLMapper();
    List<String> words = new ArrayList<>();
    if (topology.equals("behind-navigator")) {
      JsonNode dormouse = yaml.readTree(navigator(topology)).path("managed_processes").path(0);
      dormouse.path("args").forEach(it -> words.add(it.asText()));
    } else {
      String docker = Files.readString(directory(topology).resolve("Dockerfile"));
      String cmd = docker.lines().filter(it -> it.startsWith("CMD ")).findFirst().orElseThrow();
      yaml.readTree(cmd.substring(4)).forEach(it -> words.add(it.asText()));
    }
    return words;
  }

  private static int adminPort(String topology) throws IOException {
    List<String> words = commandLine(topology);
    String admin = words.get(words.indexOf("--admin") + 1);
    assertThat(admin).as("Fly asks from outside of loopback").startsWith("[::]:");
    return Integer.parseInt(admin.substring(admin.lastIndexOf(':') + 1));
  }

  private static List<ServiceSpec> services(String topology, Optional<String> region) {
    return read(topology, region).services().stream().map(ValidService::spec).toList();
  }

  private static Manifests read(String topology, Optional<String> region) {
    Path file =
        directory(topology)
            .resolve(topology.equals("behind-navigator") ? "cable.yaml" : "services.yaml");
    return new ManifestReader(ReaderContext.machine(region)).read(List.of(file));
  }
}
