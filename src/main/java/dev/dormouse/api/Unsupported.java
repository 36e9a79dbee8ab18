package dev.dormouse.api;

import java.util.Set;

/**
 * The fields, and values of fields, that are part of the resource and that this version does not
 * act on. Setting one is a mistake: nothing is silently ignored.
 */
final class Unsupported {
  private Unsupported() {}

  /** A path of {@link Schema}, or such a path, {@code =} and a value. */
  static final Set<String> FIELDS = Set.of();
}
