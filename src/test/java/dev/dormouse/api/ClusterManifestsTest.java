package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.dormouse.api.schema.Formats;
import dev.dormouse.api.schema.Schema;
import dev.dormouse.api.schema.Shape;
import dev.dormouse.api.schema.Source;
import dev.dormouse.api.schema.YamlTree;
import dev.dormouse.api.spec.EphemeralPorts;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.api.spec.ReaderContext.Platform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people apply: all of it can be read, and none of it grants more than is needed. */
final class ClusterManifestsTest {
  private static final Path ROOT = Path.of("manifests");
  private static final Path BASE = ROOT.resolve("base");
  private static final Path KUBERNETES = ROOT.resolve("examples").resolve("kubernetes");

  /** What kustomize is to know of names, and no resource. */
  private static final Path NAMES = BASE.resolve("names.yaml");

  private static final CrdCheck CRD = new CrdCheck();

  /** All but the chart's templates, which are not YAML yet. */
  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(it -> it.toString().matches(".*\\.ya?ml"))
          .filter(it -> !it.startsWith(ROOT.resolve("chart")))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyFileIsYaml(Path file) throws IOException {
    assertThat(documents(file)).isNotEmpty();
    for (Source document : YamlTree.read(file.toString(), Files.readString(file))) {
      assertThat(document.problems()).isEmpty();
      boolean local =
          file.startsWith(ROOT.resolve("examples")) || file.startsWith(ROOT.resolve("fly"));
      boolean applied = (!local && !file.equals(NAMES)) || file.startsWith(KUBERNETES);
      assertThat(document.root().has("kind") || !applied).isTrue();
    }
  }

  @Test
  void everyResourceOfAKustomizationIsThere() throws IOException {
    List<Path> all = files().stream().filter(it -> it.endsWith("kustomization.yaml")).toList();
    assertThat(all).hasSizeGreaterThanOrEqualTo(4);
    for (Path file : all) {
      for (JsonNode resource : documents(file).getFirst().path("resources")) {
        Path there = file.resolveSibling(resource.asText()).normalize();
        Path known = Files.isDirectory(there) ? there.resolve("kustomization.yaml") : there;
        assertThat(known).exists();
        assertThat(file.startsWith(there)).as("kustomize calls it a cycle: " + file).isFalse();
      }
    }
  }

  @Test
  void everyFileOfTheBaseIsListed() throws IOException {
    Set<String> listed = new TreeSet<>();
    documents(BASE.resolve("kustomization.yaml"))
        .getFirst()
        .path("resources")
        .forEach(it -> listed.add(it.asText()));
    Set<String> present = new TreeSet<>(Set.of("../../crds"));
    files().stream()
        .filter(it -> it.startsWith(BASE) && !it.equals(NAMES))
        .map(it -> it.getFileName().toString())
        .filter(it -> !it.equals("kustomization.yaml"))
        .forEach(present::add);
    assertThat(listed).isEqualTo(present);
  }

  @ParameterizedTest
  @ValueSource(strings = {"examples/kubernetes/cable.yaml", "quickstart/cable.yaml"})
  void theServicesOfTheKubernetesExamplesAreGoodInBothRuntimes(String file) {
    Path example = ROOT.resolve(file);
    for (Platform platform : Platform.values()) {
      ReaderContext context =
          new ReaderContext(
              Optional.of("iad"), platform, Map.of(), List.of(), EphemeralPorts.USUAL);
      Manifests read = new ManifestReader(context).read(List.of(example));
      assertThat(read.problems()).isEmpty();
      assertThat(read.services()).hasSize(1);
    }
    assertThat(CRD.refusals(documents(example).getFirst())).isEmpty();
  }

