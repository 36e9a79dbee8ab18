package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.client.Cluster;
import dev.dormouse.kubernetes.client.Reply;
import dev.dormouse.kubernetes.resource.OnDemandService;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the operator of each variant of the chart, and people with the roles that it extends, may do
 * by a real API server's word, and what they may not. Accounts and roles have names of their own.
 */
@Tag("cluster")
class OperatorRightsIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final int DONE = 200;
  private static final int MADE = 201;
  private static final int FORBIDDEN = 403;
  private static final int CONFLICT = 409;

  /** An admission policy's no. */
  private static final int REFUSED = 422;

  private final KubernetesClient admin = Cluster.connect(Clusters.config());
  private final Api everything = Cluster.api(admin);
  private final String namespace = Clusters.namespace(admin);
  private final String elsewhere = Clusters.namespace(admin);
  private final String suffix = namespace.substring("dormouse-e2e".length());
  private final List<GenericKubernetesResource> installed = new ArrayList<>();
  private final List<KubernetesClient> clients = new ArrayList<>();

  /** The variants that differ in rights. */
  enum Variant {
    ALL_NAMESPACES(true, true, ""),
    ONE_NAMESPACE(false, true, "watchNamespace=HERE"),
    SCALE_TARGETS_ONLY(true, false, "scaleTargetsOnly=true"),
    LEAST(false, false, "watchNamespace=HERE,scaleTargetsOnly=true");

    private final boolean everywhere;
    private final boolean makes;
    private final String values;

    Variant(boolean everywhere, boolean makes, String values) {
      this.everywhere = everywhere;
      this.makes = makes;
      this.values = values;
    }
  }

  @AfterEach
  void leaveNothing() {
    clients.forEach(KubernetesClient::close);
    installed.forEach(it -> admin.resource(it).delete());
    Stream.of(namespace, elsewhere).forEach(it -> admin.namespaces().withName(it).delete());
    admin.close();
  }

  @ParameterizedTest
  @EnumSource
  void theOperatorMayDoItsWorkWhereItWorks(Variant variant) {
    Api operator = operator(variant);
    make(everything, namespace, "apps/v1", "deployments", deployment("theirs"));
    make(everything, namespace, "dormouse.dev/v1alpha1", "ondemandservices", service());
    String deployments = group("apps/v1", namespace) + "deployments";
    assertThat(code(operator.get(deployments))).isEqualTo(DONE);
    assertThat(code(operator.get("api/v1/namespaces/" + namespace))).isEqualTo(DONE);
    assertThat(patch(operator, deployments + "/theirs", "{metadata: {labels: {a: b}}}"))
        .isEqualTo(DONE);
    assertThat(writeBack(operator, deployments + "/theirs/scale")).isEqualTo(DONE);
    assertThat(patch(operator, path() + "/status", "{status: {phase: Dormant}}")).isEqualTo(DONE);
    assertThat(patch(operator, path(), "{metadata: {finalizers: [dormouse.dev/replicas]}}"))
        .isEqualTo(DONE);
    assertThat(patch(operator, path(), "{metadata: {finalizers: []}}")).isEqualTo(DONE);
    String core = group("v1", namespace);
    assertThat(
            code(
                operator.post(
                    core + "services",
                    yaml("{metadata: {name: cable}, spec: {ports: [{port: 80}]}}"))))
        .isEqualTo(MADE);
    assertThat(code(operator.get(group("v1", elsewhere) + "pods")))
        .isEqualTo(variant.everywhere ? DONE : FORBIDDEN);
    assertThat(code(operator.post(deployments, deployment("ours"))))
        .isEqualTo(variant.makes ? MADE : FORBIDDEN);
    assertThat(code(operator.delete(deployments + "/theirs", yaml("{}"))))
        .isEqualTo(variant.makes ? DONE : FORBIDDEN);
  }

  @ParameterizedTest
  @EnumSource
  void theOperatorMayNotDoWhatIsNotItsWork(Variant variant) {
    Api operator = operator(variant);
    make(everything, namespace, "dormouse.dev/v1alpha1", "ondemandservices", service());
    for (String where : List.of(namespace, elsewhere)) {
      String core = group("v1", where);
      String rights = group("rbac.authorization.k8s.io/v1", where);
      assertThat(List.of("secrets", "configmaps", "serviceaccounts", "persistentvolumeclaims"))
          .allSatisfy(it -> assertThat(code(operator.get(core + it))).isEqualTo(FORBIDDEN));
      assertThat(code(operator.post(core + "pods", pod()))).isEqualTo(FORBIDDEN);
      assertThat(code(operator.delete(core + "pods/any", yaml("{}")))).isEqualTo(FORBIDDEN);
      assertThat(code(operator.get(core + "pods/any/log"))).isEqualTo(FORBIDDEN);
      assertThat(code(operator.post(core + "pods/any/exec?command=sh", yaml("{}"))))
          .isEqualTo(FORBIDDEN);
      assertThat(code(operator.post(core + "serviceaccounts/default/token", yaml("{}"))))
          .isEqualTo(FORBIDDEN);
      assertThat(code(operator.get(rights + "roles"))).isEqualTo(FORBIDDEN);
      assertThat(code(operator.post(rights + "roles", yaml("{metadata: {name: more}, rules: []}"))))
          .isEqualTo(FORBIDDEN);
      assertThat(
              code(
                  operator.post(
                      group("dormouse.dev/v1alpha1", where) + "ondemandservices", service())))
          .isEqualTo(FORBIDDEN);
    }
    assertThat(code(operator.delete(path(), yaml("{}")))).isEqualTo(FORBIDDEN);
    assertThat(patch(operator, "api/v1/namespaces/" + namespace, "{metadata: {labels: {a: b}}}"))
        .isEqualTo(FORBIDDEN);
    List<String> ofTheCluster =
        List.of(
            "api/v1/secrets",
            "api/v1/persistentvolumes",
            "apis/rbac.authorization.k8s.io/v1/clusterroles",
            "apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            "apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
            "apis/coordination.k8s.io/v1/leases");
    assertThat(ofTheCluster)
        .allSatisfy(it -> assertThat(code(operator.get(it))).isEqualTo(FORBIDDEN));
    if (!variant.everywhere) {
      List<String> ofOthers =
          List.of(
              "api/v1/pods",
              "api/v1/namespaces",
              "api/v1/namespaces/" + elsewhere,
              "api/v1/nodes/any",
              "apis/apps/v1/deployments",
              "apis/dormouse.dev/v1alpha1/ondemandservices",
              group("dormouse.dev/v1alpha1", elsewhere) + "ondemandservices",
              group("apps/v1", elsewhere) + "deployments/any/scale");
      assertThat(ofOthers)
          .allSatisfy(it -> assertThat(code(operator.get(it))).isEqualTo(FORBIDDEN));
    }
  }

  @ParameterizedTest
  @EnumSource
  void policiesRefuseWhatRightsCannotSay(Variant variant) {
    Api operator = operator(variant);
    make(everything, namespace, "apps/v1", "deployments", deployment("theirs"));
    make(everything, namespace, "dormouse.dev/v1alpha1", "ondemandservices", service());
    awaitRefusal(operator, path(), "{spec: {idleTimeout: %ss}}");
    assertThat(patch(operator, path(), "{metadata: {annotations: {a: b}}}")).isEqualTo(REFUSED);
    assertThat(patch(operator, path(), "{metadata: {labels: {a: b}}}")).isEqualTo(DONE);
    String theirs = group("apps/v1", namespace) + "deployments/theirs";
    String template = "{spec: {template: {metadata: {annotations: {a: 'v%s'}}}}}";
    if (variant.makes) {
      assertThat(patch(operator, theirs, template)).isEqualTo(DONE);
    } else {
      awaitRefusal(operator, theirs, template);
      assertThat(patch(operator, theirs, "{spec: {replicas: 3}}")).isEqualTo(REFUSED);
      assertThat(patch(operator, theirs, "{metadata: {annotations: {a: b}}}")).isEqualTo(DONE);
    }
  }

  @Test
  void peopleDeclareServicesByTheirRolesAndNobodyWritesAStatus() {
    install("");
    Api viewer = person("view");
    Api editor = person("edit");
    String services = group("dormouse.dev/v1alpha1", namespace) + "ondemandservices";
    await("the roles are aggregated")
        .atMost(LIMIT)
        .until(() -> code(viewer.get(services)) == DONE && code(editor.get(services)) == DONE);
    assertThat(code(viewer.post(services, service()))).isEqualTo(FORBIDDEN);
    await("so are those to write")
        .atMost(LIMIT)
        .until(() -> code(editor.post(services, service())) == MADE);
    assertThat(patch(viewer, path(), "{metadata: {annotations: {a: b}}}")).isEqualTo(FORBIDDEN);
    assertThat(patch(editor, path(), "{metadata: {annotations: {a: b}}}")).isEqualTo(DONE);
    for (Api each : List.of(viewer, editor)) {
      assertThat(patch(each, path() + "/status", "{status: {phase: Active}}")).isEqualTo(FORBIDDEN);
    }
    assertThat(code(editor.delete(path(), yaml("{}")))).isEqualTo(DONE);
  }

  /** Reads an object and writes it as it is, again if its controller wrote in between. */
  private static int writeBack(Api by, String path) {
    return await(path)
        .atMost(LIMIT)
        .until(
            () -> code(by.put(path, Api.await(by.get(path)).body())), answer -> answer != CONFLICT);
  }

  /** What changes nothing is not refused, and a policy holds a moment after it is there. */
  private void awaitRefusal(Api by, String path, String change) {
    var tries = new AtomicInteger(1);
    await(path)
        .atMost(LIMIT)
        .until(
            () -> patch(by, path, change.replace("%s", "" + tries.incrementAndGet())) == REFUSED);
  }

  private Api operator(Variant variant) {
    install(variant.values.replace("HERE", namespace));
    String account = "dormouse-operator" + suffix;
    Api operator =
        as(
            "system:serviceaccount:" + namespace + ":" + account,
            "system:serviceaccounts",
            "system:serviceaccounts:" + namespace);
    await("the roles are known")
        .atMost(LIMIT)
        .until(() -> code(operator.get(group("v1", namespace) + "pods")) == DONE);
    return operator;
  }

  private Api person(String role) {
    make(
        everything,
        namespace,
        "rbac.authorization.k8s.io/v1",
        "rolebindings",
        yaml(
            "{metadata: {name: ROLE}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind:"
                    .replace("ROLE", role)
                + " ClusterRole, name: ROLE}, subjects: [{kind: User, name: ROLE-er}]}"
                    .replace("ROLE", role)));
    return as(role + "-er");
  }

  private Api as(String user, String... groups) {
    Config config = Clusters.config();
    config.setImpersonateUsername(user);
    config.setImpersonateGroups(groups);
    KubernetesClient client = Cluster.connect(config);
    clients.add(client);
    return Cluster.api(client);
  }

  /** Accounts, rights and policies of the chart. */
  private void install(String values) {
    KubeTools.chart("--namespace=" + namespace, "--set=" + values).stream()
        .filter(
            it ->
                it.path("apiVersion").asText().matches("(rbac|admission).*")
                    || it.path("kind").asText().equals("ServiceAccount"))
        .map(
            it ->
                it.toString().replaceAll("dormouse-(operator|activator|view|edit)", "$0" + suffix))
        .map(
            it -> admin.getKubernetesSerialization().unmarshal(it, GenericKubernetesResource.class))
        .forEach(
            it -> {
              installed.add(it);
              admin.resource(it).forceConflicts().serverSideApply();
            });
  }

  private String path() {
    return OnDemandService.path(new ServiceId(namespace, "cable"));
  }

  private static String group(String version, String namespace) {
    String root = version.equals("v1") ? "api/" : "apis/";
    return root + version + "/namespaces/" + namespace + "/";
  }

  private static JsonNode service() {
    return Manifest.greeting("cable", "hello").resource();
  }

  private static JsonNode deployment(String name) {
    return yaml(
        "{metadata: {name: NAME}, spec: {replicas: 0, selector: {matchLabels: {a: NAME}}, template:"
                .replace("NAME", name)
            + " {metadata: {labels: {a: NAME}}, spec: {containers: [{name: main, image: none}]}}}}"
                .replace("NAME", name));
  }

  private static JsonNode pod() {
    return yaml("{metadata: {name: any}, spec: {containers: [{name: main, image: none}]}}");
  }

  private static void make(
      Api by, String namespace, String version, String resource, JsonNode object) {
    Reply made = Api.await(by.post(group(version, namespace) + resource, object));
    assertThat(made.ok()).as(made.why()).isTrue();
  }

  private static int patch(Api by, String path, String change) {
    return code(by.patch(path, Api.Patch.MERGE, yaml(change)));
  }

  private static int code(CompletableFuture<Reply> reply) {
    return Api.await(reply).code();
  }

  private static JsonNode yaml(String text) {
    try {
      return YAML.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }
}
