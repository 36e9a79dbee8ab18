package dev.dormouse.kubernetes.apply;

import static dev.dormouse.kubernetes.resource.Objects.entry;
import static dev.dormouse.kubernetes.resource.Objects.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.client.MockCluster;
import dev.dormouse.kubernetes.objects.ActivatorPod;
import dev.dormouse.kubernetes.objects.Drafts;
import dev.dormouse.kubernetes.objects.Names;
import dev.dormouse.kubernetes.operator.FakeCache;
import dev.dormouse.kubernetes.operator.PodDefaultsFixture;
import dev.dormouse.kubernetes.pass.Scale;
import dev.dormouse.kubernetes.resource.Validity.Entry;
import dev.dormouse.kubernetes.status.ExtraCondition;
import dev.dormouse.kubernetes.watch.TargetPods;
import dev.dormouse.testing.MutableClock;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** All objects of a service together, against an API server that answers as it is told to. */
class OwnedObjectsTest {
  private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments/";
  private static final String APPLY = "?force=true&fieldManager=dormouse-operator";
  private static final String SCALE = "?fieldManager=dormouse-operator";
  private static final ServiceId ID = new ServiceId("shop", "cable");
  private static final Entry OWN =
      entry("cable", "{command: [puma], image: i, port: 28080, path: /cable}");
  private static final Entry ADOPTING =
      entry(
          "cable",
          """
          scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
          port: 28080
          path: /cable
          """);

  private final MockCluster cluster = MockCluster.thatIsTold();

  /** Where pods are watched, whoever asks when. */
  private final MockCluster elsewhere = MockCluster.thatKeepsObjects();

  private final FakeCache cache = new FakeCache();
  private final ReplicaConflicts contests = new ReplicaConflicts(new MutableClock());
  private Optional<List<ActivatorPod>> activators = Optional.empty();
  private final OwnedObjects belongings =
      new OwnedObjects(
          cluster.api(),
          cache,
          new RoutingObjects(cluster.api(), cache, 8080),
          new Deployments(cluster.api(), PodDefaultsFixture.IAD),
          contests,
          new TargetPods(elsewhere.client(), _ -> {}),
          () -> activators);

  @AfterEach
  void stop() {
    cluster.close();
    elsewhere.close();
  }

  @Test
  void nothingLeadsToActivatorsBeforeTheyAreKnown() {
    cache.deployment(deployment());
    assertThat(settle(OWN)).isEmpty();
    assertThat(cluster.server().getRequestCount()).isZero();
    activators = Optional.of(List.of());
    assertThat(settle(OWN)).isNotEmpty();
    assertThat(line()).isEqualTo("GET /api/v1/namespaces/shop/services/cable");
  }

  @Test
  void atRestADeploymentIsKeptUpToDate() {
    ObjectNode old = deployment();
    annotate(old, Names.APPLIED, "old");
    cache.deployment(old);
    found("cable", old);
    accepted("cable");
    assertThat(settle(OWN)).isEmpty();
    assertThat(line()).isEqualTo("GET " + DEPLOYMENTS + "cable");
    assertThat(line()).isEqualTo("PATCH " + DEPLOYMENTS + "cable" + APPLY);
  }

  @Test
  void whatRunsIsNotTouched() {
    ObjectNode old = deployment();
    annotate(old, Names.APPLIED, "old");
    cache.deployment(old);
    cache.pods = List.of(pod("Running", "cable-h"));
    assertThat(settle(OWN)).isEmpty();
    assertThat(cluster.server().getRequestCount()).isZero();
  }

  @Test
  void whatIsLeftOfAnEvictedPodAndTheirPodsDoNotKeepAnOldTemplate() {
    ObjectNode old = deployment();
    annotate(old, Names.APPLIED, "old");
    cache.deployment(old);
    cache.pods = List.of(pod("Failed", "cable-h"), pod("Running", "another-h"));
    found("cable", old);
    accepted("cable");
    assertThat(settle(OWN)).isEmpty();
    assertThat(line()).isEqualTo("GET " + DEPLOYMENTS + "cable");
    assertThat(line()).isEqualTo("PATCH " + DEPLOYMENTS + "cable" + APPLY);
  }

