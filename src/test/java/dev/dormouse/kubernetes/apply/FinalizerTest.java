package dev.dormouse.kubernetes.apply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.kubernetes.client.MockCluster;
import dev.dormouse.kubernetes.objects.Names;
import dev.dormouse.kubernetes.resource.Objects;
import dev.dormouse.kubernetes.resource.OnDemandService;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FinalizerTest {
  private static final String PATH =
      "/apis/dormouse.dev/v1alpha1/namespaces/shop/ondemandservices/cable"
          + "?fieldManager=dormouse-operator";
  private static final String VERSION = "{op: test, path: /metadata/resourceVersion, value: '1'}";

  private final MockCluster cluster = MockCluster.thatIsTold();
  private final Finalizer finalizer = new Finalizer(cluster.api());

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void theFirstIsAListOfItsOwn() {
    answers(200);
    assertThat(finalizer.secure(service())).isTrue();
    assertSent("{op: add, path: /metadata/finalizers, value: [dormouse.dev/replicas]}");
  }

  @Test
  void thoseOfOthersStay() {
    answers(200);
    assertThat(finalizer.secure(service("a.example/b"))).isTrue();
    assertSent("{op: add, path: /metadata/finalizers/-, value: dormouse.dev/replicas}");
    answers(200);
    assertThat(finalizer.remove(service("a.example/b", Names.FINALIZER))).isTrue();
    assertSent("{op: remove, path: /metadata/finalizers/1}");
  }

  @Test
  void whatIsThereIsNotWrittenAgainAndWhatIsNotIsNotRemoved() {
    assertThat(finalizer.secure(service(Names.FINALIZER))).isTrue();
    assertThat(finalizer.remove(service("a.example/b"))).isTrue();
    assertThat(cluster.server().getRequestCount()).isZero();
  }

  @Test
  void whoIsOvertakenIsToTryAgain() {
    answers(422);
    assertThat(finalizer.secure(service())).isFalse();
    answers(409);
    assertThat(finalizer.remove(service(Names.FINALIZER))).isFalse();
  }

  /** An installation of the version before scales as ever. */
  @Test
  void withoutTheRightItGoesWithoutOne() {
    answers(403);
    assertThat(finalizer.secure(service())).isTrue();
  }

  private void answers(int code) {
    cluster.server().expect().patch().withPath(PATH).andReturn(code, "{}").once();
  }

  private void assertSent(String operation) {
    assertThat(MockCluster.body(cluster.request()))
        .isEqualTo(Objects.yaml("{a: [" + VERSION + ", " + operation + "]}").get("a"));
  }

  private static OnDemandService service(String... finalizers) {
    OnDemandService service =
        Objects.service("cable", 1, "{command: [puma], image: i, port: 1, path: /c}");
    service.getMetadata().setFinalizers(List.of(finalizers));
    return service;
  }
}
