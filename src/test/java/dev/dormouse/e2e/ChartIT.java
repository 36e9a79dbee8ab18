package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The two ways to install, by the real {@code helm} and {@code kubectl}: the chart is what both
 * come from, and every variant is the same in both. With {@code -Dmanifests.write} the files that
 * kustomize takes are written anew.
 */
class ChartIT {
  private static final Path MANIFESTS =
      Path.of(System.getProperty("dormouse.basedir"), "manifests");
  private static final Pattern DOCUMENT =
      Pattern.compile(
          "(?ms)^---\n# Source: dormouse/templates/(\\S+)\n(.*?)(?=^---\n# Source:|\\z)");
  private static final Pattern REGION = Pattern.compile("dormouse-region-[a-z0-9]{10}");
  private static final String NAMESPACE = "--set=namespace.create=true";

  @TempDir Path scratch;

  /**
   * A file that kustomize takes: a template of the chart, with these values, and of it these kinds.
   */
  record Rendered(String file, String template, String kinds, List<String> values) {
    private static Rendered of(String file, String template, String... values) {
      return new Rendered(file, template, ".*", List.of(values));
    }

    private String text() {
      var text = new StringBuilder();
      String all = KubeTools.rendered(values.toArray(String[]::new));
      for (MatchResult document : DOCUMENT.matcher(all).results().toList()) {
        if (document.group(1).equals(template) && document.group(2).matches("(?s).*" + kinds)) {
          String clean = document.group(2).strip().replaceAll("(?m)^ *\n", "");
          text.append(text.isEmpty() ? "" : "---\n").append(clean).append('\n');
        }
      }
      return REGION.matcher(text).replaceAll("dormouse-region");
    }
  }

  private static final String WATCHED = "name: dormouse-\\w+-watched\n.*";
  private static final String ONE = "--set=watchNamespace=dormouse-system";

  @SuppressWarnings("UnusedVariable") // JUnit reads it
  private static final List<Rendered> FILES =
      List.of(
          Rendered.of("base/namespace.yaml", "namespace.yaml", NAMESPACE),
          Rendered.of("base/operator.yaml", "operator.yaml"),
          Rendered.of("base/activator.yaml", "activator.yaml"),
          Rendered.of("base/rbac-operator.yaml", "rbac-operator.yaml"),
          Rendered.of("base/rbac-activator.yaml", "rbac-activator.yaml"),
          Rendered.of("base/rbac-people.yaml", "rbac-people.yaml"),
          Rendered.of("base/network-policy.yaml", "network-policy.yaml"),
          Rendered.of("base/admission-policy.yaml", "admission-policy.yaml"),
          new Rendered(
              "components/one-namespace/operator.yaml",
              "rbac-operator.yaml",
              WATCHED,
              List.of(ONE)),
          new Rendered(
              "components/one-namespace/activator.yaml",
              "rbac-activator.yaml",
              WATCHED,
              List.of(ONE)),
          new Rendered(
              "components/scale-targets-only/policy.yaml",
              "admission-policy.yaml",
              "name: dormouse-operator-targets\n.*",
              List.of("--set=scaleTargetsOnly=true")),
          Rendered.of(
              "components/monitoring/monitoring.yaml",
              "monitoring.yaml",
              "--set=monitoring.podMonitor=true,monitoring.rules=true,monitoring.dashboard=true"),
          Rendered.of(
              "components/autoscaling/autoscaling.yaml",
              "autoscaling.yaml",
              "--set=autoscaling.enabled=true"),
          Rendered.of(
              "components/priority/priority.yaml",
              "priority.yaml",
              "--set=priorityClass.create=true,priorityClass.name=dormouse"));

  /** A way to install: an overlay, and the values that come to the same. */
  enum Variant {
    ALL_NAMESPACES("", ""),
    ANOTHER_REGION("", "region=iad"),
    ONE_NAMESPACE("one-namespace", "watchNamespace=dormouse-system"),
    SCALE_TARGETS_ONLY("scale-targets-only", "scaleTargetsOnly=true"),
    LEAST(
        "one-namespace, scale-targets-only",
        "watchNamespace=dormouse-system,scaleTargetsOnly=true"),
    MONITORED(
        "monitoring", "monitoring.podMonitor=true,monitoring.rules=true,monitoring.dashboard=true"),
    AUTOSCALED("autoscaling", "autoscaling.enabled=true"),
    FIRST_CLASS("priority", "priorityClass.create=true,priorityClass.name=dormouse");

