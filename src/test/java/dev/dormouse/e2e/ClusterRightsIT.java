package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.client.Api;
import dev.dormouse.kubernetes.client.Cluster;
import dev.dormouse.kubernetes.client.Reply;
import dev.dormouse.kubernetes.resource.OnDemandService;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What an activator may do, by a token of its own ServiceAccount that is bound to its pod: the
 * rights of {@code manifests/base}, under names of their own.
 */
@Tag("cluster")
class ClusterRightsIT {
  private static final Path BASE =
      Path.of(System.getProperty("dormouse.basedir"), "manifests/base");
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String POD = "activator-0";
  private static final String ADMISSION = "apis/admissionregistration.k8s.io/";

  /** Since when every API server has admission policies. */
  private static final int POLICIES_SINCE_MINOR = 30;

  private final KubernetesClient admin = Cluster.connect(Clusters.config());
  private final Api everything = Cluster.api(admin);
  private final String namespace = Clusters.namespace(admin);
  private final String account =
      "dormouse-activator" + namespace.substring("dormouse-e2e".length());
  private final String service = OnDemandService.path(new ServiceId(namespace, "cable"));
  private final List<String> applied = new ArrayList<>();
  private KubernetesClient client;
  private Api activator;

  @BeforeEach
  void becomeAnActivator() {
    apply(manifest("rbac-activator.yaml"));
    Config bound = Clusters.config();
    bound.setClientCertData(null);
    bound.setClientCertFile(null);
    bound.setClientKeyData(null);
    bound.setClientKeyFile(null);
    bound.setOauthToken(token());
    client = Cluster.connect(bound);
    activator = Cluster.api(client);
    make("apis/dormouse.dev/v1alpha1", "ondemandservices", cable());
    String status = "{phase: Dormant, epoch: 1, stakes: {other.1: {session: s, seq: 1}}}";
    assertThat(patched(everything, "[{op: add, path: /status, value: " + status + "}]")).isTrue();
  }

  @AfterEach
  void leaveNothing() {
    applied.forEach(it -> admin.load(stream(it)).delete());
    admin.namespaces().withName(namespace).delete();
    client.close();
    admin.close();
  }

  @Test
  void anActivatorReadsServicesStakesAndKeepsItsLease() {
    assertThat(code(activator.get(service))).isEqualTo(200);
    assertThat(code(activator.get("apis/dormouse.dev/v1alpha1/ondemandservices"))).isEqualTo(200);
    assertThat(code(activator.get("api/v1/namespaces"))).isEqualTo(200);
    assertThat(patched(activator, stake(POD))).isTrue();
    assertThat(code(lease(POD))).isEqualTo(201);
  }

  @Test
  void anActivatorTouchesNothingElse() {
    String core = "api/v1/namespaces/" + namespace + "/";
    String apps = "apis/apps/v1/namespaces/" + namespace + "/";
    List<String> read =
        List.of(
            core + "secrets",
            core + "configmaps",
            core + "pods",
            core + "pods/" + POD,
            core + "services",
            core + "events",
            core + "serviceaccounts",
            "apis/discovery.k8s.io/v1/namespaces/" + namespace + "/endpointslices",
            apps + "deployments",
            apps + "deployments/cable",
            apps + "statefulsets",
            apps + "deployments/cable/scale",
            "api/v1/nodes",
            "apis/coordination.k8s.io/v1/leases");
    assertThat(read).allSatisfy(path -> assertThat(code(activator.get(path))).isEqualTo(403));
    JsonNode change = yaml("{metadata: {labels: {theirs: 'true'}}}");
    List<String> changed =
        List.of(
            service,
            core + "pods/" + POD,
            core + "secrets/any",
            apps + "deployments/cable",
            apps + "deployments/cable/scale");
    assertThat(changed)
        .allSatisfy(
            path ->
                assertThat(code(activator.patch(path, Api.Patch.MERGE, change))).isEqualTo(403));
    assertThat(changed)
        .allSatisfy(path -> assertThat(code(activator.delete(path, yaml("{}")))).isEqualTo(403));
    JsonNode token = yaml("{apiVersion: authentication.k8s.io/v1, kind: TokenRequest, spec: {}}");
    assertThat(code(activator.post(core + "serviceaccounts/" + account + "/token", token)))
        .isEqualTo(403);
    assertThat(code(activator.post(core + "pods", pod()))).isEqualTo(403);
    assertThat(code(activator.post(core + "events", yaml("{}")))).isEqualTo(403);
  }

