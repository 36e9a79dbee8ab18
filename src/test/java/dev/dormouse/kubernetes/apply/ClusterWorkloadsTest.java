package dev.dormouse.kubernetes.apply;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.kubernetes.client.MockCluster;
import dev.dormouse.kubernetes.objects.Drafts;
import dev.dormouse.kubernetes.operator.FakeCache;
import dev.dormouse.kubernetes.operator.PodDefaultsFixture;
import dev.dormouse.kubernetes.pass.Scale;
import dev.dormouse.kubernetes.pass.Workloads;
import dev.dormouse.kubernetes.resource.Catalog;
import dev.dormouse.kubernetes.resource.Objects;
import dev.dormouse.kubernetes.resource.OnDemandService;
import dev.dormouse.kubernetes.status.ServiceObject;
import dev.dormouse.kubernetes.watch.TargetPods;
import dev.dormouse.testing.MutableClock;
import dev.dormouse.testing.Specs;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterWorkloadsTest {
  private static final String SPEC = "{command: [puma], image: i, port: 28080, path: /cable}";

  @Test
  void whatSleepsAsItIsWantedIsPrepared() {
    assertThat(prepared(0)).contains(new Scale("7", 0));
  }

  @Test
  void whatHasAReplicaIsToBeReadBeforeThatIsBelieved() {
    assertThat(prepared(1)).isEmpty();
  }

  private static Optional<Scale> prepared(int replicas) {
    OnDemandService service = Objects.service("cable", 1, SPEC);
    Catalog catalog = new Catalog(Optional.of("iad"), "cluster.local");
    var _ = catalog.put(service);
    ObjectNode deployment = Drafts.deployment(Objects.entry("cable", SPEC), PodDefaultsFixture.IAD);
    deployment.withObject("/metadata").put("resourceVersion", "7");
    deployment.withObject("/spec").put("replicas", replicas);
    FakeCache cache = new FakeCache();
    cache.deployment(deployment);
    try (MockCluster cluster = MockCluster.thatIsTold()) {
      var workloads =
          new ClusterWorkloads(
              catalog,
              cache,
              new TargetPods(cluster.client(), _ -> {}),
              new Deployments(cluster.api(), PodDefaultsFixture.IAD),
              new MutableClock());
      var prepared =
          workloads.prepared(
              ServiceObject.read(service.tree()), Specs.onDemand().port(28080).build());
      assertThat(cluster.server().getRequestCount()).isZero();
      return prepared;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'{emptyDir: {}}', true",
    "'{configMap: {name: c}}', true",
    "'{persistentVolumeClaim: {claimName: c}}', false",
    "'{hostPath: {path: /data}}', false",
  })
  void aSuccessorWaitsForAPodThatMayHoldWhatItNeeds(String volume, boolean succession) {
    String template = ", template: {spec: {volumes: [{name: v}, " + volume + "]}}}";
    var view = view(SPEC.replace("}", template));
    assertThat(view.succession()).isEqualTo(succession);
  }

  @Test
  void aSuccessorWaitsForWhatOthersDependOn() {
    assertThat(view("{command: [redis], image: i, port: 6379}").succession()).isFalse();
  }

  @Test
  void onlyItsOwnPodsAreSeen() {
    assertThat(view(SPEC).pods()).extracting(Workloads.Pod::uid).containsExactly("ours");
  }

  /** Those of an object of the same name that was there before, left to themselves. */
  @Test
  void whatTheSelectorDoesNotSelectIsNotSeen() {
    ObjectNode remade = Drafts.deployment(Objects.entry("cable", SPEC), PodDefaultsFixture.IAD);
    remade.withObject("/spec/selector/matchLabels").put("app", "another");
    assertThat(view(SPEC, remade).pods()).isEmpty();
  }

  private static final String ADOPTING =
      "{scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, port: 1, path: /c}";

  @Test
  void whatIsScaledForAnotherServiceIsNotSeen() {
    assertThat(view(ADOPTING, target("chat")))
        .isEqualTo(new Workloads.View(Optional.empty(), List.of()));
  }

  @Test
  void podsOfATargetThatAreNotListedYetAreUnknownNotGone() {
    assertThat(view(ADOPTING, target("cable")).unknown())
        .contains("the pods of Deployment web are not known yet");
  }

  private static ObjectNode target(String service) {
    String target =
        """
        metadata: {name: web, namespace: shop, labels: {dormouse.dev/service: OF}}
        spec: {replicas: 1, selector: {matchLabels: {app: web}}}
        """;
    return Objects.yaml(target.replace("OF", service));
  }

  private static Workloads.View view(String spec) {
    return view(spec, Drafts.deployment(Objects.entry("cable", SPEC), PodDefaultsFixture.IAD));
  }

  private static Workloads.View view(String spec, ObjectNode target) {
    OnDemandService service = Objects.service("cable", 1, spec);
    Catalog catalog = new Catalog(Optional.of("iad"), "cluster.local");
    var _ = catalog.put(service);
    FakeCache cache = new FakeCache();
    cache.deployment(target);
    cache.pods = List.of(pod("ours", "cable-h"), pod("theirs", "other-h"));
    try (MockCluster cluster = MockCluster.thatIsTold()) {
      var pods = new TargetPods(cluster.client(), _ -> {});
      var deployments = new Deployments(cluster.api(), PodDefaultsFixture.IAD);
      return new ClusterWorkloads(catalog, cache, pods, deployments, new MutableClock())
          .view(ServiceObject.read(service.tree()));
    }
  }

  private static Pod pod(String uid, String owner) {
    String pod =
        """
        metadata:
          uid: UID
          labels: {pod-template-hash: h, dormouse.dev/service: cable}
          ownerReferences: [{controller: true, kind: ReplicaSet, name: OWNER, uid: rs}]
        """;
    return FakeCache.as(Pod.class, Objects.yaml(pod.replace("UID", uid).replace("OWNER", owner)));
  }

  @Test
  void aDeploymentWhosePodsAreRefusedSaysWhy() {
    assertThat(refusal(2, "True")).contains("exceeded quota: pods");
    assertThat(refusal(2, "False")).isEmpty();
  }

  @Test
  void whatWasSaidOfAnEarlierDeploymentIsOver() {
    assertThat(refusal(3, "True")).isEmpty();
  }

  private static Optional<String> refusal(int generation, String status) {
    String deployment =
        """
        metadata: {generation: GENERATION}
        status:
          observedGeneration: 2
          conditions:
          - {type: ReplicaFailure, status: "STATUS", message: "exceeded quota: pods"}
        """
            .replace("GENERATION", Integer.toString(generation))
            .replace("STATUS", status);
    return ClusterWorkloads.refusal(
        Serialization.unmarshal(Objects.yaml(deployment).toString(), Deployment.class));
  }
}
