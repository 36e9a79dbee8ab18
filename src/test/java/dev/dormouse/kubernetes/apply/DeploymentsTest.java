package dev.dormouse.kubernetes.apply;

import static dev.dormouse.kubernetes.resource.Objects.entry;
import static dev.dormouse.kubernetes.resource.Objects.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.kubernetes.client.MockCluster;
import dev.dormouse.kubernetes.objects.Drafts;
import dev.dormouse.kubernetes.objects.Ownership;
import dev.dormouse.kubernetes.operator.FakeCache;
import dev.dormouse.kubernetes.operator.PodDefaultsFixture;
import dev.dormouse.kubernetes.pass.Scale;
import dev.dormouse.kubernetes.resource.Validity.Entry;
import dev.dormouse.kubernetes.status.ApiResult;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.mockwebserver.http.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked of an API server, which answers as it is told to. */
class DeploymentsTest {
  private static final String PATH = "/apis/apps/v1/namespaces/shop/deployments/";
  private static final String APPLY = "?force=true&fieldManager=dormouse-operator";
  private static final Entry OWN =
      entry(
          "cable",
          """
          command: [puma]
          image: registry.example.com/showcase
          port: 28080
          path: /cable
          """);
  private static final Entry ADOPTING =
      entry(
          "cable",
          """
          scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
          port: 28080
          path: /cable
          """);

  private final MockCluster cluster = MockCluster.thatIsTold();
  private final Deployments deployments = new Deployments(cluster.api(), PodDefaultsFixture.IAD);

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void aNewDeploymentIsMadeAsleep() {
    applied("cable", 200, "{metadata: {resourceVersion: '1'}, spec: {replicas: 0}}");
    assertThat(deployments.prepare(OWN)).isEqualTo(new ApiResult.Ok<>(new Scale("1", 0)));
    assertThat(sentApply().at("/spec/replicas")).hasToString("0");
  }

  @Test
  void whatIsNotOursIsLeftAlone() {
    found("cable", "{metadata: {resourceVersion: '3'}, spec: {replicas: 0}}");
    assertThat(deployments.prepare(OWN))
        .isEqualTo(new ApiResult.Rejected<>("Deployment cable exists and is not ours"));
    assertNothingWritten();
  }

  @Test
  void whatIsAsItWasAppliedIsNotAppliedAgain() {
    String stamp = Ownership.applied(Drafts.deployment(OWN, PodDefaultsFixture.IAD));
    found("cable", own(stamp, 0));
    assertThat(deployments.prepare(OWN)).isEqualTo(new ApiResult.Ok<>(new Scale("3", 0)));
    assertNothingWritten();
  }

  @Test
  void whatRunsIsNotReplaced() {
    found("cable", own("old", 1));
    assertThat(deployments.prepare(OWN)).isEqualTo(new ApiResult.Ok<>(new Scale("3", 1)));
    assertNothingWritten();
  }

  @Test
  void whatSomebodyHasScaledIsAppliedWithoutReplicasAsItWasRead() {
    found("cable", own("old", 0));
    applied("cable", 200, own("new", 0));
    assertThat(deployments.prepare(OWN)).isEqualTo(new ApiResult.Ok<>(new Scale("3", 0)));
    JsonNode sent = sentApply();
    assertThat(sent.path("spec").has("replicas")).isFalse();
    assertThat(sent.at("/metadata/resourceVersion").asText()).isEqualTo("3");
  }

  @Test
  void whatNobodyHasScaledKeepsItsReplicasInTheApply() {
    ObjectNode found = yaml(own("old", 0));
    found
        .withObject("/metadata")
        .withArray("managedFields")
        .add(
            yaml(
                """
                {manager: dormouse-operator, operation: Apply,
                 fieldsV1: {"f:spec": {"f:replicas": {}}}}
                """));
    found("cable", found.toString());
    applied("cable", 200, own("new", 0));
    assertThat(deployments.prepare(OWN)).isInstanceOf(ApiResult.Ok.class);
    assertThat(sentApply().at("/spec/replicas")).hasToString("0");
  }

  @Test
  void whoIsOvertakenIsToAskAgain() {
    found("cable", own("old", 0));
    applied("cable", 409, "{message: changed}");
    assertThat(deployments.prepare(OWN))
        .isEqualTo(new ApiResult.Unknown<>("Deployment cable has just been changed"));
  }

