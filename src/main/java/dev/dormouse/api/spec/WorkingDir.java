package dev.dormouse.api.spec;

import dev.dormouse.api.schema.Field;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the program of a spec runs: all relative paths of the spec start from there.
 *
 * @param path absolute, or as declared where it is not known what that starts from; empty for
 *     wherever Dormouse itself runs
 */
record WorkingDir(Optional<String> path) {
  /**
   * Reads it.
   *
   * @param directory what a relative one starts from, if that can be known
   */
  static WorkingDir of(Field field, Optional<Path> directory) {
    Optional<String> declared = field.text();
    return new WorkingDir(
        directory
            .flatMap(it -> absolute(field, it.toString(), declared.orElse("")))
            .or(() -> declared));
  }

  /** What a path means, absolute; empty if no file can be named so, which its field says then. */
  Optional<String> resolve(Field field, String text) {
    return absolute(field, path.orElse(""), text);
  }

  private static Optional<String> absolute(Field field, String from, String text) {
    try {
      return Optional.of(Path.of(from).toAbsolutePath().resolve(text).normalize().toString());
    } catch (InvalidPathException e) {
      field.expected("a path that this machine's file names can express");
      return Optional.empty();
    }
  }
}
