package dev.dormouse.kubernetes.apply;

import static dev.dormouse.kubernetes.resource.Objects.entry;
import static dev.dormouse.kubernetes.resource.Objects.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.kubernetes.client.MockCluster;
import dev.dormouse.kubernetes.objects.ActivatorPod;
import dev.dormouse.kubernetes.objects.ActivatorPod.Family;
import dev.dormouse.kubernetes.objects.Drafts;
import dev.dormouse.kubernetes.objects.Names;
import dev.dormouse.kubernetes.operator.FakeCache;
import dev.dormouse.kubernetes.resource.Validity.Entry;
import dev.dormouse.kubernetes.status.ExtraCondition;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What leads to a service, against an API server that answers as it is told to. */
class RoutingObjectsTest {
  private static final String SERVICE = "/api/v1/namespaces/shop/services/cable";
  private static final String SLICE =
      "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/cable-dormouse";
  private static final String APPLY = "?force=true&fieldManager=dormouse-operator";
  private static final List<ActivatorPod> ACTIVATORS =
      List.of(activator("a", "10.0.0.1"), activator("b", "10.0.0.2"));
  private static final Entry CABLE =
      entry("cable", "{command: [puma], image: i, port: 28080, path: /cable}");

  private final MockCluster cluster = MockCluster.thatIsTold();
  private final FakeCache cache = new FakeCache();
  private final RoutingObjects children = new RoutingObjects(cluster.api(), cache, 8080);

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void whatIsMissingIsApplied() {
    accepted(SERVICE);
    accepted(SLICE);
    assertThat(children.ensure(CABLE, ACTIVATORS)).isEqualTo(new Check.Sound());
    assertThat(requests(4))
        .containsExactly(
            "GET " + SERVICE, "PATCH " + SERVICE + APPLY, "GET " + SLICE, "PATCH " + SLICE + APPLY);
  }

  @Test
  void theSliceLeadsToTheActivators() {
    accepted(SERVICE);
    accepted(SLICE);
    assertThat(children.ensure(CABLE, ACTIVATORS)).isEqualTo(new Check.Sound());
    IntStream.range(0, 3).forEach(_ -> cluster.request());
    var slice = MockCluster.body(cluster.request());
    assertThat(slice.at("/endpoints/1/addresses/0").asText()).isEqualTo("10.0.0.2");
    assertThat(slice.at("/ports/0/port").asInt()).isEqualTo(8080);
  }

  @Test
  void whatIsSeenAsItWasAppliedIsNotAskedFor() {
    seen(ACTIVATORS);
    assertThat(children.ensure(CABLE, ACTIVATORS)).isEqualTo(new Check.Sound());
    assertThat(cluster.server().getRequestCount()).isZero();
  }

  /** A rollout of the activators changes every slice there is. */
  @Test
  void otherActivatorsAreAnotherSliceInOneRequest() {
    seen(ACTIVATORS);
    accepted(SLICE);
    assertThat(children.ensure(CABLE, List.of(activator("c", "10.0.0.3"))))
        .isEqualTo(new Check.Sound());
    RecordedRequest patch = cluster.request();
    assertThat(line(patch)).isEqualTo("PATCH " + SLICE + APPLY);
    assertThat(MockCluster.body(patch).at("/metadata/resourceVersion").asText()).isEqualTo("5");
    assertThat(cluster.server().getRequestCount()).isEqualTo(1);
  }

  @Test
  void whatIsNotAsItWasSeenIsReadBeforeItIsApplied() {
    seen(ACTIVATORS);
    patched(SLICE, 409);
    found(SLICE, slice(ACTIVATORS));
    accepted(SLICE);
    assertThat(children.ensure(CABLE, List.of(activator("c", "10.0.0.3"))))
        .isEqualTo(new Check.Sound());
    assertThat(requests(3))
        .containsExactly("PATCH " + SLICE + APPLY, "GET " + SLICE, "PATCH " + SLICE + APPLY);
  }

  @Test
  void aServiceOfBothFamiliesHasASliceOfEach() {
    List<ActivatorPod> both = List.of(activator("a", "10.0.0.1", "fd00::1"));
    accepted(SERVICE);
    accepted(SLICE);
    accepted(SLICE + "-ipv6");
    assertThat(children.ensure(CABLE, both)).isEqualTo(new Check.Sound());
    IntStream.range(0, 5).forEach(_ -> cluster.request());
    var six = MockCluster.body(cluster.request());
    assertThat(six.path("addressType").asText()).isEqualTo("IPv6");
    assertThat(six.at("/endpoints/0/addresses/0").asText()).isEqualTo("fd00::1");
  }