  @ParameterizedTest
  @ValueSource(ints = {403, 422, 500})
  void whatTheApiServerRefusesIsRejectedWithItsWords(int code) {
    applied("cable", code, "{message: 'exceeded quota: none'}");
    assertThat(deployments.prepare(OWN))
        .isEqualTo(new ApiResult.Rejected<>(code + " exceeded quota: none"));
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 503, 504})
  void whatTheApiServerCannotDoNowIsNoRefusal(int code) {
    applied("cable", code, "{message: later}");
    assertThat(deployments.prepare(OWN)).isInstanceOf(ApiResult.Unknown.class);
  }

  @Test
  void aScaleTargetIsMarkedWithTheReplicasThatItWasFoundWith() {
    found("web", "{metadata: {resourceVersion: '3'}, spec: {replicas: 2}}");
    applied("web", 200, "{metadata: {resourceVersion: '4'}, spec: {replicas: 2}}");
    assertThat(deployments.prepare(ADOPTING)).isEqualTo(new ApiResult.Ok<>(new Scale("4", 2)));
    assertThat(sentApply())
        .isEqualTo(
            yaml(
                """
                apiVersion: apps/v1
                kind: Deployment
                metadata:
                  name: web
                  namespace: shop
                  resourceVersion: '3'
                  labels: {dormouse.dev/service: cable}
                  annotations: {dormouse.dev/replicas: '2'}
                """));
  }

  @Test
  void aScaleTargetIsMarkedOnce() {
    found("web", "{metadata: {resourceVersion: '3', labels: {dormouse.dev/service: cable}}}");
    assertThat(deployments.prepare(ADOPTING)).isEqualTo(new ApiResult.Ok<>(new Scale("3", 1)));
    assertNothingWritten();
  }

  @Test
  void whatIsScaledForAnotherIsLeftToIt() {
    found("web", "{metadata: {resourceVersion: '3', labels: {dormouse.dev/service: chat}}}");
    assertThat(deployments.prepare(ADOPTING))
        .isEqualTo(new ApiResult.Rejected<>("Deployment web is scaled for chat"));
    assertNothingWritten();
  }

  @Test
  void theScaleOfWhatIsAnothersIsNotSeen() {
    found("web", "{metadata: {resourceVersion: '3', labels: {dormouse.dev/service: chat}}}");
    assertThat(deployments.scaleOf(ADOPTING)).isInstanceOf(ApiResult.NotFound.class);
    found("web", "{metadata: {resourceVersion: '4', labels: {dormouse.dev/service: cable}}}");
    assertThat(deployments.scaleOf(ADOPTING)).isEqualTo(new ApiResult.Ok<>(new Scale("4", 1)));
    found("cable", "{metadata: {resourceVersion: '5'}}");
    assertThat(deployments.scaleOf(OWN))
        .as("of the same name")
        .isInstanceOf(ApiResult.NotFound.class);
    found("cable", own("x", 0));
    assertThat(deployments.scaleOf(OWN)).isEqualTo(new ApiResult.Ok<>(new Scale("3", 0)));
  }

  @Test
  void aCacheShowsThatAnOwnOneIsPrepared() {
    ObjectNode applied = Drafts.deployment(OWN, PodDefaultsFixture.IAD);
    assertThat(isPrepared(OWN, applied)).isTrue();
    assertThat(isPrepared(OWN, Drafts.deployment(OWN, PodDefaultsFixture.LHR)))
        .as("another")
        .isFalse();
    applied.withObject("/metadata").putArray("ownerReferences");
    assertThat(isPrepared(OWN, applied)).as("not ours").isFalse();
  }

  @Test
  void aCacheShowsThatAScaleTargetIsPrepared() {
    String target = "{metadata: {name: web, labels: {dormouse.dev/service: SERVICE}}}";
    assertThat(isPrepared(ADOPTING, yaml(target.replace("SERVICE", "cable")))).isTrue();
    assertThat(isPrepared(ADOPTING, yaml(target.replace("SERVICE", "chat")))).isFalse();
  }

  private boolean isPrepared(Entry entry, ObjectNode cached) {
    return deployments.isPrepared(FakeCache.as(Deployment.class, cached), entry);
  }

  private static String own(String stamp, int replicas) {
    return """
    {metadata: {resourceVersion: '3', ownerReferences: [{uid: uid-cable}],
                annotations: {dormouse.dev/applied: 'STAMP'}},
     spec: {replicas: REPLICAS}}
    """
        .replace("STAMP", stamp)
        .replace("REPLICAS", Integer.toString(replicas));
  }

  private void found(String name, String object) {
    cluster
        .server()
        .expect()
        .get()
        .withPath(PATH + name)
        .andReturn(200, yaml(object).toString())
        .once();
  }

  private void applied(String name, int code, String object) {
    cluster
        .server()
        .expect()
        .patch()
        .withPath(PATH + name + APPLY)
        .andReturn(code, yaml(object).toString())
        .once();
  }

  /** What was applied after one look. */
  private JsonNode sentApply() {
    assertThat(cluster.request().getMethod()).isEqualTo("GET");
    RecordedRequest request = cluster.request();
    assertThat(request.getMethod()).isEqualTo("PATCH");
    assertThat(request.getHeader("Content-Type")).startsWith("application/apply-patch+yaml");
    return MockCluster.body(request);
  }

  private void assertNothingWritten() {
    assertThat(cluster.request().getMethod()).isEqualTo("GET");
    assertThat(cluster.server().getRequestCount()).isEqualTo(1);
  }
}
