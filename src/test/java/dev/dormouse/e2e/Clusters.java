package dev.dormouse.e2e;

import dev.dormouse.kubernetes.client.Cluster;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * The cluster under test: the one of {@code -Dcluster.kubeconfig=FILE}, else a k3s in a container.
 * The definition of the resource is brought up to date, and stays.
 */
final class Clusters {
  private static final String K3S = "rancher/k3s:v1.33.4-k3s1";
  private static final Path CRD =
      Path.of(System.getProperty("dormouse.basedir"), "crds/ondemandservices.dormouse.dev.yaml");
  private static final Supplier<String> KUBECONFIG = new Once();
  private static final Definition DEFINITION = new Definition();

  private Clusters() {}

  /** A kubeconfig whose user may do everything. */
  static String kubeconfig() {
    return KUBECONFIG.get();
  }

  /** Of the operator and the activators, if they are to run as pods. */
  static Optional<String> dormouseImage() {
    return Optional.of(System.getProperty("cluster.dormouseImage", "")).filter(it -> !it.isEmpty());
  }

  static Config config() {
    return Cluster.of(kubeconfig());
  }

  /** A namespace of its own, with the resource defined. */
  static String namespace(KubernetesClient client) {
    DEFINITION.bringUpToDate(client);
    String name = "dormouse-e2e-" + UUID.randomUUID().toString().substring(0, 8);
    Namespace namespace =
        new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build();
    client.resource(namespace).create();
    client
        .serviceAccounts()
        .inNamespace(name)
        .withName("default")
        .waitUntilCondition(it -> it != null, 30, TimeUnit.SECONDS);
    return name;
  }

  /** Applied with the first test that asks. */
  private static final class Definition {
    private boolean applied;

    synchronized void bringUpToDate(KubernetesClient client) {
      if (!applied) {
        try (var crd = Files.newInputStream(CRD)) {
          client.load(crd).forceConflicts().serverSideApply();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        applied = true;
      }
    }
  }

  /** Started with the first test that asks, removed when the tests have ended. */
  private static final class Once implements Supplier<String> {
    private String found = "";

    @Override
    public synchronized String get() {
      if (found.isEmpty()) {
        String file = System.getProperty("cluster.kubeconfig", "");
        found = file.isEmpty() ? k3s() : read(Path.of(file));
      }
      return found;
    }

    private static String read(Path file) {
      try {
        return Files.readString(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @SuppressWarnings("resource") // the library removes it
    private static String k3s() {
      var k3s = new K3sContainer(DockerImageName.parse(K3S));
      k3s.start();
      return k3s.getKubeConfigYaml();
    }
  }
}
