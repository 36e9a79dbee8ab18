package dev.dormouse.api;

import dev.dormouse.core.Activation;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the meaning of a manifest depends on.
 *
 * @param region where this copy runs, if that is known
 * @param activations what replaces {@code spec.activation} here, by {@link #variable}
 */
public record ReaderContext(
    Optional<String> region, Platform platform, Map<String, Activation> activations) {
  /** What the names of the variables that override {@code activation} start with. */
  public static final String ACTIVATION_PREFIX = "DORMOUSE_ACTIVATION_";

  /** What runs the workloads. */
  public enum Platform {
    /** Processes on this machine. */
    MACHINE,
    /** Pods of a cluster. */
    KUBERNETES
  }

  /** The context of {@code dormouse run} and {@code validate}. */
  public static ReaderContext machine(Optional<String> region) {
    return new ReaderContext(region, Platform.MACHINE, Map.of());
  }

  /** The context of {@code dormouse operator} and {@code activator}. */
  public static ReaderContext kubernetes(Optional<String> region) {
    return new ReaderContext(region, Platform.KUBERNETES, Map.of());
  }

  /** The same with overrides of {@code activation}. */
  public ReaderContext with(Map<String, Activation> overrides) {
    return new ReaderContext(region, platform, Map.copyOf(overrides));
  }

  /** The variable that overrides a service: {@code DORMOUSE_ACTIVATION_MY_CABLE}. */
  public static String variable(String service) {
    return ACTIVATION_PREFIX + service.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  Optional<Activation> override(String service) {
    return Optional.ofNullable(activations.get(variable(service)));
  }

  /** {@code with DORMOUSE_ACTIVATION_MY_CABLE=OnDemand: }; empty if nothing is overridden. */
  String because(String service) {
    return override(service)
        .map(it -> "with " + variable(service) + "=" + Formats.camel(it) + ": ")
        .orElse("");
  }
}
