package dev.dormouse.api;

import dev.dormouse.core.ServiceSpec.Doze;
import dev.dormouse.core.ServiceSpec.Heartbeat;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Reads how a service sleeps under open tunnels.
 *
 * @param directory what a relative {@code workingDir} starts from, if that can be known
 */
record DozeReader(Field spec, Optional<Path> directory) {
  Doze read() {
    Field doze = spec.at("doze");
    return new Doze(
        doze.at("after").duration(),
        doze.at("heartbeat").choice(Heartbeat.class),
        doze.at("wakeEvery").declaredDuration(),
        doze.at("wakeOn").at("files").items().stream()
            .flatMap(file -> file.text().flatMap(text -> path(file, text)).stream())
            .distinct()
            .toList());
  }

  /** Relative to where the program runs; as declared where that is not known. */
  private Optional<String> path(Field file, String text) {
    try {
      String workingDir = spec.at("workingDir").node().asText();
      return Optional.of(
          directory
              .map(it -> it.toAbsolutePath().resolve(workingDir).resolve(text).normalize())
              .orElseGet(() -> Path.of(text))
              .toString());
    } catch (InvalidPathException e) {
      file.expected("a path that this machine's file names can express");
      return Optional.empty();
    }
  }
}