  /** Admission policies came with 1.30, before that only where they were asked for. */
  @Test
  void anActivatorWritesOfAStatusItsOwnStakesOnly() {
    Optional<String> version = Stream.of("v1", "v1beta1").filter(this::hasPolicies).findFirst();
    if (version.isEmpty()) {
      assertThat(minor()).as("a server without policies").isLessThan(POLICIES_SINCE_MINOR);
      return;
    }
    apply(
        manifest("admission-policy.yaml")
            .replace(
                "admissionregistration.k8s.io/v1",
                "admissionregistration.k8s.io/" + version.get()));
    var epochs = new AtomicInteger(1); // what changes nothing is not refused
    await("the policy holds")
        .atMost(LIMIT)
        .until(() -> !patched(activator, epoch(epochs.incrementAndGet())));
    List<String> refused =
        List.of(
            epoch(epochs.incrementAndGet()),
            "[{op: add, path: /status/phase, value: Active}]",
            "[{op: remove, path: /status/phase}]",
            "[{op: add, path: /status/claims, value: [{host: h.example, path: /, since:"
                + " '2026-05-01T12:00:00Z'}]}]",
            "[{op: remove, path: /status}]",
            "[{op: add, path: /status/endpoint, value: {address: 10.0.0.1, port: 1, epoch: 1}}]",
            "[{op: add, path: /status/endpoints, value: [{address: 10.0.0.1, epoch: 1}]}]",
            "[{op: remove, path: /status/stakes/other.1}]",
            "[{op: replace, path: /status/stakes/other.1/seq, value: 2}]",
            "[{op: add, path: /status/stakes, value: {intruder.1: {session: s, seq: 1}}}]",
            stake("activator-00"),
            stake("another"));
    assertThat(refused).noneMatch(it -> patched(activator, it));
    assertThat(patched(activator, stake(POD))).isTrue();
    String quiet = "[{op: add, path: /status/quietSince, value: '2026-05-01T12:00:00Z'}]";
    assertThat(patched(activator, quiet)).isTrue();
    if (Clusters.dormouseImage().isEmpty()) { // else an operator voids stakes that have no pod
      assertThat(patched(activator, "[{op: add, path: /status/stakes, value: {}}]")).isFalse();
      assertThat(patched(activator, "[{op: remove, path: /status/stakes/" + POD + ".1}]")).isTrue();
    }
    await("so does that for Leases").atMost(LIMIT).until(() -> code(lease("other-0")) == 422);
    assertThat(code(lease(POD))).isEqualTo(201);
  }

  private boolean hasPolicies(String version) {
    Reply resources = Api.await(everything.get(ADMISSION + version));
    return resources.ok()
        && resources
            .body()
            .path("resources")
            .valueStream()
            .anyMatch(it -> it.path("name").asText().equals("validatingadmissionpolicies"));
  }

  private int minor() {
    return Integer.parseInt(admin.getKubernetesVersion().getMinor().replaceAll("\\D", ""));
  }

  /** A manifest of the base, in this namespace and with this account's names. */
  private String manifest(String file) {
    try {
      return Files.readString(BASE.resolve(file))
          .replace("dormouse-activator", account)
          .replace("dormouse-system", namespace);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void apply(String manifests) {
    applied.add(manifests);
    admin.load(stream(manifests)).forceConflicts().serverSideApply();
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  /** As the kubelet asks for it. */
  private String token() {
    String uid = make("api/v1", "pods", pod()).at("/metadata/uid").asText();
    String request =
        String.format(
            Locale.ROOT,
            "{apiVersion: authentication.k8s.io/v1, kind: TokenRequest,"
                + " spec: {boundObjectRef: {apiVersion: v1, kind: Pod, name: %s, uid: %s}}}",
            POD,
            uid);
    return make("api/v1", "serviceaccounts/" + account + "/token", yaml(request))
        .at("/status/token")
        .asText();
  }

  /** It need not run. */
  private JsonNode pod() {
    return yaml(
        String.format(
            Locale.ROOT,
            "{apiVersion: v1, kind: Pod, metadata: {name: %s}, spec: {serviceAccountName: %s,"
                + " nodeName: nowhere, containers: [{name: main, image: none}]}}",
            POD,
            account));
  }

  private static JsonNode cable() {
    return Manifest.greeting("cable", "hello").resource();
  }

  private JsonNode make(String group, String resource, JsonNode object) {
    Reply made =
        Api.await(everything.post(group + "/namespaces/" + namespace + "/" + resource, object));
    assertThat(made.ok()).as(made.why()).isTrue();
    return made.body();
  }

  private static String epoch(int epoch) {
    return "[{op: add, path: /status/epoch, value: " + epoch + "}]";
  }

  private static String stake(String pod) {
    return "[{op: add, path: /status/stakes/" + pod + ".1, value: {session: s, seq: 1}}]";
  }

  private boolean patched(Api by, String patch) {
    return Api.await(by.patch(service + "/status", Api.Patch.JSON, yaml(patch))).ok();
  }

  private CompletableFuture<Reply> lease(String name) {
    JsonNode lease =
        yaml("{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: " + name + "}}");
    return activator.post("apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases", lease);
  }

  private static int code(CompletableFuture<Reply> reply) {
    return Api.await(reply).code();
  }

  private static JsonNode yaml(String text) {
    try {
      JsonNode read = new YAMLMapper().readTree(text);
      return read == null ? MissingNode.getInstance() : read;
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }
}
