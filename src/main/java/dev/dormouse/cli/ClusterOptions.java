package dev.dormouse.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which cluster is meant, if one is: its libraries are not loaded before. */
final class ClusterOptions {
  /** Set by the launcher where it was called as a plugin of kubectl. */
  private static final String PLUGIN = "DORMOUSE_KUBECTL_PLUGIN";

  @Option(
      names = "--context",
      paramLabel = "CONTEXT",
      description =
          "The cluster of this context of the kubeconfig, instead of an admin port. Default as"
              + " kubectl dormouse: the current one.")
  private Optional<String> context = Optional.empty();

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "The kubeconfig. Default: KUBECONFIG, else ~/.kube/config.")
  private Optional<Path> kubeconfig = Optional.empty();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace on the cluster. Default: the one of the context.")
  private Optional<String> namespace = Optional.empty();

  /** Whether it is about a cluster, and not about an admin port. */
  boolean isAsked() {
    return context.isPresent()
        || kubeconfig.isPresent()
        || namespace.isPresent()
        || System.getenv(PLUGIN) != null;
  }

  Optional<String> context() {
    return context;
  }

  Optional<Path> kubeconfig() {
    return kubeconfig;
  }

  Optional<String> namespace() {
    return namespace;
  }
}
