package dev.dormouse.kubernetes.operator;

import static dev.dormouse.kubernetes.resource.Objects.entry;
import static dev.dormouse.kubernetes.resource.Objects.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.kubernetes.client.MockCluster;
import dev.dormouse.kubernetes.operator.Children.Trouble;
import dev.dormouse.kubernetes.resource.Standing.Entry;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What leads to a service, against an API server that answers as it is told to. */
class ChildrenTest {
  private static final String SERVICE = "/api/v1/namespaces/shop/services/cable";
  private static final String SLICE =
      "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/cable-dormouse";
  private static final String APPLY = "?force=true&fieldManager=dormouse-operator";
  private static final List<String> ACTIVATORS = List.of("10.0.0.1", "10.0.0.2");
  private static final Entry CABLE =
      entry("cable", "{command: [puma], image: i, port: 28080, path: /cable}");

  private final MockCluster cluster = MockCluster.thatIsTold();
  private final FakeCache cache = new FakeCache();
  private final Children children = new Children(cluster.api(), cache, 8080);

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void whatIsMissingIsApplied() {
    accepted(SERVICE);
    accepted(SLICE);
    assertThat(children.ensure(CABLE, ACTIVATORS)).isEmpty();
    assertThat(requests(4))
        .containsExactly(
            "GET " + SERVICE, "PATCH " + SERVICE + APPLY, "GET " + SLICE, "PATCH " + SLICE + APPLY);
  }

  @Test
  void theSliceLeadsToTheActivators() {
    accepted(SERVICE);
    accepted(SLICE);
    assertThat(children.ensure(CABLE, ACTIVATORS)).isEmpty();
    IntStream.range(0, 3).forEach(_ -> cluster.request());
    var slice = MockCluster.body(cluster.request());
    assertThat(slice.at("/endpoints/1/addresses/0").asText()).isEqualTo("10.0.0.2");
    assertThat(slice.at("/ports/0/port").asInt()).isEqualTo(8080);
  }

  @Test
  void whatIsSeenAsItWasAppliedIsNotAskedFor() {
    cache.service = Optional.of(FakeCache.as(Service.class, Drafts.service(CABLE).orElseThrow()));
    cache.slice = Optional.of(FakeCache.as(EndpointSlice.class, slice(ACTIVATORS)));
    assertThat(children.ensure(CABLE, ACTIVATORS)).isEmpty();
    assertThat(cluster.server().getRequestCount()).isZero();
  }

  @Test
  void otherActivatorsAreAnotherSlice() {
    cache.service = Optional.of(FakeCache.as(Service.class, Drafts.service(CABLE).orElseThrow()));
    cache.slice = Optional.of(FakeCache.as(EndpointSlice.class, slice(ACTIVATORS)));
    found(SLICE, slice(ACTIVATORS));
    accepted(SLICE);
    assertThat(children.ensure(CABLE, List.of("10.0.0.3"))).isEmpty();
    assertThat(requests(2)).containsExactly("GET " + SLICE, "PATCH " + SLICE + APPLY);
  }

  @Test
  void whatWasAppliedButNotSeenYetIsNotAppliedAgain() {
    found(SERVICE, Drafts.service(CABLE).orElseThrow());
    found(SLICE, slice(ACTIVATORS));
    assertThat(children.ensure(CABLE, ACTIVATORS)).isEmpty();
    assertThat(requests(2)).containsExactly("GET " + SERVICE, "GET " + SLICE);
    assertThat(cluster.server().getRequestCount()).isEqualTo(2);
  }

  @Test
  void aStrangersServiceIsLeftAlone() {
    found(SERVICE, yaml("{metadata: {name: cable, ownerReferences: [{uid: other}]}}"));
    assertThat(children.ensure(CABLE, ACTIVATORS).map(Trouble::reason)).contains("ServiceConflict");
    assertThat(requests(1)).containsExactly("GET " + SERVICE);
    assertThat(cluster.server().getRequestCount()).isEqualTo(1);
  }

  @Test
  void aSliceOfTheOtherAddressFamilyIsMadeAnew() {
    cache.service = Optional.of(FakeCache.as(Service.class, Drafts.service(CABLE).orElseThrow()));
    found(SLICE, slice(ACTIVATORS));
    cluster.server().expect().delete().withPath(SLICE).andReturn(200, "{}").once();
    accepted(SLICE);
    assertThat(children.ensure(CABLE, List.of("fd00::1"))).isEmpty();
    assertThat(requests(3))
        .containsExactly("GET " + SLICE, "DELETE " + SLICE, "PATCH " + SLICE + APPLY);
  }

  @Test
  void whatNobodyIsRoutedToHasAServiceOnly() {
    accepted(SERVICE.replace("cable", "redis"));
    Entry redis = entry("redis", "{command: [redis], image: i, port: 6379}");
    assertThat(children.ensure(redis, ACTIVATORS)).isEmpty();
    assertThat(requests(2)).allMatch(it -> it.contains("/services/redis"));
    assertThat(cluster.server().getRequestCount()).isEqualTo(2);
  }

  @Test
  void aRefusalIsTold() {
    patched(SERVICE, 403);
    assertThat(children.ensure(CABLE, ACTIVATORS).map(Trouble::reason)).contains("NotApplied");
  }

  private static ObjectNode slice(List<String> addresses) {
    return Drafts.slice(CABLE, addresses, 8080);
  }

  private List<String> requests(int count) {
    return IntStream.range(0, count).mapToObj(_ -> cluster.request()).map(this::line).toList();
  }

  private String line(RecordedRequest request) {
    return request.getMethod() + " " + request.getPath();
  }

  private void found(String path, ObjectNode object) {
    cluster.server().expect().get().withPath(path).andReturn(200, object.toString()).once();
  }

  private void accepted(String path) {
    patched(path, 200);
  }

  private void patched(String path, int code) {
    cluster.server().expect().patch().withPath(path + APPLY).andReturn(code, "{}").once();
  }
}