    private final String components;
    private final String values;

    Variant(String components, String values) {
      this.components = components;
      this.values = values;
    }

    List<JsonNode> chart() {
      return chart("dormouse-system");
    }

    List<JsonNode> chart(String namespace) {
      boolean brings = !components.contains("one-namespace");
      return KubeTools.chart(
          "--namespace=" + namespace,
          "--set=namespace.create=" + brings,
          "--set=" + values.replace("dormouse-system", namespace));
    }

    /** An overlay as people write it; {@code more} are further lines. */
    List<JsonNode> kustomize(Path scratch, String more) throws IOException {
      String base = this == ANOTHER_REGION ? "overlays/iad" : "base";
      var overlay = new StringBuilder("kind: Kustomization\nresources: [" + at(scratch, base));
      overlay.append("]\n").append(more);
      if (!components.isEmpty()) {
        overlay.append("components:\n");
        Stream.of(components.split(", "))
            .forEach(it -> overlay.append("- " + at(scratch, "components/" + it) + "\n"));
      }
      Files.writeString(scratch.resolve("kustomization.yaml"), overlay);
      return KubeTools.kustomize(scratch);
    }
  }

  private static String at(Path from, String path) {
    return from.relativize(MANIFESTS.resolve(path)).toString();
  }

  @BeforeAll
  static void writeThemIfAsked() throws IOException {
    if (System.getProperty("manifests.write") != null) {
      for (Rendered rendered : FILES) {
        Files.writeString(MANIFESTS.resolve(rendered.file()), rendered.text());
      }
    }
  }

  @ParameterizedTest
  @FieldSource("FILES")
  void whatKustomizeTakesIsWhatTheChartRenders(Rendered rendered) throws IOException {
    Path file = MANIFESTS.resolve(rendered.file());
    String text = rendered.text();
    assertThat(text).isNotEmpty();
    assertThat(file).as("stale: run this with -Dmanifests.write").hasContent(text);
  }

  @ParameterizedTest
  @EnumSource
  void everyVariantIsTheSameInBoth(Variant variant) throws IOException {
    assertThat(byName(variant.kustomize(scratch, "")))
        .containsExactlyInAnyOrderEntriesOf(byName(variant.chart()))
        .hasSizeGreaterThan(20);
  }

  /** What a text says of the namespace, and what kustomize does not know to be one, follows. */
  @ParameterizedTest
  @EnumSource(names = {"ALL_NAMESPACES", "ONE_NAMESPACE", "LEAST"})
  void anotherNamespaceIsAnotherEverywhere(Variant variant) throws IOException {
    List<JsonNode> overlaid = variant.kustomize(scratch, "namespace: realtime\n" + accounts());
    assertThat(overlaid.toString())
        .doesNotContain("dormouse-system")
        .contains("system:serviceaccount:realtime:dormouse-activator:");
    assertThat(byName(overlaid))
        .containsExactlyInAnyOrderEntriesOf(byName(variant.chart("realtime")));
  }

  @Test
  void anotherNameIsAnotherInThePolicies() throws IOException {
    String prefix = "namePrefix: lhr-\n" + accounts();
    List<JsonNode> all = Variant.SCALE_TARGETS_ONLY.kustomize(scratch, prefix);
    List<String> accounts =
        of(all, "ValidatingAdmissionPolicy").stream()
            .map(it -> it.at("/spec/matchConditions/0/expression").asText())
            .toList();
    assertThat(accounts)
        .hasSize(4)
        .allMatch(it -> it.contains("'system:serviceaccount:dormouse-system:lhr-dormouse-"));
    List<String> policies =
        of(all, "ValidatingAdmissionPolicy").stream()
            .map(it -> it.at("/metadata/name").asText())
            .toList();
    assertThat(of(all, "ValidatingAdmissionPolicyBinding"))
        .hasSize(4)
        .allMatch(it -> policies.contains(it.at("/spec/policyName").asText()));
  }

