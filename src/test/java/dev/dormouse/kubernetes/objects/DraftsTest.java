package dev.dormouse.kubernetes.objects;

import static dev.dormouse.kubernetes.resource.Objects.entry;
import static dev.dormouse.kubernetes.resource.Objects.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dormouse.kubernetes.objects.ActivatorPod.Family;
import dev.dormouse.kubernetes.operator.PodDefaultsFixture;
import dev.dormouse.kubernetes.resource.Validity.Entry;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DraftsTest {
  private static final List<String> ONE = List.of("10.0.0.1");
  private static final List<String> TWO = List.of("10.0.0.2", "fd00::2");
  private static final String CABLE =
      """
      command: [puma, -b, "tcp://$(HOST):$(PORT)"]
      image: registry.example.com/showcase
      port: 28080
      path: /cable
      """;

  @Test
  void theSmallestUsefulServiceBecomesARestrictedPodThatIsAskedOnceWhetherItListens() {
    Entry entry = entry("cable", CABLE);
    JsonNode deployment = Drafts.deployment(entry, PodDefaultsFixture.IAD);
    assertThat(deployment.path("metadata").path("annotations").path(Names.APPLIED).asText())
        .isNotEmpty();
    assertThat(unstamped(deployment))
        .isEqualTo(
            yaml(
                """
                apiVersion: apps/v1
                kind: Deployment
                metadata:
                  name: cable
                  namespace: shop
                  labels:
                    app.kubernetes.io/managed-by: dormouse
                    dormouse.dev/service: cable
                  ownerReferences:
                  - apiVersion: dormouse.dev/v1alpha1
                    kind: OnDemandService
                    name: cable
                    uid: uid-cable
                    controller: true
                spec:
                  selector: {matchLabels: {dormouse.dev/service: cable}}
                  strategy: {type: Recreate}
                  revisionHistoryLimit: 0
                  template:
                    metadata:
                      labels:
                        app.kubernetes.io/managed-by: dormouse
                        dormouse.dev/service: cable
                      annotations:
                        dormouse.dev/revision: REVISION
                        kubectl.kubernetes.io/default-container: main
                    spec:
                      terminationGracePeriodSeconds: 16
                      automountServiceAccountToken: false
                      enableServiceLinks: false
                      securityContext:
                        runAsNonRoot: true
                        seccompProfile: {type: RuntimeDefault}
                      containers:
                      - name: main
                        image: registry.example.com/showcase
                        command: [puma, -b, "tcp://$(HOST):$(PORT)"]
                        env:
                        - {name: PORT, value: "28080"}
                        - {name: HOST, value: 0.0.0.0}
                        - {name: REGION, value: iad}
                        - {name: NAME, value: cable}
                        ports: [{containerPort: 28080, protocol: TCP}]
                        startupProbe:
                          tcpSocket: {port: 28080}
                          periodSeconds: 1
                          timeoutSeconds: 1
                          failureThreshold: 60
                        lifecycle: {preStop: {exec: {command: [sleep, "6"]}}}
                        securityContext:
                          allowPrivilegeEscalation: false
                          capabilities: {drop: [ALL]}
                """
                    .replace("REVISION", entry.spec().revision())));
  }

  @Test
  void theTemplateStaysWhereTheSpecSaysNothingElse() {
    Entry entry =
        entry(
            "cable",
            """
            image: ours
            port: 80
            path: /cable
            startup: {probe: {http: {path: /up}}}
            workingDir: /srv/$(NAME)
            env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: s, key: k}}}]
            template:
              metadata: {labels: {team: live}}
              spec:
                serviceAccountName: app
                automountServiceAccountToken: true
                securityContext: {runAsNonRoot: false, fsGroup: 7}
                initContainers: [{name: migrate, image: m}]
                containers:
                - {name: proxy, image: p, securityContext: {capabilities: {add: [NET_BIND_SERVICE]}}}
                - name: main
                  image: theirs
                  lifecycle: {preStop: {exec: {command: [bye]}}}
                  env: [{name: A, value: a}, {name: TOKEN, value: t}]
            """);
    JsonNode pod =
        Drafts.deployment(entry, PodDefaultsFixture.SLEEPING)
            .path("spec")
            .path("template")
            .path("spec");
    JsonNode main = pod.path("containers").path(1);
    assertThat(pod.path("serviceAccountName").asText()).isEqualTo("app");
    assertThat(pod.path("automountServiceAccountToken").asBoolean()).isTrue();
    assertThat(pod.path("securityContext"))
        .isEqualTo(
            yaml("{runAsNonRoot: false, fsGroup: 7, seccompProfile: {type: RuntimeDefault}}"));
    assertThat(pod.path("containers").path(0).path("securityContext"))
        .isEqualTo(
            yaml("{capabilities: {add: [NET_BIND_SERVICE]}, allowPrivilegeEscalation: false}"));
    assertThat(pod.path("initContainers").path(0).has("securityContext")).isTrue();
    assertThat(main.path("image").asText()).isEqualTo("ours");
    assertThat(main.path("workingDir").asText()).isEqualTo("/srv/cable");
    assertThat(main.path("lifecycle")).isEqualTo(yaml("{preStop: {exec: {command: [bye]}}}"));
    assertThat(main.path("startupProbe").path("httpGet")).isEqualTo(yaml("{path: /up, port: 80}"));
    assertThat(main.path("env").valueStream().map(it -> it.path("name").asText()))
        .containsExactly("PORT", "HOST", "REGION", "NAME", "A", "TOKEN");
    assertThat(main.path("env").path(5).has("valueFrom")).isTrue();
  }

  @Test
  void theFirstContainerIsMeantIfNoneIsCalledMain() {
    String template = "template: {spec: {containers: [{name: web, image: w}, {name: side}]}}\n";
    JsonNode pod =
        Drafts.deployment(entry("cable", CABLE + template), PodDefaultsFixture.NOWHERE)
            .path("spec")
            .path("template");
    assertThat(pod.path("spec").path("containers").path(0).path("image").asText())
        .isEqualTo("registry.example.com/showcase");
    assertThat(pod.path("metadata").path("annotations").path(Names.MAIN_CONTAINER).asText())
        .isEqualTo("web");
  }

  @Test
  void aVariableOfOursThatIsReplacedSeesOursAndStandsOnce() {
    String env = "env: [{name: A, value: $(PORT)}, {name: PORT, value: 9$(PORT)$$(PORT)}]\n";
    JsonNode deployment =
        Drafts.deployment(entry("cable", CABLE + env), PodDefaultsFixture.NOWHERE);
    assertThat(main(deployment).path("env"))
        .isEqualTo(
            yaml("""
            env:
            - {name: HOST, value: 0.0.0.0}
            - {name: REGION, value: ""}
            - {name: NAME, value: cable}
            - {name: A, value: "28080"}
            - {name: PORT, value: "928080$$(PORT)"}
            """)
                .path("env"));
  }

  @Test
  void whatClusterKnowsTheSleepActionNeedsNoProgramForIt() {
    JsonNode deployment = Drafts.deployment(entry("cable", CABLE), PodDefaultsFixture.NOWHERE);
    assertThat(main(deployment).path("lifecycle"))
        .isEqualTo(yaml("{preStop: {sleep: {seconds: 6}}}"));
  }

  @Test
  void aPodListensOnAllAddressesOfItsFamily() {
    JsonNode deployment = Drafts.deployment(entry("cable", CABLE), PodDefaultsFixture.IPV6);
    assertThat(main(deployment).path("env").valueStream())
        .contains(yaml("{name: HOST, value: '::'}"));
  }

  @Test
  void theServiceHasNoSelectorAndItsSliceLeadsToTheActivators() {
    Entry entry = entry("cable", CABLE);
    JsonNode service = Drafts.service(entry).orElseThrow();
    assertThat(service.path("spec"))
        .isEqualTo(
            yaml(
                """
                ipFamilyPolicy: PreferDualStack
                ports: [{name: http, port: 80, protocol: TCP, appProtocol: kubernetes.io/ws}]
                """));
    var there = new ActivatorPod("sys", "b", "u-b", Optional.of("n"), Optional.of("z"), TWO);
    var outside = new ActivatorPod("sys", "a", "u-a", Optional.empty(), Optional.empty(), ONE);
    JsonNode slice = Drafts.slice(entry, Family.IPV4, List.of(there, outside), 8080);
    assertThat(slice.path("metadata").path("name").asText()).isEqualTo("cable-dormouse");
    assertThat(slice.path("metadata").path("labels").path("kubernetes.io/service-name").asText())
        .isEqualTo("cable");
    assertThat(slice.path("addressType").asText()).isEqualTo("IPv4");
    assertThat(slice.path("endpoints"))
        .isEqualTo(
            yaml("""
            e:
            - addresses: [10.0.0.1]
              conditions: {ready: true, serving: true, terminating: false}
              targetRef: {kind: Pod, namespace: sys, name: a, uid: u-a}
            - addresses: [10.0.0.2]
              conditions: {ready: true, serving: true, terminating: false}
              targetRef: {kind: Pod, namespace: sys, name: b, uid: u-b}
              nodeName: n
              zone: z
            """)
                .path("e"));
    assertThat(slice.path("ports").path(0))
        .isEqualTo(yaml("{name: http, appProtocol: kubernetes.io/ws, port: 8080, protocol: TCP}"));
    JsonNode six = Drafts.slice(entry, Family.IPV6, List.of(there, outside), 8080);
    assertThat(six.at("/metadata/name").asText()).isEqualTo("cable-dormouse-ipv6");
    assertThat(six.path("endpoints")).hasSize(1);
    assertThat(six.at("/endpoints/0/addresses/0").asText()).isEqualTo("fd00::2");
  }

  @Test
  void whatOnlyOthersReachGetsAServiceThatLeadsToItsPod() {
    String redis = "{command: [redis-server], image: r, port: 6379}";
    assertThat(Drafts.service(entry("redis", redis)).orElseThrow().path("spec"))
        .isEqualTo(
            yaml(
                """
                selector: {dormouse.dev/service: redis}
                ipFamilyPolicy: PreferDualStack
                ports: [{name: tcp, port: 6379, protocol: TCP}]
                """));
    assertThat(Drafts.service(entry("job", "{command: [j], image: i, activation: Always}")))
        .isEmpty();
  }

  @Test
  void theStampChangesWithEverythingThatIsApplied() {
    String before =
        Ownership.applied(Drafts.deployment(entry("cable", CABLE), PodDefaultsFixture.SLEEPING));
    assertThat(
            Ownership.applied(
                Drafts.deployment(entry("cable", CABLE), PodDefaultsFixture.SLEEPING)))
        .isEqualTo(before);
    assertThat(Ownership.applied(Drafts.deployment(entry("cable", CABLE), PodDefaultsFixture.IPV6)))
        .isNotEqualTo(before);
  }

  private static JsonNode main(JsonNode deployment) {
    return deployment.path("spec").path("template").path("spec").path("containers").path(0);
  }

  private static JsonNode unstamped(JsonNode deployment) {
    ObjectNode copy = deployment.deepCopy();
    ((ObjectNode) copy.path("metadata")).remove("annotations");
    return copy;
  }
}
