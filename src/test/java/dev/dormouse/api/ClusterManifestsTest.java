package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.api.ReaderContext.Platform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
  private static final CrdCheck CRD = new CrdCheck();

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files.filter(it -> it.toString().matches(".*\\.ya?ml")).sorted().toList();
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
      boolean applied = !local || file.startsWith(KUBERNETES);
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
        .filter(it -> it.startsWith(BASE))
        .map(it -> it.getFileName().toString())
        .filter(it -> !it.equals("kustomization.yaml"))
        .forEach(present::add);
    assertThat(listed).isEqualTo(present);
  }

  @Test
  void theServicesOfTheKubernetesExamplesAreGoodInBothRuntimes() {
    Path example = KUBERNETES.resolve("cable.yaml");
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
            "ClusterRole /pods: get list watch",
            "ClusterRole /services: create delete get list patch watch",
            "ClusterRole apps/deployments/scale: get update",
            "ClusterRole apps/deployments: create delete get list patch watch",
            "ClusterRole apps/statefulsets/scale: get update",
            "ClusterRole apps/statefulsets: get list patch watch",
            "ClusterRole discovery.k8s.io/endpointslices: create delete get list patch watch",
            "ClusterRole dormouse.dev/ondemandservices/finalizers: update",
            "ClusterRole dormouse.dev/ondemandservices/status: get patch",
            "ClusterRole dormouse.dev/ondemandservices: get list watch");
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

  /** Overlays put it all into another namespace, or give names a prefix: nothing may miss that. */
  @ParameterizedTest
  @CsvSource({
    "system:serviceaccount:dormouse-system:dormouse-activator, true",
    "system:serviceaccount:realtime:dormouse-activator, true",
    "system:serviceaccount:realtime:lhr-dormouse-activator, true",
    "system:serviceaccount:dormouse-system:dormouse-operator, false",
    "system:serviceaccount:kube-system:namespace-controller, false",
    "dormouse-activator, false",
    "kubernetes-admin, false"
  })
  void thePoliciesHoldForActivatorsOfAnyNamespace(String user, boolean held) {
    JsonNode request =
        JsonNodeFactory.instance
            .objectNode()
            .set("userInfo", JsonNodeFactory.instance.objectNode().put("username", user));
    List<String> conditions =
        documents(BASE.resolve("admission-policy.yaml")).stream()
            .flatMap(it -> stream(it.at("/spec/matchConditions")))
            .map(it -> it.path("expression").asText())
            .toList();
    assertThat(conditions)
        .hasSize(2)
        .allSatisfy(it -> assertThat(new CelRules("request").holds(it, request)).isEqualTo(held));
  }

  /** What kustomize puts into another namespace are these fields, and no text. */
  @Test
  void theNamespaceIsNamedOnlyWhereAnOverlayReplacesIt() throws IOException {
    for (Path file : files().stream().filter(it -> it.startsWith(BASE)).toList()) {
      for (JsonNode document : documents(file)) {
        JsonNode rest = document.deepCopy();
        for (String parent : List.of("/metadata", "/subjects/0", "")) {
          if (rest.at(parent) instanceof ObjectNode fields) {
            fields.remove("namespace");
          }
        }
        if (rest.path("kind").asText().equals("Namespace")) {
          ((ObjectNode) rest.path("metadata")).remove("name");
        }
        assertThat(rest.toString()).as(file.toString()).doesNotContain("dormouse-system");
      }
    }
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
    JsonNode deployment = documents(BASE.resolve(file)).getFirst();
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

  @Test
  void anActivatorOutlivesTheLongestDrain() {
    JsonNode deployment = documents(BASE.resolve("activator.yaml")).getFirst();
    Shape.Span drain = (Shape.Span) Schema.SPEC.at("shutdown").at("drain");
    long longest = Formats.duration(drain.max()).orElseThrow().toSeconds();
    assertThat(deployment.at("/spec/template/spec/terminationGracePeriodSeconds").asLong())
        .isGreaterThan(longest + 10);
    assertThat(deployment.at("/spec/strategy/rollingUpdate/maxUnavailable").asInt(-1)).isZero();
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
              documents(BASE.resolve("activator.yaml"))
                  .getFirst()
                  .at("/spec/template/spec/containers/0/envFrom/0/configMapRef/name")
                  .asText());
    }
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
