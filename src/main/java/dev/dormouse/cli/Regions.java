package dev.dormouse.cli;

import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Where this copy of Dormouse runs. */
final class Regions {
  private Regions() {}

  /** The option if given, else {@code DORMOUSE_REGION}, else {@code FLY_REGION}. */
  static Optional<String> resolve(Optional<String> option) {
    Map<String, String> env = System.getenv();
    return Stream.of(
            option,
            Optional.ofNullable(env.get("DORMOUSE_REGION")),
            Optional.ofNullable(env.get("FLY_REGION")))
        .flatMap(Optional::stream)
        .filter(region -> !region.isBlank())
        .findFirst();
  }
}