  private static Pod pod(String phase, String owner) {
    String pod =
        """
        metadata:
          labels: {pod-template-hash: h}
          ownerReferences: [{controller: true, kind: ReplicaSet, name: OWNER, uid: rs}]
        status: {phase: PHASE}
        """;
    return FakeCache.as(Pod.class, yaml(pod.replace("PHASE", phase).replace("OWNER", owner)));
  }

  @Test
  void whatDoesNotExistCannotBeScaled() {
    assertThat(settle(ADOPTING).stream().map(Trouble::reason)).containsExactly("NoScaleTarget");
  }

  @Test
  void ofTwoWhoWriteTheReplicasThatIsTold() {
    cache.deployment(borrowed("9", 1));
    for (int i = 1; i <= 3; i++) {
      contests.wrote(ID, new Scale(Integer.toString(i), 0));
      assertThat(settle(ADOPTING).stream().map(Trouble::reason).toList())
          .isEqualTo(i < 3 ? List.of() : List.of("ReplicasContested"));
    }
  }

  @Test
  void anOwnDeploymentGoesWhenSomethingElseIsToBeScaled() {
    ObjectNode own = deployment();
    own.withObject("/metadata").put("uid", "uid-of-it");
    cache.deployment(own);
    cluster.server().expect().delete().withPath(DEPLOYMENTS + "cable").andReturn(200, "{}").once();
    assertThat(settle(ADOPTING)).isNotEmpty();
    RecordedRequest removal = cluster.request();
    assertThat(removal.getMethod() + " " + removal.getPath())
        .isEqualTo("DELETE " + DEPLOYMENTS + "cable");
    assertThat(MockCluster.body(removal).at("/preconditions/uid").asText()).isEqualTo("uid-of-it");
  }

  @Test
  void whatWasBorrowedIsGivenBackAsItWasFound() {
    cache.deployment(borrowed("9", 0));
    String scale = "{metadata: {resourceVersion: '9'}, spec: {replicas: 0}}";
    found("web/scale", yaml(scale));
    cluster
        .server()
        .expect()
        .put()
        .withPath(DEPLOYMENTS + "web/scale" + SCALE)
        .andReturn(200, yaml(scale).toString())
        .once();
    accepted("web");
    assertThat(belongings.release(ID)).isTrue();
    assertThat(line()).isEqualTo("GET " + DEPLOYMENTS + "web/scale");
    assertThat(MockCluster.body(cluster.request()).at("/spec/replicas").asInt()).isEqualTo(2);
    JsonNode unmarked = MockCluster.body(cluster.request());
    assertThat(unmarked.at("/metadata").has("labels")).isFalse();
    assertThat(unmarked.at("/metadata").has("annotations")).isFalse();
  }

  @Test
  void whatBelongsToAGoneServiceIsLeftToTheApiServer() {
    cache.deployment(deployment());
    assertThat(belongings.release(ID)).isTrue();
    assertThat(cluster.server().getRequestCount()).isZero();
  }

  @Test
  void ofTwoThatNameOneTargetOnlyTheOneWhoseMarkItHasTouchesIt() {
    ObjectNode web = borrowed("9", 1);
    web.withObject("/metadata/labels").put(Names.SERVICE, "chat");
    cache.deployment(web);
    assertThat(settle(ADOPTING))
        .containsExactly(
            new Trouble(ExtraCondition.Type.TARGET_CONFLICT, "Deployment web is scaled for chat"));
    assertThat(cluster.server().getRequestCount()).isZero();
  }

  @Test
  void aMarkThatTheCacheDoesNotShowYetCountsAsWell() {
    ObjectNode web = borrowed("9", 1);
    web.withObject("/metadata/labels").put(Names.SERVICE, "chat");
    found("web", web);
    assertThat(settle(ADOPTING).stream().map(Trouble::type))
        .containsExactly(ExtraCondition.Type.TARGET_CONFLICT);
    assertThat(line()).isEqualTo("GET " + DEPLOYMENTS + "web");
    assertThat(cluster.server().getRequestCount()).isEqualTo(1);
  }

  @Test
  void nothingIsBorrowedThatMightNotBeGivenBack() {
    assertThat(belongings.settle(ADOPTING, List.of(), () -> false)).isEmpty();
    assertThat(cluster.server().getRequestCount()).isZero();
  }