  @Test
  void whatTheRolesGrantIsThisAndNoMore() {
    assertThat(grants("rbac-operator.yaml"))
        .containsExactly(
            "Role coordination.k8s.io/leases: create get list patch update watch",
            "ClusterRole /events: create patch",
            "ClusterRole /namespaces: get list watch",
            "ClusterRole /nodes: get",
            "ClusterRole /pods: get list watch",
            "ClusterRole /services: create delete get list patch watch",
            "ClusterRole apps/deployments/scale: get update",
            "ClusterRole apps/deployments: create delete get list patch watch",
            "ClusterRole apps/statefulsets/scale: get update",
            "ClusterRole apps/statefulsets: get list patch watch",
            "ClusterRole discovery.k8s.io/endpointslices/restricted: create",
            "ClusterRole discovery.k8s.io/endpointslices: create delete get list patch watch",
            "ClusterRole dormouse.dev/ondemandservices/finalizers: update",
            "ClusterRole dormouse.dev/ondemandservices/status: get patch",
            "ClusterRole dormouse.dev/ondemandservices: get list patch watch");
    assertThat(grants("rbac-activator.yaml"))
        .containsExactly(
            "Role coordination.k8s.io/leases: create delete get update",
            "ClusterRole /namespaces: get list watch",
            "ClusterRole dormouse.dev/ondemandservices/status: patch",
            "ClusterRole dormouse.dev/ondemandservices: get list watch");
    assertThat(grants("rbac-people.yaml"))
        .as("what edit may do to pods already, and no status")
        .containsExactly(
            "ClusterRole dormouse.dev/ondemandservices: create delete deletecollection patch"
                + " update",
            "ClusterRole dormouse.dev/ondemandservices: get list watch");
  }

  @Test
  void whoReadsAlsoReadsServicesAndOnlyWhoEditsMakesThem() {
    for (JsonNode role : documents(BASE.resolve("rbac-people.yaml"))) {
      List<String> into = new ArrayList<>();
      role.at("/metadata/labels").fieldNames().forEachRemaining(into::add);
      boolean reads = texts(role.at("/rules/0/verbs")).contains("get");
      assertThat(into.contains("rbac.authorization.k8s.io/aggregate-to-view")).isEqualTo(reads);
      assertThat(into)
          .contains(
              "rbac.authorization.k8s.io/aggregate-to-edit",
              "rbac.authorization.k8s.io/aggregate-to-admin");
    }
  }

  /** By its whole name: an account of anybody else may be called as it likes. */
  @ParameterizedTest
  @CsvSource({
    "system:serviceaccount:dormouse-system:dormouse-activator, true",
    "system:serviceaccount:shop:dormouse-activator, false",
    "system:serviceaccount:dormouse-system:dormouse-activator2, false",
    "system:serviceaccount:dormouse-system:dormouse-operator, false",
    "system:serviceaccount:kube-system:namespace-controller, false",
    "dormouse-activator, false",
    "kubernetes-admin, false"
  })
  void thePoliciesHoldForActivators(String user, boolean held) {
    JsonNode request =
        JsonNodeFactory.instance
            .objectNode()
            .set("userInfo", JsonNodeFactory.instance.objectNode().put("username", user));
    List<String> conditions =
        policies().stream()
            .filter(it -> it.at("/metadata/name").asText().contains("activator"))
            .flatMap(it -> stream(it.at("/spec/matchConditions")))
            .map(it -> it.path("expression").asText())
            .toList();
    assertThat(conditions)
        .hasSize(2)
        .allSatisfy(it -> assertThat(new CelRules("request").holds(it, request)).isEqualTo(held));
  }

  /** For {@code *} the API server does not check the types of what the expressions say. */
  @Test
  void thePoliciesNameTheVersionsThatThereAre() {
    assertThat(policies())
        .hasSize(3)
        .allSatisfy(
            policy ->
                assertThat(texts(policy.at("/spec/matchConstraints/resourceRules/0/apiVersions")))
                    .isSubsetOf("v1", "v1alpha1"));
    assertThat(policies().toString())
        .as("Leases elsewhere, and those of all nodes, do not wait for us")
        .contains(
            "\"namespaceSelector\":{\"matchLabels\":"
                + "{\"kubernetes.io/metadata.name\":\"dormouse-system\"}}");
  }

  private static List<JsonNode> policies() {
    return documents(BASE.resolve("admission-policy.yaml")).stream()
        .filter(it -> it.path("kind").asText().equals("ValidatingAdmissionPolicy"))
        .toList();
  }

  private static List<String> grants(String file) {
    return documents(BASE.resolve(file)).stream()
        .filter(it -> it.has("rules"))
        .flatMap(role -> stream(role.path("rules")).flatMap(rule -> grants(role, rule)))
        .sorted((a, b) -> order(a).compareTo(order(b)))
        .toList();
  }

  private static String order(String grant) {
    return (grant.startsWith("Role ") ? "0" : "1") + grant;
  }