  @Test
  void aServiceOfOneFamilyHasASliceOfThatOnly() {
    List<ActivatorPod> both = List.of(activator("a", "10.0.0.1", "fd00::1"));
    ObjectNode service = Drafts.service(CABLE).orElseThrow();
    service.withObject("/spec").putArray("ipFamilies").add("IPv6");
    cache.service = Optional.of(FakeCache.as(Service.class, service));
    accepted(SLICE + "-ipv6");
    assertThat(children.ensure(CABLE, both)).isEqualTo(new Check.Sound());
    assertThat(requests(2)).allMatch(it -> it.contains(SLICE + "-ipv6"));
    assertThat(cluster.server().getRequestCount()).isEqualTo(2);
  }

  @Test
  void aSliceOfWhatThereIsNobodyLeftOfLeadsToNobody() {
    seen(ACTIVATORS);
    accepted(SLICE);
    assertThat(children.ensure(CABLE, List.of())).isEqualTo(new Check.Sound());
    assertThat(MockCluster.body(cluster.request()).path("endpoints")).isEmpty();
  }

  private void seen(List<ActivatorPod> activators) {
    cache.service = Optional.of(FakeCache.as(Service.class, Drafts.service(CABLE).orElseThrow()));
    ObjectNode slice = slice(activators);
    slice.withObject("/metadata").put("resourceVersion", "5");
    cache.slices = List.of(FakeCache.as(EndpointSlice.class, slice));
  }

  @Test
  void whatWasAppliedButNotSeenYetIsNotAppliedAgain() {
    found(SERVICE, Drafts.service(CABLE).orElseThrow());
    found(SLICE, slice(ACTIVATORS));
    assertThat(children.ensure(CABLE, ACTIVATORS)).isEqualTo(new Check.Sound());
    assertThat(requests(2)).containsExactly("GET " + SERVICE, "GET " + SLICE);
    assertThat(cluster.server().getRequestCount()).isEqualTo(2);
  }

  @Test
  void aStrangersServiceIsLeftAlone() {
    found(SERVICE, yaml("{metadata: {name: cable, ownerReferences: [{uid: other}]}}"));
    assertThat(trouble(children.ensure(CABLE, ACTIVATORS)))
        .isEqualTo(ExtraCondition.Type.SERVICE_CONFLICT);
    assertThat(requests(1)).containsExactly("GET " + SERVICE);
    assertThat(cluster.server().getRequestCount()).isEqualTo(1);
  }

  /** As the version before has made it where there is IPv6 only. */
  @Test
  void aSliceOfTheOtherAddressFamilyIsMadeAnew() {
    ObjectNode old = slice(ACTIVATORS);
    old.put("addressType", "IPv6").withObject("/metadata/annotations").put(Names.APPLIED, "old");
    seen(ACTIVATORS);
    cache.slices = List.of(FakeCache.as(EndpointSlice.class, old));
    found(SLICE, old);
    cluster.server().expect().delete().withPath(SLICE).andReturn(200, "{}").once();
    accepted(SLICE);
    accepted(SLICE + "-ipv6");
    assertThat(children.ensure(CABLE, List.of(activator("a", "fd00::1"))))
        .isEqualTo(new Check.Sound());
    assertThat(requests(5))
        .containsExactly(
            "GET " + SLICE,
            "DELETE " + SLICE,
            "PATCH " + SLICE + APPLY,
            "GET " + SLICE + "-ipv6",
            "PATCH " + SLICE + "-ipv6" + APPLY);
  }

  @Test
  void whatNobodyIsRoutedToHasAServiceOnly() {
    accepted(SERVICE.replace("cable", "redis"));
    Entry redis = entry("redis", "{command: [redis], image: i, port: 6379}");
    assertThat(children.ensure(redis, ACTIVATORS)).isEqualTo(new Check.Sound());
    assertThat(requests(2)).allMatch(it -> it.contains("/services/redis"));
    assertThat(cluster.server().getRequestCount()).isEqualTo(2);
  }

  @Test
  void aRefusalIsTold() {
    patched(SERVICE, 403);
    assertThat(trouble(children.ensure(CABLE, ACTIVATORS)))
        .isEqualTo(ExtraCondition.Type.NOT_ROUTED);
  }

  @Test
  void thatNobodyAnswersIsNoRefusal() {
    patched(SERVICE, 503);
    assertThat(children.ensure(CABLE, ACTIVATORS)).isEqualTo(new Check.Unanswered());
  }

  private static ExtraCondition.Type trouble(Check check) {
    return ((Check.Flawed) check).trouble().type();
  }

  private static ObjectNode slice(List<ActivatorPod> activators) {
    return Drafts.slice(CABLE, Family.IPV4, activators, 8080);
  }

  private static ActivatorPod activator(String name, String... addresses) {
    return new ActivatorPod(
        "dormouse-system",
        name,
        "uid-" + name,
        Optional.of("node-1"),
        Optional.of("zone-1"),
        List.of(addresses));
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
