package dev.dormouse.cli;

import dev.dormouse.api.spec.EphemeralPorts;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.api.spec.ValidService;
import dev.dormouse.core.Activation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the options and the environment say of where this copy of Dormouse runs. */
final class MachineEnvironment {
  /** Where Fly's proxy connects from: the private addresses of a Machine's own host. */
  private static final List<String> FLY_PROXY = List.of("172.16.0.0/12");

  private MachineEnvironment() {}

  /**
   * How manifests are read on this machine.
   *
   * @param region {@code --region}; else it is {@code DORMOUSE_REGION}, else {@code FLY_REGION}
   * @throws UserError if a variable has a value that it cannot have
   */
  static ReaderContext context(Optional<String> region, Map<String, String> env) throws UserError {
    List<String> proxies = isOnFly(env) ? FLY_PROXY : List.of();
    return ReaderContext.machine(region(region, env))
        .with(activations(env))
        .trusting(proxies)
        .with(ephemeralPorts());
  }

  private static EphemeralPorts ephemeralPorts() {
    return EphemeralPorts.of(setting("ip_local_port_range"), setting("ip_local_reserved_ports"));
  }

  /** A setting of the kernel; empty where there is none. */
  private static String setting(String name) {
    try {
      return Files.readString(Path.of("/proc/sys/net/ipv4", name));
    } catch (IOException e) {
      return "";
    }
  }

  /** Whether this is a Fly Machine, whose clients all come through Fly's proxy. */
  static boolean isOnFly(Map<String, String> env) {
    return env.containsKey("FLY_APP_NAME");
  }

  private static Optional<String> region(Optional<String> option, Map<String, String> env) {
    return Stream.of(
            option,
            Optional.ofNullable(env.get("DORMOUSE_REGION")),
            Optional.ofNullable(env.get("FLY_REGION")))
        .flatMap(Optional::stream)
        .filter(region -> !region.isBlank())
        .findFirst();
  }

  private static Map<String, Activation> activations(Map<String, String> env) throws UserError {
    Map<String, Activation> activations = new TreeMap<>();
    List<String> mistakes = new ArrayList<>();
    for (Map.Entry<String, String> variable : new TreeMap<>(env).entrySet()) {
      if (variable.getKey().startsWith(ReaderContext.ACTIVATION_PREFIX)) {
        activation(variable.getValue())
            .ifPresentOrElse(
                it -> activations.put(variable.getKey(), it),
                () ->
                    mistakes.add(
                        variable.getKey()
                            + " must be OnDemand, Always or Disabled, was \""
                            + variable.getValue()
                            + '"'));
      }
    }
    if (!mistakes.isEmpty()) {
      throw new UserError(mistakes);
    }
    return activations;
  }

  private static Optional<Activation> activation(String text) {
    return Stream.of(Activation.values())
        .filter(it -> it.name().replace("_", "").equalsIgnoreCase(text.strip()))
        .findFirst();
  }

  /** One line for each override of a service that there is not. */
  static List<String> vainOverrides(ReaderContext context, List<ValidService> services) {
    Set<String> known =
        services.stream()
            .map(it -> ReaderContext.variable(it.id().name()))
            .collect(Collectors.toSet());
    return context.activations().keySet().stream()
        .filter(it -> !known.contains(it))
        .sorted()
        .map(it -> it + " names no service")
        .toList();
  }

  /** Whether the launcher named an AOT cache, and Java took it. */
  static boolean isSharing() {
    return System.getProperty("dormouse.cache") == null
        && System.getProperty("java.vm.info", "").contains("sharing");
  }
}
