package dev.dormouse.api.spec;

import dev.dormouse.api.schema.Formats;
import dev.dormouse.core.Activation;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the meaning of a manifest depends on.
 *
 * @param region where this copy runs, if that is known
 * @param activations what replaces {@code spec.activation} here, by {@link #variable}
 * @param ephemeralPorts those of the machine that runs the workloads
 * @param trustedProxies what {@code access.trustedProxies} is where a spec does not say it
 */
public record ReaderContext(
    Optional<String> region,
    Platform platform,
    Map<String, Activation> activations,
    List<String> trustedProxies,
    EphemeralPorts ephemeralPorts) {
  /** Whoever can speak from there is on this machine. */
  private static final List<String> LOOPBACK = List.of("127.0.0.0/8", "::1/128");

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
    return usual(region, Platform.MACHINE);
  }

  /** The context of {@code dormouse operator} and {@code activator}. */
  public static ReaderContext kubernetes(Optional<String> region) {
    return usual(region, Platform.KUBERNETES);
  }

  private static ReaderContext usual(Optional<String> region, Platform platform) {
    return new ReaderContext(region, platform, Map.of(), LOOPBACK, EphemeralPorts.USUAL);
  }

  /** The same with overrides of {@code activation}. */
  public ReaderContext with(Map<String, Activation> overrides) {
    return new ReaderContext(
        region, platform, Map.copyOf(overrides), trustedProxies, ephemeralPorts);
  }

  /** The same where these proxies, in CIDR notation, are known as well. */
  public ReaderContext trusting(List<String> networks) {
    List<String> all = Stream.concat(trustedProxies.stream(), networks.stream()).toList();
    return new ReaderContext(region, platform, activations, all, ephemeralPorts);
  }

  /** The same where the system takes these ports for outgoing connections. */
  public ReaderContext with(EphemeralPorts ports) {
    return new ReaderContext(region, platform, activations, trustedProxies, ports);
  }

  /** Whether proxies are known beside those on this machine. */
  boolean knowsProxies() {
    return !trustedProxies.equals(LOOPBACK);
  }

  /** The variable that overrides a service: {@code DORMOUSE_ACTIVATION_MY_CABLE}. */
  public static String variable(String service) {
    return ACTIVATION_PREFIX + service.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  Optional<Activation> override(String service) {
    return Optional.ofNullable(activations.get(variable(service)));
  }

  /** {@code with DORMOUSE_ACTIVATION_MY_CABLE=OnDemand: }; empty if nothing is overridden. */
  public String because(String service) {
    return override(service)
        .map(it -> "with " + variable(service) + "=" + Formats.camel(it) + ": ")
        .orElse("");
  }
}
