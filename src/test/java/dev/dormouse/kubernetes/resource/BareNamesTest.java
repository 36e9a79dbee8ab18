package dev.dormouse.kubernetes.resource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.ServiceSpec.Route;
import dev.dormouse.kubernetes.resource.Validity.Entry;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** {@code ws://cable/} in the namespace of the service, as its Service is called there. */
class BareNamesTest {
  private static final String PLAIN = "{image: i, port: 1, path: /cable}";

  private final Catalog catalog = new Catalog(Optional.of("iad"), "cluster.local");

  @Test
  void aServiceAnswersToItsShortName() {
    put("shop", "cable", PLAIN);
    assertThat(hosts("shop"))
        .containsExactly("cable.shop", "cable.shop.svc", "cable.shop.svc.cluster.local", "cable");
  }

  @Test
  void whatTwoAreCalledNeitherAnswersTo() {
    put("shop", "cable", PLAIN);
    put("forum", "cable", PLAIN);
    put("forum", "chat", PLAIN.replace("cable", "chat"));
    assertThat(hosts("shop")).doesNotContain("cable");
    assertThat(hosts("forum")).doesNotContain("cable").contains("chat");
  }

  @Test
  void whatHasNoOwnNameOrNoRouteDoesNotTakeOne() {
    put("shop", "cable", PLAIN);
    put("forum", "cable", "{image: i, port: 1, routes: [{host: ws.example.com, path: /cable}]}");
    put("blog", "cable", "{image: i, port: 1}");
    assertThat(hosts("shop")).contains("cable");
    assertThat(hosts("forum")).containsExactly("ws.example.com");
  }

  @Test
  void aWordThatIsDeclaredAsAHostIsWhoseItIs() {
    var _ = catalog.namespace("forum", Optional.of("cable"));
    put("forum", "other", "{image: i, port: 1, routes: [{host: cable, path: /cable}]}");
    put("shop", "cable", PLAIN);
    assertThat(hosts("shop")).doesNotContain("cable");
    assertThat(hosts("forum")).contains("cable");
  }

  @Test
  void nobodyIsLocalhost() {
    put("shop", "localhost", PLAIN);
    assertThat(hosts("shop")).doesNotContain("localhost");
  }

  private void put(String namespace, String name, String spec) {
    OnDemandService service = Objects.service(name, 1, spec);
    service.getMetadata().setNamespace(namespace);
    service.getMetadata().setUid(namespace + "-" + name);
    var _ = catalog.put(service);
  }

  private List<String> hosts(String namespace) {
    return catalog.served().stream()
        .filter(it -> it.id().namespace().equals(namespace))
        .map(Entry::spec)
        .flatMap(it -> it.routes().stream())
        .map(Route::host)
        .map(Optional::orElseThrow)
        .toList();
  }
}
