package dev.dormouse.api;

import java.util.Set;

/**
 * The fields, and values of fields, that are part of the resource and that this version does not
 * act on. Setting one is a mistake: nothing is silently ignored.
 */
final class Unsupported {
  private Unsupported() {}

  /** A path of {@link Schema}, or such a path, {@code =} and a value. */
  static final Set<String> FIELDS =
      Set.of(
          "spec.sleep=Freeze",
          "spec.keepalive",
          "spec.limits",
          "spec.headers",
          "spec.warm",
          "spec.servedBy",
          "spec.regions",
          "spec.startup.probe.http",
          "spec.access.maxConnections",
          "spec.access.maxConnectionsPerClient");
}
