package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.kubernetes.client.Cluster;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.io.ByteArrayInputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Operator and activators as people install them: what {@code manifests/} holds for the region, of
 * an image under test. They serve the whole cluster and all tests, and go when these have ended.
 */
final class RolesAsPods implements Roles {
  private static final String HOME = "dormouse-system";
  private static final String OVERLAY = "manifests/overlays/" + Stage.REGION;
  private static final String IMAGE = "registry.example.com/dormouse:0.1.0";
  private static final String POLICIES = "admissionregistration.k8s.io/v1";
  private static final int PORT = 8080;
  private static final int ADMIN_PORT = 8081;
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final Removal REMOVAL = new Removal();

  private final KubernetesClient client;
  private final Set<String> taken = new HashSet<>();

  RolesAsPods(KubernetesClient client, String image) {
    this.client = client;
    REMOVAL.atTheEnd();
    await("the last one's end").atMost(LIMIT).until(() -> !isTerminating());
    for (HasMetadata item : manifests(client, image)) {
      client.resource(item).forceConflicts().serverSideApply();
    }
  }

  private boolean isTerminating() {
    Namespace home = client.namespaces().withName(HOME).get();
    return home != null && home.isMarkedForDeletion();
  }

  /** All but the definition, which the tests have their own way to bring up to date. */
  private static List<HasMetadata> manifests(KubernetesClient client, String image) {
    try (var kustomize =
        Child.start(Map.of(), List.of(KubeTools.program("kubectl"), "kustomize", OVERLAY))) {
      assertThat(kustomize.process().waitFor(1, TimeUnit.MINUTES)).isTrue();
      kustomize.awaitEnd();
      String rendered = String.join("\n", kustomize.lines());
      assertThat(rendered).contains(IMAGE);
      // Kubernetes 1.28 and 1.29 have the policies as a beta.
      String policies =
          client.supports(POLICIES, "ValidatingAdmissionPolicy") ? POLICIES : POLICIES + "beta1";
      String fitting = rendered.replace(IMAGE, image).replace(POLICIES, policies);
      return client
          .load(new ByteArrayInputStream(fitting.getBytes(StandardCharsets.UTF_8)))
          .items()
          .stream()
          .filter(it -> !it.getKind().equals("CustomResourceDefinition"))
          .toList();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void startOperator() {
    scaleOperator(2);
  }

  @Override
  public void stopOperator() {
    scaleOperator(0);
  }

  private void scaleOperator(int replicas) {
    client.apps().deployments().inNamespace(HOME).withName("dormouse-operator").scale(replicas);
    await("operators")
        .atMost(LIMIT)
        .until(
            () -> pods("operator").list().getItems(),
            it -> it.size() == replicas && it.stream().allMatch(RolesAsPods::serves));
  }

  @Override
  public Door startActivator() {
    Pod pod = await("another activator").atMost(LIMIT).until(this::free, Optional::isPresent).get();
    String name = pod.getMetadata().getName();
    taken.add(name);
    return new Door() {
      @Override
      public InetSocketAddress address() {
        return new InetSocketAddress(pod.getStatus().getPodIP(), PORT);
      }

      @Override
      public InetSocketAddress admin() {
        return new InetSocketAddress(pod.getStatus().getPodIP(), ADMIN_PORT);
      }

      // KILL after a second, in which it still serves. Without any the kubelet takes its time.
      @Override
      public void close() {
        client.pods().inNamespace(HOME).withName(name).withGracePeriod(1).delete();
      }
    };
  }

  private Optional<Pod> free() {
    return pods("activator").list().getItems().stream()
        .filter(RolesAsPods::serves)
        .filter(it -> !taken.contains(it.getMetadata().getName()))
        .findFirst();
  }

  private static boolean serves(Pod pod) {
    return Readiness.isPodReady(pod) && pod.getMetadata().getDeletionTimestamp() == null;
  }

  private FilterWatchListDeletable<Pod, PodList, PodResource> pods(String component) {
    return client
        .pods()
        .inNamespace(HOME)
        .withLabel("app.kubernetes.io/name", "dormouse")
        .withLabel("app.kubernetes.io/component", component);
  }

  @Override
  public String home() {
    return HOME;
  }

  /** Others need them. */
  @Override
  public void close() {
    startOperator();
  }

  /** When the JVM ends. */
  private static final class Removal {
    private boolean registered;

    synchronized void atTheEnd() {
      if (!registered) {
        Runtime.getRuntime().addShutdownHook(new Thread(Removal::remove));
        registered = true;
      }
    }

    private static void remove() {
      try (KubernetesClient client = Cluster.connect(Clusters.config())) {
        manifests(client, IMAGE).forEach(it -> client.resource(it).delete());
      }
    }
  }
}