  private static Stream<String> grants(JsonNode role, JsonNode rule) {
    String verbs = String.join(" ", new TreeSet<>(texts(rule.path("verbs"))));
    String group = rule.path("apiGroups").path(0).asText();
    return texts(rule.path("resources")).stream()
        .map(it -> role.path("kind").asText() + " " + group + "/" + it + ": " + verbs);
  }

  @ParameterizedTest
  @ValueSource(strings = {"operator.yaml", "activator.yaml"})
  void podsAreRestrictedAndLeaveSlowly(String file) {
    JsonNode deployment = deployment(file);
    JsonNode pod = deployment.at("/spec/template/spec");
    assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
    assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
    JsonNode container = pod.at("/containers/0");
    assertThat(container.at("/securityContext").toString())
        .isEqualTo(
            "{\"allowPrivilegeEscalation\":false,\"readOnlyRootFilesystem\":true,"
                + "\"capabilities\":{\"drop\":[\"ALL\"]}}");
    assertThat(container.at("/livenessProbe/httpGet/path").asText()).isEqualTo("/livez");
    assertThat(container.at("/readinessProbe/httpGet/path").asText()).isEqualTo("/readyz");
    assertThat(container.at("/resources/limits/memory").asText()).isNotEmpty();
    assertThat(deployment.at("/spec/selector/matchLabels"))
        .isEqualTo(deployment.at("/spec/template/metadata/labels"));
  }

  /** With 1,000 services a node knows half a minute later that one is to go. */
  @Test
  void anActivatorServesOnUntilNobodyIsSentThereAndOutlivesTheLongestDrain() {
    JsonNode deployment = deployment("activator.yaml");
    String option = "--shutdown-delay=";
    Optional<Duration> delay =
        texts(deployment.at("/spec/template/spec/containers/0/args")).stream()
            .filter(it -> it.startsWith(option))
            .findFirst()
            .flatMap(it -> Formats.duration(it.substring(option.length())));
    assertThat(delay.orElseThrow()).isGreaterThanOrEqualTo(Duration.ofMinutes(1));
    Shape.Span drain = (Shape.Span) Schema.SPEC.at("shutdown").at("drain");
    long longest = Formats.duration(drain.max()).orElseThrow().toSeconds();
    assertThat(deployment.at("/spec/template/spec/terminationGracePeriodSeconds").asLong())
        .isGreaterThan(longest + delay.orElseThrow().toSeconds());
    assertThat(deployment.at("/spec/strategy/rollingUpdate/maxUnavailable").asInt(-1)).isZero();
  }

  /** Loopback alone would have every client of an ingress be one. */
  @Test
  void anActivatorIsToldWhichProxiesToBelieveAndSaysWhy() throws IOException {
    assertThat(texts(deployment("activator.yaml").at("/spec/template/spec/containers/0/args")))
        .filteredOn(it -> it.startsWith("--trusted-proxies="))
        .singleElement()
        .asString()
        .matches("--trusted-proxies=([0-9a-f.:]+/\\d+,)*[0-9a-f.:]+/\\d+")
        .doesNotContain("=0.0.0.0/0", ",0.0.0.0/0", "::/0");
    assertThat(Files.readString(BASE.resolve("activator.yaml")))
        .containsPattern(
            "# Whose X-Forwarded headers are believed.*\\n.*\\n *- --trusted-proxies=");
  }

  @Test
  void aRegionIsNamedInOnePlaceOfItsOverlay() {
    for (String region : List.of("iad", "lhr")) {
      JsonNode overlay =
          documents(ROOT.resolve("overlays").resolve(region).resolve("kustomization.yaml"))
              .getFirst();
      assertThat(overlay.at("/configMapGenerator/0/literals/0").asText())
          .isEqualTo("DORMOUSE_REGION=" + region);
      assertThat(overlay.at("/configMapGenerator/0/name").asText())
          .isEqualTo(
              deployment("activator.yaml")
                  .at("/spec/template/spec/containers/0/envFrom/0/configMapRef/name")
                  .asText());
    }
  }

  private static JsonNode deployment(String file) {
    return documents(BASE.resolve(file)).stream()
        .filter(it -> it.path("kind").asText().equals("Deployment"))
        .findFirst()
        .orElseThrow();
  }

  private static List<JsonNode> documents(Path file) {
    try {
      return YamlTree.read(file.toString(), Files.readString(file)).stream()
          .map(Source::root)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<JsonNode> stream(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false);
  }

  private static List<String> texts(JsonNode list) {
    return stream(list).map(JsonNode::asText).toList();
  }
}
