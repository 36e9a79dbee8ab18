package dev.dormouse.e2e;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What each way to install lets Dormouse do, and above all what it does not. */
class RightsIT {
  private static final String HOME = "dormouse-system";
  private static final String OPERATOR = "dormouse-operator";
  private static final String ACTIVATOR = "dormouse-activator";

  private static final Map<String, String> DECIDES =
      Map.ofEntries(
          Map.entry("/events", "create patch"),
          Map.entry("/pods", "get list watch"),
          Map.entry("/services", "create delete get list patch watch"),
          Map.entry("apps/deployments", "create delete get list patch watch"),
          Map.entry("apps/deployments/scale", "get update"),
          Map.entry("apps/statefulsets", "get list patch watch"),
          Map.entry("apps/statefulsets/scale", "get update"),
          Map.entry("discovery.k8s.io/endpointslices", "create delete get list patch watch"),
          Map.entry("discovery.k8s.io/endpointslices/restricted", "create"),
          Map.entry("dormouse.dev/ondemandservices", "get list patch watch"),
          Map.entry("dormouse.dev/ondemandservices/finalizers", "update"),
          Map.entry("dormouse.dev/ondemandservices/status", "get patch"));

  private static final Map<String, String> SERVES =
      Map.of(
          "dormouse.dev/ondemandservices", "get list watch",
          "dormouse.dev/ondemandservices/status", "patch");

  private static final String LEADS = "create get list patch update watch";
  private static final String LEASES = "coordination.k8s.io/leases";

  @TempDir Path scratch;

  @Test
  void inAllNamespacesItDoesThisAndNoMore() throws IOException {
    Rights rights = rights(ChartIT.Variant.ALL_NAMESPACES);
    Map<String, String> namespaces = Map.of("/namespaces", "get list watch");
    Map<String, String> all = and(and(DECIDES, namespaces), Map.of("/nodes", "get"));
    assertThat(flat(rights.of(OPERATOR)))
        .isEqualTo(Map.of(Rights.EVERYWHERE, all, HOME, Map.of(LEASES, LEADS)));
    assertThat(flat(rights.of(ACTIVATOR)))
        .isEqualTo(
            Map.of(
                Rights.EVERYWHERE,
                and(SERVES, namespaces),
                HOME,
                Map.of(LEASES, "create delete get update")));
  }

  @Test
  void inOneNamespaceItHasNoRightElsewhere() throws IOException {
    Rights rights = rights(ChartIT.Variant.ONE_NAMESPACE);
    Map<String, String> own = Map.of("/namespaces", "get");
    assertThat(flat(rights.of(OPERATOR)))
        .isEqualTo(Map.of(HOME, and(and(DECIDES, own), Map.of(LEASES, LEADS))));
    assertThat(flat(rights.of(ACTIVATOR)))
        .isEqualTo(Map.of(HOME, and(and(SERVES, own), Map.of(LEASES, "create delete get update"))));
  }

  /** From where it is itself it may only be told of activators, and who leads. */
  @Test
  void whereItLooksAfterAnotherNamespaceItReadsOnlyPodsAtHome() {
    var rights = new Rights(KubeTools.chart("--set=watchNamespace=shop"));
    assertThat(flat(rights.of(OPERATOR)))
        .isEqualTo(
            Map.of(
                "shop",
                and(DECIDES, Map.of("/namespaces", "get")),
                HOME,
                Map.of(LEASES, LEADS, "/pods", "get list watch")));
    assertThat(rights.of(ACTIVATOR)).containsOnlyKeys("shop", HOME);
    assertThat(rights.of(ACTIVATOR).get(HOME)).containsOnlyKeys(LEASES);
  }

  @ParameterizedTest
  @EnumSource(names = {"SCALE_TARGETS_ONLY", "LEAST"})
  void forScaleTargetsItMakesAndRemovesNoDeployment(ChartIT.Variant variant) throws IOException {
    List<JsonNode> manifests = variant.kustomize(scratch, "");
    var where = variant == ChartIT.Variant.LEAST ? HOME : Rights.EVERYWHERE;
    Map<String, Map<String, Set<String>>> all = new Rights(manifests).of(OPERATOR);
    assertThat(requireNonNull(all.get(where)).get("apps/deployments"))
        .containsExactlyInAnyOrder("get", "list", "watch", "patch");
    JsonNode policy =
        manifests.stream()
            .filter(it -> it.at("/metadata/name").asText().equals("dormouse-operator-targets"))
            .filter(it -> it.path("kind").asText().equals("ValidatingAdmissionPolicy"))
            .findFirst()
            .orElseThrow();
    assertThat(policy.at("/spec/validations/0/expression").asText())
        .as("or a patch could put any program into any Deployment")
        .isEqualTo("object.spec == oldObject.spec");
    assertThat(policy.at("/spec/matchConstraints/resourceRules/0/resources").toString())
        .isEqualTo("[\"deployments\",\"statefulsets\"]");
  }

  /** Whoever has one of these has far more than it says. */
  @ParameterizedTest
  @EnumSource
  void noVariantGivesWhatLeadsToMore(ChartIT.Variant variant) throws IOException {
    Rights rights = rights(variant);
    assertThat(rights.accounts()).containsExactlyInAnyOrder(OPERATOR, ACTIVATOR);
    for (String account : rights.accounts()) {
      Map<String, Set<String>> all = new TreeMap<>();
      rights.of(account).values().forEach(all::putAll);
      assertThat(all.keySet())
          .noneMatch(it -> it.contains("*"))
          .noneMatch(it -> it.matches("/(secrets|configmaps|serviceaccounts|nodes/proxy).*"))
          .noneMatch(it -> it.matches("/pods/.*"))
          .noneMatch(it -> it.startsWith("rbac.") || it.startsWith("admissionregistration."))
          .noneMatch(it -> it.startsWith("apiextensions.") || it.startsWith("certificates."));
      Set<String> verbs = new TreeSet<>();
      all.values().forEach(verbs::addAll);
      assertThat(verbs)
          .doesNotContain("*", "escalate", "bind", "impersonate", "deletecollection", "use");
      assertThat(all.get("/pods") == null ? Set.of() : all.get("/pods"))
          .doesNotContain("create", "patch", "update", "delete");
      assertThat(all.get("dormouse.dev/ondemandservices"))
          .as("what people declare and ask for is theirs")
          .doesNotContain("create", "update", "delete");
    }
  }

  private Rights rights(ChartIT.Variant variant) throws IOException {
    return new Rights(variant.kustomize(scratch, ""));
  }

  private static Map<String, String> and(Map<String, String> some, Map<String, String> more) {
    Map<String, String> all = new TreeMap<>(some);
    all.putAll(more);
    return all;
  }

  private static Map<String, Map<String, String>> flat(
      Map<String, Map<String, Set<String>>> rights) {
    Map<String, Map<String, String>> flat = new TreeMap<>();
    rights.forEach(
        (where, granted) ->
            granted.forEach(
                (what, verbs) ->
                    flat.computeIfAbsent(where, _ -> new TreeMap<>())
                        .put(what, String.join(" ", verbs))));
    return flat;
  }
}
