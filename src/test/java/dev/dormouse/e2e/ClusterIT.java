package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What only a cluster has: the API server's own checks, several replicas, targets, owners. */
@Tag("cluster")
class ClusterIT {
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final ObjectMapper JSON = new ObjectMapper();

  private ClusterStage stage;

  @BeforeEach
  void open() {
    stage = new ClusterStage();
  }

  @AfterEach
  void close() {
    stage.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "idleTimeout | 15 minutes        | spec.idleTimeout",
        "port        | 70000             | spec.port",
        "activation  | Sometimes         | spec.activation",
        "path        | cable             | spec.path",
        "routes      | [{path: /other}]  | spec",
        "startup     | {hold: 1h, timeout: 1s} | hold",
        "warm        | [{schedule: '0 1 * * *', from: '2026-01-01T00:00:00Z'}] | warm",
        "dependsOn   | [cable]           | dependsOn",
      })
  void theApiServerRefusesWhatTheReaderRefuses(String field, String value, String named) {
    Manifest bad = Manifest.greeting("cable", "hello").with(field, value);
    assertThatThrownBy(() -> stage.declare(List.of(bad)))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining(named);
  }

  @Test
  void whatIsNotDeclaredIsShownWithItsDefault() {
    stage.declare(List.of(Manifest.greeting("cable", "hello")));
    JsonNode spec = stage.services().withName("cable").get().getSpec();
    assertThat(spec.path("activation").asText()).isEqualTo("OnDemand");
    assertThat(spec.at("/keepalive/interval").asText()).isEqualTo("25s");
    assertThat(spec.at("/access/maxConnections").asInt()).isEqualTo(10_000);
  }

  @Test
  void aRefusedServiceSaysWhyAndHurtsNoOther() {
    String nowhere = "[{schedule: '0 1 * * *', duration: 1h, timeZone: Nowhere/Land}]";
    Manifest bad = Manifest.greeting("cable", "hello").with("warm", nowhere);
    stage.declare(List.of(bad, Manifest.greeting("other", "fine")));
    awaitStatus("cable", it -> reason(it, "Ready").equals("InvalidSpec"));
    awaitKnown("other");
    try (var visitor = knock("other")) {
      assertThat(visitor.greeting()).isEqualTo("fine");
    }
  }

  @Test
  void twoActivatorsShareOnePodAndItSleepsWhenBothAreQuiet() {
    Roles.Door second = stage.startActivator();
    stage.declare(List.of(Manifest.greeting("cable", "hello")));
    awaitKnown("cable");
    try (var other = Visitor.knock(second.address(), stage.host("cable"), "/cable")) {
      try (var visitor = knock("cable")) {
        assertThat(visitor.greeting()).isEqualTo("hello");
        assertThat(other.greeting()).isEqualTo("hello");
        awaitStatus("cable", it -> it.path("stakes").size() == 2);
        assertThat(stage.running("cable")).isEqualTo(1);
      }
      awaitStatus("cable", it -> it.path("stakes").size() == 1);
      assertThat(other.isConnected()).isTrue();
    }
    awaitAtRest("cable");
    assertThat(stage.status("cable").path("stakes")).isEmpty();
  }

  @Test
  void aKilledActivatorsStakeIsVoidedAndTheOthersSocketsStay() {
    Roles.Door second = stage.startActivator();
    stage.declare(List.of(Manifest.greeting("cable", "hello")));
    awaitKnown("cable");
    var lost = Visitor.knock(second.address(), stage.host("cable"), "/cable");
    try (var visitor = knock("cable")) {
      assertThat(visitor.greeting()).isEqualTo("hello");
      assertThat(lost.greeting()).isEqualTo("hello");
      awaitStatus("cable", it -> it.path("stakes").size() == 2);
      second.close();
      assertThat(lost.farewell()).isEqualTo(1006);
      awaitStatus("cable", it -> it.path("stakes").size() == 1);
      assertThat(visitor.isConnected()).isTrue();
    }
    awaitAtRest("cable");
  }

  @Test
  void theOperatorsDeathCutsNobodyAndTheNextOneGoesOn() {
    stage.declare(List.of(Manifest.greeting("cable", "hello")));
    awaitKnown("cable");
    try (var visitor = knock("cable")) {
      assertThat(visitor.greeting()).isEqualTo("hello");
      stage.stopOperator();
      try (var late = knock("cable")) {
        assertThat(late.greeting()).as("no operator is needed").isEqualTo("hello");
      }
      stage.startOperator();
      await("nothing happens")
          .during(Duration.ofSeconds(5))
          .atMost(LIMIT)
          .until(() -> visitor.isConnected() && stage.running("cable") == 1);
    }
    awaitAtRest("cable");
  }

  @Test
  void withoutTheApiServerTunnelsLiveAndStakedServicesAdmit() throws Exception {
    Config direct = Clusters.config();
    URI server = URI.create(direct.getMasterUrl());
    try (var wire = new PausableWire(server.getHost(), server.getPort())) {
      Config cut = Clusters.config();
      cut.setMasterUrl("https://127.0.0.1:" + wire.port());
      cut.setTrustCerts(true);
      cut.setDisableHostnameVerification(true);
      Roles.Door activator = stage.startActivator(cut);
      InetSocketAddress door = activator.address();
      stage.declare(
          List.of(
              Manifest.greeting("cable", "hello"),
              Manifest.greeting("other", "asleep").with("startup", "{timeout: 20s, hold: 1s}")));
      awaitKnown("cable");
      awaitKnown("other");
      await("this one knows them too")
          .atMost(LIMIT)
          .until(() -> stage.knows(activator, "cable") && stage.knows(activator, "other"));
      try (var visitor = Visitor.knock(door, stage.host("cable"), "/cable")) {
        assertThat(visitor.greeting()).isEqualTo("hello");
        wire.cut();
        try (var late = Visitor.knock(door, stage.host("cable"), "/cable");
            var hopeless = Visitor.knock(door, stage.host("other"), "/other")) {
          assertThat(late.greeting()).as("its stake stands").isEqualTo("hello");
          assertThat(hopeless.answer())
              .startsWith("HTTP/1.1 503 ")
              .contains("control-plane-unavailable");
        }
        // The Lease of an activator that is no pod must not expire: its stake would be voided.
        await("nothing happens")
            .during(Duration.ofSeconds(1))
            .atMost(LIMIT)
            .until(visitor::isConnected);
        wire.mend();
        awaitStatus("cable", it -> it.path("connections").asInt() >= 1);
      }
      awaitAtRest("cable");
    }
  }

  @Test
  void aDeploymentThatIsThereIsScaledAndGetsItsReplicasBack() {
    Deployment found =
        new DeploymentBuilder()
            .withNewMetadata()
            .withName("theirs")
            .endMetadata()
            .withNewSpec()
            .withReplicas(1)
            .withNewSelector()
            .withMatchLabels(Map.of("app", "theirs"))
            .endSelector()
            .withNewTemplate()
            .withNewMetadata()
            .withLabels(Map.of("app", "theirs"))
            .endMetadata()
            .withNewSpec()
            .addNewContainer()
            .withName("server")
            .withImage(Manifest.IMAGE)
            .withCommand(command(Manifest.greeting("x", "theirs")))
            .addNewEnv()
            .withName("HOST")
            .withValue("0.0.0.0")
            .endEnv()
            .addNewEnv()
            .withName("PORT")
            .withValue("8080")
            .endEnv()
            .endContainer()
            .endSpec()
            .endTemplate()
            .endSpec()
            .build();
    stage.client.apps().deployments().inNamespace(stage.namespace).resource(found).create();
    Manifest target =
        Manifest.greeting("cable", "unused")
            .without("command")
            .without("image")
            .with("scaleTargetRef", "{apiVersion: apps/v1, kind: Deployment, name: theirs}");
    stage.declare(List.of(target));
    awaitReplicas(0);
    try (var visitor = knock("cable")) {
      assertThat(visitor.greeting()).isEqualTo("theirs");
      awaitReplicas(1);
    }
    awaitReplicas(0);
    stage.declare(List.of());
    awaitReplicas(1);
  }

  @Test
  void nothingThatIsDeclaredIsEverWrittenBack() {
    Manifest manifest = Manifest.greeting("cable", "hello");
    stage.declare(List.of(manifest));
    awaitKnown("cable");
    assertNoDifference(manifest);
    try (var visitor = knock("cable")) {
      assertThat(visitor.greeting()).isEqualTo("hello");
      awaitStatus("cable", it -> it.path("phase").asText().equals("Active"));
      assertNoDifference(manifest);
    }
    awaitAtRest("cable");
    assertNoDifference(manifest);
  }

  /** What {@code kubectl diff} does: a dry run of the same apply changes nothing. */
  private void assertNoDifference(Manifest manifest) {
    var resource = stage.client.resource(stage.resource(manifest));
    GenericKubernetesResource live = resource.get();
    GenericKubernetesResource next =
        resource.patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager(ClusterStage.OWNER)
                .withForce(true)
                .withDryRun(List.of("All"))
                .build());
    assertThat(JSON.<JsonNode>valueToTree(next.get("spec")))
        .isEqualTo(JSON.<JsonNode>valueToTree(live.get("spec")));
    assertThat(next.getMetadata().getGeneration()).isEqualTo(live.getMetadata().getGeneration());
    assertThat(next.getMetadata().getAnnotations()).isEqualTo(live.getMetadata().getAnnotations());
    assertThat(next.getMetadata().getLabels()).isEqualTo(live.getMetadata().getLabels());
    assertThat(next.getMetadata().getFinalizers()).isEmpty();
  }

  private static List<String> command(Manifest manifest) {
    return manifest.spec().path("command").valueStream().map(JsonNode::asText).toList();
  }

  private Visitor knock(String service) {
    return Visitor.knock(stage.door(), stage.host(service), "/" + service);
  }

  private static String reason(JsonNode status, String type) {
    Optional<JsonNode> condition =
        status
            .path("conditions")
            .valueStream()
            .filter(it -> it.path("type").asText().equals(type))
            .findFirst();
    return condition.map(it -> it.path("reason").asText()).orElse("");
  }

  private void awaitKnown(String service) {
    awaitStatus(service, it -> it.has("epoch") && stage.knows(service));
  }

  private void awaitStatus(String service, Predicate<JsonNode> wanted) {
    await(service).atMost(LIMIT).until(() -> stage.status(service), wanted);
  }

  private void awaitAtRest(String service) {
    awaitStatus(service, it -> it.path("phase").asText().equals("Dormant"));
    await(service).atMost(LIMIT).until(() -> stage.running(service) == 0);
  }

  private void awaitReplicas(int replicas) {
    await("replicas")
        .atMost(LIMIT)
        .until(
            () ->
                stage
                    .client
                    .apps()
                    .deployments()
                    .inNamespace(stage.namespace)
                    .withName("theirs")
                    .get()
                    .getSpec()
                    .getReplicas(),
            it -> it == replicas);
  }
}