  @Test
  void whatIsNotAnsweredLeavesATroubleAsItWas() {
    var missing = new Trouble(ExtraCondition.Type.NO_SCALE_TARGET, "Deployment web does not exist");
    assertThat(belongings.settle(ADOPTING, List.of(missing), () -> false)).containsExactly(missing);
  }

  @Test
  void anOwnDeploymentThatWasScaledByHandIsScaledBackAndThatIsTold() {
    ObjectNode two = deployment();
    two.withObject("/spec").put("replicas", 2);
    cache.deployment(two);
    cluster
        .server()
        .expect()
        .put()
        .withPath(DEPLOYMENTS + "cable/scale" + SCALE)
        .andReturn(200, "{\"spec\": {\"replicas\": 1}}")
        .once();
    assertThat(settle(OWN).stream().map(Trouble::type))
        .containsExactly(ExtraCondition.Type.REPLICAS_CONTESTED);
    RecordedRequest put = cluster.request();
    assertThat(MockCluster.body(put).at("/spec/replicas").asInt()).isEqualTo(1);
    assertThat(MockCluster.body(put).at("/metadata/resourceVersion").asText()).isEqualTo("9");
  }

  @Test
  void replicasThatOthersGaveATargetAreToldOnly() {
    cache.deployment(borrowed("9", 3));
    assertThat(settle(ADOPTING).stream().map(Trouble::type))
        .containsExactly(ExtraCondition.Type.REPLICAS_CONTESTED);
    assertThat(cluster.server().getRequestCount()).isZero();
  }

  @Test
  void inANamespaceThatEndsNothingIsMissed() {
    cluster
        .server()
        .expect()
        .patch()
        .withPath(DEPLOYMENTS + "cable" + APPLY)
        .andReturn(403, "{\"message\": \"forbidden: n because it is being terminated\"}")
        .once();
    assertThat(settle(OWN)).isEmpty();
  }

  @Test
  void beforeItsServiceGoesATargetIsGivenBackThoughNoCacheShowsIt() {
    ObjectNode web = borrowed("9", 0);
    found("web", web);
    String scale = "{metadata: {resourceVersion: '9'}, spec: {replicas: 0}}";
    found("web/scale", yaml(scale));
    cluster
        .server()
        .expect()
        .put()
        .withPath(DEPLOYMENTS + "web/scale" + SCALE)
        .andReturn(200, yaml(scale).toString())
        .once();
    accepted("web");
    assertThat(belongings.giveBack(ID, Optional.of(ADOPTING))).isTrue();
  }

  @Test
  void aTargetThatCannotBeGivenBackNowKeepsItsService() {
    cluster.server().expect().get().withPath(DEPLOYMENTS + "web").andReturn(503, "{}").once();
    assertThat(belongings.giveBack(ID, Optional.of(ADOPTING))).isFalse();
    assertThat(belongings.giveBack(ID, Optional.of(ADOPTING))).as("it does not exist").isTrue();
  }

  private List<Trouble> settle(Entry entry) {
    return belongings.settle(entry, List.of(), () -> true);
  }

  private static ObjectNode deployment() {
    ObjectNode deployment = Drafts.deployment(OWN, PodDefaultsFixture.IAD);
    deployment.withObject("/metadata").put("resourceVersion", "9");
    deployment.withObject("/spec").put("replicas", 0);
    return deployment;
  }

  private static ObjectNode borrowed(String version, int replicas) {
    ObjectNode web =
        yaml(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, namespace: shop, labels: {dormouse.dev/service: cable}}
            """);
    annotate(web, Names.REPLICAS, "2");
    web.withObject("/metadata").put("resourceVersion", version);
    web.withObject("/spec").put("replicas", replicas);
    return web;
  }

  private static void annotate(ObjectNode object, String name, String value) {
    object.withObject("/metadata").withObjectProperty("annotations").put(name, value);
  }

  private String line() {
    RecordedRequest request = cluster.request();
    return request.getMethod() + " " + request.getPath();
  }

  private void found(String path, ObjectNode object) {
    cluster
        .server()
        .expect()
        .get()
        .withPath(DEPLOYMENTS + path)
        .andReturn(200, object.toString())
        .once();
  }

  private void accepted(String name) {
    cluster
        .server()
        .expect()
        .patch()
        .withPath(DEPLOYMENTS + name + APPLY)
        .andReturn(200, "{}")
        .once();
  }
}