  @Test
  void twoReleasesOfOneClusterShareNoObject() {
    List<String> first = names(KubeTools.chart("--set=crds.install=false"));
    List<String> second =
        names(
            KubeTools.chart(
                "--namespace=shop",
                "--set=crds.install=false,fullnameOverride=dormouse-shop,watchNamespace=shop"));
    assertThat(first).doesNotContainAnyElementsOf(second);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "oprator.replicas=3",
        "image.tags=x",
        "image.pullPolicy=Sometimes",
        "image.digest=sha256:abc",
        "operator.memory=512",
        "operator.memory=512M",
        "activator.memory=0Mi",
        "activator.trustedProxies={10.0.0.1}",
        "region=",
        "watchNamespace=Not_A_Name",
        "scaleTargetsOnly=yes",
        "scaleTargetsOnly=true,admissionPolicies=false",
        "priorityClass.create=true",
        "service.type=ExternalName",
        "autoscaling.maxReplicas=0",
        "networkPolicy.apiServer.ports={70000}",
        "monitoring.enabled=true"
      })
  void aValueThatMakesNoSenseIsRefused(String value) {
    KubeTools.End end = KubeTools.helm("--set=" + value);
    assertThat(end.code()).as(value).isNotZero();
    assertThat(end.errors()).contains("values don't meet the specifications of the schema");
  }

  @Test
  void whatIsSaidOfPodsHoldsForBoth() {
    List<JsonNode> all =
        KubeTools.chart(
            "--set=imagePullSecrets[0].name=registry,nodeSelector.pool=edge,podLabels.team=a",
            "--set=tolerations[0].key=spot,tolerations[0].operator=Exists,podAnnotations.note=b",
            "--set=priorityClass.name=high,image.digest=sha256:" + "a".repeat(64));
    List<JsonNode> deployments = of(all, "Deployment");
    assertThat(deployments).hasSize(2);
    for (JsonNode deployment : deployments) {
      JsonNode pod = deployment.at("/spec/template/spec");
      assertThat(pod.at("/imagePullSecrets/0/name").asText()).isEqualTo("registry");
      assertThat(pod.at("/nodeSelector/pool").asText()).isEqualTo("edge");
      assertThat(pod.at("/tolerations/0/key").asText()).isEqualTo("spot");
      assertThat(pod.at("/priorityClassName").asText()).isEqualTo("high");
      assertThat(pod.at("/containers/0/image").asText())
          .isEqualTo("registry.example.com/dormouse@sha256:" + "a".repeat(64));
      JsonNode metadata = deployment.at("/spec/template/metadata");
      assertThat(metadata.at("/labels/team").asText()).isEqualTo("a");
      assertThat(metadata.at("/annotations/note").asText()).isEqualTo("b");
    }
  }

  /** A moving tag would be pulled although the node has the image. */
  @Test
  void theImageHasTheVersionAndIsPulledOnlyIfItIsMissing() throws IOException {
    String pom = Files.readString(MANIFESTS.resolveSibling("pom.xml"));
    var version = Pattern.compile("<version>([0-9.]+)(-SNAPSHOT)?</version>").matcher(pom);
    assertThat(version.find()).isTrue();
    for (JsonNode deployment : of(KubeTools.chart(), "Deployment")) {
      JsonNode container = deployment.at("/spec/template/spec/containers/0");
      assertThat(container.path("image").asText())
          .isEqualTo("registry.example.com/dormouse:" + version.group(1));
      assertThat(container.path("imagePullPolicy").asText()).isEqualTo("IfNotPresent");
    }
  }

  /** Which loads that image, and no other. */
  @Test
  void theQuickstartIsOneOfEachOfItsOwnImage() {
    List<JsonNode> all = KubeTools.kustomize(MANIFESTS.resolve("quickstart"));
    assertThat(of(all, "Deployment"))
        .hasSize(2)
        .allMatch(it -> it.at("/spec/replicas").asInt() == 1)
        .allMatch(
            it ->
                it.at("/spec/template/spec/containers/0/image")
                    .asText()
                    .equals("dormouse:quickstart"));
  }

  @Test
  void memoryIsOneFigure() {
    String values = "--set=operator.memory=1Gi,activator.memory=384Mi";
    Map<String, String> limits = new TreeMap<>();
    for (JsonNode deployment : of(KubeTools.chart(values), "Deployment")) {
      JsonNode container = deployment.at("/spec/template/spec/containers/0");
      limits.put(container.path("name").asText(), container.at("/resources/limits").toString());
      assertThat(container.at("/resources/requests").has("memory"))
          .as("what is not requested is requested as the limit says")
          .isFalse();
      assertThat(container.path("env").toString())
          .contains("\"name\":\"DORMOUSE_MEMORY_MB\"", "\"resource\":\"limits.memory\"")
          .doesNotContain("JAVA_OPTS");
    }
    assertThat(limits)
        .containsExactly(
            Map.entry("activator", "{\"memory\":\"384Mi\"}"),
            Map.entry("operator", "{\"memory\":\"1Gi\"}"));
  }

  @Test
  void theOperatorReachesTheApiServerOnAnyPortUnlessToldWhere() {
    assertThat(egress(KubeTools.chart()))
        .isEqualTo(
            "[{\"ports\":[{\"protocol\":\"TCP\"}]},{\"ports\":["
                + "{\"protocol\":\"UDP\",\"port\":53},{\"protocol\":\"TCP\",\"port\":53},"
                + "{\"protocol\":\"UDP\",\"port\":5353},{\"protocol\":\"TCP\",\"port\":5353}]}]");
    String values =
        "--set=networkPolicy.apiServer.ports={16443},networkPolicy.apiServer.cidrs={10.1.0.0/24}";
    assertThat(egress(KubeTools.chart(values)))
        .startsWith(
            "[{\"ports\":[{\"protocol\":\"TCP\",\"port\":16443}],"
                + "\"to\":[{\"ipBlock\":{\"cidr\":\"10.1.0.0/24\"}}]},");
  }

  private static String egress(List<JsonNode> all) {
    return of(all, "NetworkPolicy").stream()
        .map(it -> it.at("/spec/egress"))
        .filter(it -> !it.isMissingNode())
        .findFirst()
        .orElseThrow()
        .toString();
  }

  private String accounts() {
    return "transformers: [" + at(scratch, "transformers/accounts-in-policies") + "]\n";
  }

  private static List<JsonNode> of(List<JsonNode> all, String kind) {
    return all.stream().filter(it -> it.path("kind").asText().equals(kind)).toList();
  }

  private static List<String> names(List<JsonNode> all) {
    return all.stream().map(ChartIT::name).toList();
  }

  private static String name(JsonNode object) {
    JsonNode metadata = object.path("metadata");
    return REGION
        .matcher(
            object.path("kind").asText()
                + " "
                + metadata.path("namespace").asText()
                + "/"
                + metadata.path("name").asText())
        .replaceAll("dormouse-region");
  }

  /** In any order, with the generated names as one, and without Helm's own annotation. */
  private static Map<String, String> byName(List<JsonNode> all) {
    Map<String, String> objects = new TreeMap<>();
    for (JsonNode object : all) {
      if (object.at("/metadata/annotations") instanceof ObjectNode annotations
          && annotations.remove("helm.sh/resource-policy") != null
          && annotations.isEmpty()) {
        ((ObjectNode) object.at("/metadata")).remove("annotations");
      }
      String text = REGION.matcher(sorted(object).toString()).replaceAll("dormouse-region");
      assertThat(objects.put(name(object), text)).as(name(object)).isNull();
    }
    return objects;
  }

  private static Object sorted(JsonNode node) {
    if (node.isObject()) {
      Map<String, Object> fields = new TreeMap<>();
      node.properties().forEach(it -> fields.put(it.getKey(), sorted(it.getValue())));
      return fields;
    }
    if (node.isArray()) {
      List<Object> items = new ArrayList<>();
      node.forEach(it -> items.add(sorted(it)));
      return items;
    }
    return node.isNumber() ? node.decimalValue().stripTrailingZeros() : node.toString();
  }
}
