package dev.dormouse.kubernetes.client;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** How a cluster is reached. */
public final class Cluster {
  /** No request to the API server may take longer. */
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** So many objects are read in one answer, so that each is there in time. */
  public static final long PAGE = 500;

  private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");
  private static final String USUAL_DOMAIN = "cluster.local";

  private Cluster() {}

  /** The cluster that this process runs in, or that {@code KUBECONFIG} names. */
  public static Config here() {
    return Config.autoConfigure(null);
  }

  /** The cluster of a kubeconfig. */
  public static Config of(String kubeconfig) {
    return Config.fromKubeconfig(kubeconfig);
  }

  /**
   * A client that asks once and then says so, watches for ever, and gives up on an answer in time.
   */
  public static KubernetesClient connect(Config config) {
    config.setRequestRetryBackoffLimit(0);
    config.setRequestTimeout((int) TIMEOUT.toMillis());
    config.setConnectionTimeout((int) TIMEOUT.toMillis());
    config.setWatchReconnectLimit(-1);
    config.setUserAgent("dormouse");
    return new KubernetesClientBuilder().withConfig(config).build();
  }

  /** Requests through a client. */
  public static Api api(KubernetesClient client) {
    return new Api(client, TIMEOUT);
  }

  /** What the names of Services end with: resolv.conf(5) of a pod says it. */
  public static String domain() {
    try {
      return domain(Files.readAllLines(RESOLV_CONF, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return USUAL_DOMAIN;
    }
  }

  static String domain(List<String> resolvConf) {
    Optional<String> found =
        resolvConf.stream()
            .map(String::strip)
            .filter(line -> line.startsWith("search "))
            .flatMap(line -> Stream.of(line.split("\\s+", -1)))
            .filter(name -> name.startsWith("svc."))
            .map(name -> name.substring("svc.".length()))
            .findFirst();
    return found.filter(name -> !name.isBlank()).orElse(USUAL_DOMAIN);
  }
}
