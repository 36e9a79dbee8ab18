package dev.dormouse.kubernetes.resource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.ServiceId;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostRulesTest {
  private static final ServiceId CABLE = new ServiceId("shop", "cable");
  private static final ServiceId OTHER = new ServiceId("evil", "cable");

  private final HostRules rules = HostRules.byNamespace();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cable.shop",
        "cable.shop.svc",
        "cable.shop.svc.cluster.local",
        "cable.shop.svc.k8s.example.com",
        "cable.shop.svc.clusterset.local"
      })
  void theNamesOfAServiceAreThatServicesOnlyWhateverNamespacesAllow(String host) {
    rules.put("shop", Optional.of(""));
    rules.put("evil", Optional.of("*, " + host));
    assertThat(rules.objection(CABLE, host, false)).isEmpty();
    assertThat(rules.objection(OTHER, host, false))
        .contains(host + " is a name of the Service shop/cable");
    assertThat(rules.objection(CABLE.sibling("chat"), host, false)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pod.cable.shop.svc",
        "a.b.svc.cable.shop.svc",
        "cable.shop.svc.cable.shop.svc",
        "xcable.shop.svc"
      })
  void aLongerNameIsThatOfTheServiceThatItNames(String host) {
    rules.put("evil", Optional.of("*"));
    assertThat(rules.objection(OTHER, host, true)).isPresent();
  }

  /** A domain that was there first is no name because somebody makes a namespace of that name. */
  @Test
  void aNameOfTwoWordsIsAServicesOnceTheNamespaceIsThere() {
    rules.put("shop", Optional.empty());
    assertThat(rules.objection(CABLE, "scores.dev", false)).isEmpty();
    rules.put("dev", Optional.empty());
    assertThat(rules.objection(CABLE, "scores.dev", false)).isPresent();
    assertThat(rules.objection(CABLE, "scores.dev", true)).isEmpty();
    rules.remove("dev");
    assertThat(rules.objection(CABLE, "scores.dev", false)).isEmpty();
  }

  @Test
  void aSingleWordIsAnotherServiceInEveryNamespaceUnlessSomebodyWroteItDown() {
    rules.put("shop", Optional.empty());
    assertThat(rules.objection(CABLE, "cable", true)).isPresent();
    assertThat(rules.objection(CABLE, "localhost", false)).isEmpty();
    rules.put("shop", Optional.of("*"));
    assertThat(rules.objection(CABLE, "cable", false)).isPresent();
    rules.put("shop", Optional.of("cable"));
    assertThat(rules.objection(CABLE, "cable", false)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "*, ws.example.com, true",
    "ws.example.com, ws.example.com, true",
    "WS.Example.com., ws.example.com, true",
    "ws.example.com, xws.example.com, false",
    "*.example.com, ws.example.com, true",
    "*.example.com, a.b.example.com, true",
    "*.example.com, example.com, false",
    "*.example.com, badexample.com, false",
    "*example.com, badexample.com, false",
    "'a.example, b.example\nc.example', b.example, true",
    "'a.example, b.example\nc.example', c.example, true",
    "'a.example,, ,b.example', d.example, false",
    "'', ws.example.com, false",
    "https://ws.example.com, ws.example.com, false",
    "'**', ws.example.com, false"
  })
  void theAnnotationBoundsWhatMayBeClaimed(String annotation, String host, boolean allowed) {
    rules.put("shop", Optional.of(annotation));
    assertThat(rules.objection(CABLE, host, false).isEmpty()).isEqualTo(allowed);
    assertThat(rules.objection(CABLE, host, true).isEmpty()).isEqualTo(allowed);
  }

  @Test
  void whatANamespaceMayNotClaimIsToldWithTheAnnotation() {
    rules.put("shop", Optional.of("a.example"));
    assertThat(rules.objection(CABLE, "b.example", false))
        .contains("b.example is not in dormouse.dev/host-claims of the namespace shop");
  }

  @Test
  void ofAnUnknownNamespaceOnlyWhatIsHeldStays() {
    assertThat(rules.isDecided("shop")).isFalse();
    assertThat(rules.objection(CABLE, "b.example", false)).isPresent();
    assertThat(rules.objection(CABLE, "b.example", true)).isEmpty();
    assertThat(rules.objection(CABLE, "cable.shop.svc", false)).isEmpty();
    rules.unreadable();
    assertThat(rules.isDecided("shop")).isTrue();
    assertThat(rules.objection(CABLE, "b.example", false)).isPresent();
  }

  @Test
  void onlyWhoListsAHostSharesItWithAnotherNamespace() {
    rules.put("shop", Optional.of("*"));
    rules.put("evil", Optional.of("*.example"));
    assertThat(rules.shares("shop", "h.example")).isFalse();
    assertThat(rules.shares("evil", "h.example")).isTrue();
    assertThat(rules.shares("unknown", "h.example")).isFalse();
  }
}
