package dev.dormouse.kubernetes.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.kubernetes.client.MockCluster;
import dev.dormouse.kubernetes.objects.ActivatorPod;
import dev.dormouse.kubernetes.operator.FakeCache;
import dev.dormouse.kubernetes.resource.Objects;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ActivatorPodsTest {
  private final MockCluster cluster = MockCluster.thatKeepsObjects();
  private final Semaphore changes = new Semaphore(0);

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void thoseThatAreReadyAreKnownWithNodeZoneAndTheAddressesOfBothFamilies()
      throws InterruptedException {
    String node = "metadata: {name: n1, labels: {topology.kubernetes.io/zone: z1}}";
    cluster.client().resource(FakeCache.as(Node.class, Objects.yaml(node))).create();
    create("a", "n1", "Running", "True");
    create("b", "n1", "Running", "False");
    create("c", "n1", "Failed", "True");
    create("d", "elsewhere", "Running", "True");
    try (var pods = watch()) {
      assertThat(changes.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
      List<ActivatorPod> known = pods.known().orElseThrow();
      assertThat(known).extracting(ActivatorPod::name).containsExactly("a", "d");
      assertThat(known.getFirst().zone()).contains("z1");
      assertThat(known.getFirst().node()).contains("n1");
      assertThat(known.getFirst().addresses()).containsExactly("10.0.0.1", "fd00::1");
      assertThat(known.getLast().zone()).as("nobody knows that node").isEmpty();
      cluster.client().pods().inNamespace("sys").withName("a").delete();
      assertThat(changes.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
      assertThat(pods.known().orElseThrow()).extracting(ActivatorPod::name).containsExactly("d");
    }
  }

  private ActivatorPods watch() {
    var zones = new Zones(cluster.api());
    return new ActivatorPods(cluster.client(), zones, "sys", "app=activator", changes::release);
  }

  private void create(String name, String node, String phase, String ready) {
    String pod =
        """
        metadata: {name: NAME, namespace: sys, uid: u-NAME, labels: {app: activator}}
        spec: {nodeName: NODE}
        status:
          phase: PHASE
          podIP: 10.0.0.1
          podIPs: [{ip: 10.0.0.1}, {ip: "fd00::1"}]
          conditions: [{type: Ready, status: "READY"}]
        """
            .replace("NAME", name)
            .replace("NODE", node)
            .replace("PHASE", phase)
            .replace("READY", ready);
    cluster.client().resource(FakeCache.as(Pod.class, Objects.yaml(pod))).create();
  }

  @Test
  void anAddressSaysItsFamily() {
    assertThat(ActivatorPod.Family.of("10.0.0.1")).isEqualTo(ActivatorPod.Family.IPV4);
    assertThat(ActivatorPod.Family.of("fd00::1")).isEqualTo(ActivatorPod.Family.IPV6);
    var pod =
        new ActivatorPod("sys", "a", "u", Optional.empty(), Optional.empty(), List.of("fd00::1"));
    assertThat(pod.address(ActivatorPod.Family.IPV4)).isEmpty();
  }
}
