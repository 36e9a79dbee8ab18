package dev.dormouse.kubernetes.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.core.Condition;
import dev.dormouse.kubernetes.apply.ClusterActivators;
import dev.dormouse.kubernetes.apply.ClusterApi;
import dev.dormouse.kubernetes.apply.ClusterWorkloads;
import dev.dormouse.kubernetes.apply.Deployments;
import dev.dormouse.kubernetes.apply.OwnedObjects;
import dev.dormouse.kubernetes.apply.ReplicaConflicts;
import dev.dormouse.kubernetes.apply.RoutingObjects;
import dev.dormouse.kubernetes.apply.Trouble;
import dev.dormouse.kubernetes.client.MockCluster;
import dev.dormouse.kubernetes.objects.Names;
import dev.dormouse.kubernetes.pass.Leases;
import dev.dormouse.kubernetes.pass.ServicePass;
import dev.dormouse.kubernetes.resource.Catalog;
import dev.dormouse.kubernetes.resource.Objects;
import dev.dormouse.kubernetes.resource.OnDemandService;
import dev.dormouse.kubernetes.resource.Validity;
import dev.dormouse.kubernetes.resource.Validity.Broken;
import dev.dormouse.kubernetes.resource.Validity.Entry;
import dev.dormouse.kubernetes.status.ExtraCondition;
import dev.dormouse.kubernetes.watch.TargetPods;
import dev.dormouse.testing.MutableClock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class OperatorPassesTest {
  private static final Entry CABLE =
      Objects.entry("cable", "{image: i, port: 28080, path: /cable}");
  private static final Entry REDIS = Objects.entry("redis", "{image: i, port: 6379}");

  @Test
  void itsNamesLeadToWhatHasARoute() {
    assertThat(marks(CABLE, Optional.empty())).containsExactly("Routed True Routed");
    assertThat(marks(REDIS, Optional.empty())).isEmpty();
  }

  @Test
  void whereItsNamesLeadElsewhereThatIsSaidBesideTheTrouble() {
    assertThat(marks(CABLE, Optional.empty(), ExtraCondition.Type.SERVICE_CONFLICT))
        .containsExactly("Routed False ServiceConflict", "ServiceConflict True NotOurs");
    assertThat(marks(CABLE, Optional.empty(), ExtraCondition.Type.NOT_ROUTED))
        .containsExactly("Routed False NotRouted", "NotRouted True Refused");
    assertThat(marks(CABLE, Optional.empty(), ExtraCondition.Type.TARGET_CONFLICT))
        .containsExactly("Routed True Routed", "TargetConflict True Taken");
  }

  @ParameterizedTest
  @CsvSource({
    "ROUTE_CONFLICT, Routed False RouteConflict",
    "HOST_NOT_ALLOWED, Routed False HostNotAllowed",
    "INVALID_SPEC, Routed True Routed",
  })
  void whoHasNotTheRouteIsNotRouted(Validity.Reason reason, String expected) {
    var broken = new Broken(reason, "why", Optional.of(CABLE));
    assertThat(marks(CABLE, Optional.of(broken))).containsExactly(expected);
  }

  /** What the definition of the resource lets stand there. */
  @ParameterizedTest
  @EnumSource(value = ExtraCondition.Type.class, names = "ROUTED", mode = EnumSource.Mode.EXCLUDE)
  void everyTroubleHasAReason(ExtraCondition.Type type) {
    ExtraCondition mark = new Trouble(type, "why").mark();
    assertThat(mark.reason()).matches("[A-Za-z]+");
    assertThat(mark.status()).isEqualTo(Condition.Status.TRUE);
    boolean served =
        type == ExtraCondition.Type.REPLICAS_CONTESTED
            || type == ExtraCondition.Type.CONTAINER_TROUBLE
            || type == ExtraCondition.Type.INVALID_ANNOTATION;
    assertThat(new Trouble(type, "why").unready().isEmpty()).isEqualTo(served);
  }

  private static List<String> marks(
      Entry entry, Optional<Broken> flaw, ExtraCondition.Type... troubles) {
    return OperatorPasses.marks(
            entry, flaw, Stream.of(troubles).map(it -> new Trouble(it, "why")).toList())
        .stream()
        .map(it -> it.type().word() + " " + it.status().word() + " " + it.reason())
        .toList();
  }

  /** A new leader has seen no pod yet: what it would make of that is not worth a write. */
  @Test
  void noPassIsRunOverATargetWhosePodsAreBeingListed() {
    OnDemandService service =
        Objects.service(
            "cable",
            1,
            """
            scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
            port: 28080
            path: /cable
            """);
    service.getMetadata().setFinalizers(List.of(Names.FINALIZER));
    FakeCache cache = new FakeCache();
    cache.deployment(
        Objects.yaml(
            """
            metadata: {name: web, namespace: shop, labels: {dormouse.dev/service: cable}}
            spec: {replicas: 1}
            """));
    try (var cluster = MockCluster.thatIsTold();
        var elsewhere = MockCluster.thatIsTold();
        var pods = new TargetPods(elsewhere.client(), _ -> {})) {
      var tender = tender(cluster, cache, pods);
      for (int i = 0; i < 10; i++) {
        assertThat(tender.tend(service)).contains(Duration.ofMillis(500));
      }
      assertThat(cluster.server().getRequestCount()).isZero();
      assertThat(tender.tend(service)).as("not for ever").isPresent();
      assertThat(cluster.server().getRequestCount()).isPositive();
    }
  }

  private static OperatorPasses tender(MockCluster cluster, FakeCache cache, TargetPods pods) {
    var clock = new MutableClock();
    var catalog = new Catalog(Optional.of("iad"), "cluster.local");
    var deployments = new Deployments(cluster.api(), PodDefaultsFixture.IAD);
    var contests = new ReplicaConflicts(clock);
    var belongings =
        new OwnedObjects(
            cluster.api(),
            cache,
            new RoutingObjects(cluster.api(), cache, 8080),
            deployments,
            contests,
            pods,
            Optional::empty);
    var tools =
        new ServicePass.Tools(
            new ClusterApi(cluster.api(), catalog, deployments, contests),
            new ClusterWorkloads(catalog, cache, pods, deployments, clock),
            new ClusterActivators(cluster.api(), "sys", InstantSource.system()),
            new Leases(clock, Duration.ofSeconds(15)),
            Optional.empty());
    var events = new Events(cluster.api(), InstantSource.system(), "me");
    return new OperatorPasses(
        catalog,
        belongings,
        tools,
        new OperatorPasses.Reports(cluster.api(), events, (_, _, _, _) -> {}, _ -> {}, clock));
  }
}
