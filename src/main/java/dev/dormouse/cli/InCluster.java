package dev.dormouse.cli;

import dev.dormouse.control.LogRateLimiter;
import dev.dormouse.logging.LogFormat;
import dev.dormouse.logging.LogSetup;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What operator and activator have in common. */
@Command(
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  POD_NAME, POD_NAMESPACE, POD_UID   this pod, from the downward API",
      "  DORMOUSE_NAMESPACE, DORMOUSE_REGION   unless the options say it",
      "  KUBECONFIG                outside of a cluster"
    },
    exitCodeListHeading = "%nExit codes:%n",
    mixinStandardHelpOptions = true)
final class InCluster {
  @Option(
      names = "--namespace",
      paramLabel = "NAMESPACE",
      description = "Only services of this namespace. Default: DORMOUSE_NAMESPACE, else all.")
  private Optional<String> watched = Optional.empty();

  @Option(
      names = "--region",
      paramLabel = "REGION",
      description = "Where this copy runs. Default: DORMOUSE_REGION, else none.")
  private Optional<String> region = Optional.empty();

  @Option(
      names = "--admin",
      defaultValue = "0.0.0.0:8081",
      converter = HostPort.Converter.class,
      paramLabel = "HOST:PORT",
      description = "Health, metrics, services (default: ${DEFAULT-VALUE}).")
  private HostPort admin = new HostPort("0.0.0.0", 8081);

  @Option(
      names = "--log-format",
      defaultValue = "json",
      paramLabel = "FORMAT",
      description = "json: one object a line, or text (default: ${DEFAULT-VALUE}).")
  private LogFormat logFormat = LogFormat.JSON;

  Optional<String> watched() {
    return first(watched, "DORMOUSE_NAMESPACE");
  }

  Optional<String> region() {
    return first(region, "DORMOUSE_REGION");
  }

  HostPort admin() {
    return admin;
  }

  /** To be called before there is any logger; see {@link LogSetup#install}. */
  LogRateLimiter openLog() {
    return LogSetup.install(logFormat);
  }

  /** The namespace of this process. */
  static String ownNamespace() {
    return variable("POD_NAMESPACE").orElse("default");
  }

  /** The name of this process: of its pod, or one that nobody else has. */
  static String ownName() {
    return variable("POD_NAME").orElseGet(() -> "dormouse-" + UUID.randomUUID());
  }

  /** Empty if this process is no pod. */
  static Optional<String> podUid() {
    return variable("POD_NAME").flatMap(_ -> variable("POD_UID"));
  }

  private static Optional<String> first(Optional<String> option, String variable) {
    return Stream.of(option, variable(variable))
        .flatMap(Optional::stream)
        .filter(it -> !it.isBlank())
        .findFirst();
  }

  private static Optional<String> variable(String name) {
    return Optional.ofNullable(System.getenv(name)).filter(it -> !it.isBlank());
  }
}
