package dev.dormouse.api;

import java.util.Optional;
import java.util.Set;

/**
 * What the meaning of a manifest depends on.
 *
 * @param region where this copy runs, if that is known
 * @param unsupported what is refused as not supported yet; see {@link Unsupported}
 */
public record ReaderContext(Optional<String> region, Platform platform, Set<String> unsupported) {
  /** What runs the workloads. */
  public enum Platform {
    /** Processes on this machine. */
    MACHINE,
    /** Pods of a cluster. */
    KUBERNETES
  }

  /** The context of {@code dormouse run} and {@code validate}. */
  public static ReaderContext machine(Optional<String> region) {
    return new ReaderContext(region, Platform.MACHINE, Unsupported.FIELDS);
  }
}
