package dev.dormouse.kubernetes.operator;

import static dev.dormouse.kubernetes.resource.Objects.entry;
import static dev.dormouse.kubernetes.resource.Objects.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.core.ServiceId;
import dev.dormouse.kubernetes.client.MockCluster;
import dev.dormouse.kubernetes.operator.Children.Trouble;
import dev.dormouse.kubernetes.protocol.Scale;
import dev.dormouse.kubernetes.resource.Standing.Entry;
import dev.dormouse.testing.MutableClock;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** All objects of a service together, against an API server that answers as it is told to. */
class BelongingsTest {
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
  private final FakeCache cache = new FakeCache();
  private final Contests contests = new Contests(new MutableClock());
  private Optional<SortedSet<String>> activators = Optional.empty();
  private final Belongings belongings =
      new Belongings(
          cluster.api(),
          cache,
          new Children(cluster.api(), cache, 8080),
          new Deployments(cluster.api(), "iad", false),
          contests,
          new TargetPods(cluster.client(), cluster.api(), _ -> {}),
          () -> activators);

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void nothingLeadsToActivatorsBeforeTheyAreKnown() {
    cache.deployment(deployment());
    assertThat(belongings.settle(OWN)).isEmpty();
    assertThat(cluster.server().getRequestCount()).isZero();
    activators = Optional.of(new TreeSet<>(List.of("10.0.0.1")));
    assertThat(belongings.settle(OWN)).isNotEmpty();
    assertThat(line()).isEqualTo("GET /api/v1/namespaces/shop/services/cable");
  }

  @Test
  void atRestADeploymentIsKeptUpToDate() {
    ObjectNode old = deployment();
    annotate(old, Names.APPLIED, "old");
    cache.deployment(old);
    found("cable", old);
    accepted("cable");
    assertThat(belongings.settle(OWN)).isEmpty();
    assertThat(line()).isEqualTo("GET " + DEPLOYMENTS + "cable");
    assertThat(line()).isEqualTo("PATCH " + DEPLOYMENTS + "cable" + APPLY);
  }

  @Test
  void whatRunsIsNotTouched() {
    ObjectNode old = deployment();
    annotate(old, Names.APPLIED, "old");
    cache.deployment(old);
    cache.pods = List.of(pod("Running", "cable-h"));
    assertThat(belongings.settle(OWN)).isEmpty();
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
    assertThat(belongings.settle(OWN)).isEmpty();
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
    assertThat(belongings.settle(ADOPTING).stream().map(Trouble::reason))
        .containsExactly("NoScaleTarget");
  }

  @Test
  void ofTwoWhoWriteTheReplicasThatIsTold() {
    cache.deployment(borrowed("9", 1));
    for (int i = 1; i <= 3; i++) {
      contests.wrote(ID, new Scale(Integer.toString(i), 0));
      assertThat(belongings.settle(ADOPTING).stream().map(Trouble::reason).toList())
          .isEqualTo(i < 3 ? List.of() : List.of("ReplicasContested"));
    }
  }

  @Test
  void anOwnDeploymentGoesWhenSomethingElseIsToBeScaled() {
    ObjectNode own = deployment();
    own.withObject("/metadata").put("uid", "uid-of-it");
    cache.deployment(own);
    cluster.server().expect().delete().withPath(DEPLOYMENTS + "cable").andReturn(200, "{}").once();
    assertThat(belongings.settle(ADOPTING)).isNotEmpty();
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
    belongings.release(ID);
    assertThat(line()).isEqualTo("GET " + DEPLOYMENTS + "web/scale");
    assertThat(MockCluster.body(cluster.request()).at("/spec/replicas").asInt()).isEqualTo(2);
    JsonNode unmarked = MockCluster.body(cluster.request());
    assertThat(unmarked.at("/metadata").has("labels")).isFalse();
    assertThat(unmarked.at("/metadata").has("annotations")).isFalse();
  }

  @Test
  void whatBelongsToAGoneServiceIsLeftToTheApiServer() {
    cache.deployment(deployment());
    belongings.release(ID);
    assertThat(cluster.server().getRequestCount()).isZero();
  }

  private static ObjectNode deployment() {
    ObjectNode deployment = Drafts.deployment(OWN, "iad", false);
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
