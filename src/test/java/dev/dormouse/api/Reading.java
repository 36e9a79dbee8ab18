package dev.dormouse.api;

import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.api.spec.ValidService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Writes manifests to {@code cable.yaml} in a directory and reads them. */
public record Reading(Path directory, ReaderContext context) {
  /** On one machine; the region is {@code iad}. */
  public static Reading in(Path directory) {
    return new Reading(directory, ReaderContext.machine(Optional.of("iad")));
  }

  Reading with(ReaderContext other) {
    return new Reading(directory, other);
  }

  public Manifests read(String text) {
    try {
      Path file = Files.writeString(directory.resolve("cable.yaml"), text);
      return new ManifestReader(context).read(List.of(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public List<String> problems(String text) {
    return read(text).problems().stream().map(this::shown).toList();
  }

  /** As printed, with the file named by its last step only. */
  String shown(Object problem) {
    return problem.toString().replace(directory + "/", "");
  }

  public ValidService only(String text) {
    Manifests read = read(text);
    if (read.services().size() != 1 || !read.problems().isEmpty()) {
      throw new AssertionError("not one valid service: " + read);
    }
    return read.services().getFirst();
  }

  /** A service named cable whose spec, from line 6 on, is a good one and the given lines. */
  public static String cable(String... lines) {
    return service("cable", "command: [puma]", "port: 28080", "path: /cable") + indented(lines);
  }

  /** A service with nothing but the given lines in its spec, which are lines 6 and following. */
  public static String service(String name, String... lines) {
    return "apiVersion: dormouse.dev/v1alpha1\nkind: OnDemandService\nmetadata:\n  name: "
        + name
        + "\nspec:\n"
        + indented(lines);
  }

  private static String indented(String... lines) {
    return String.join("\n", lines).indent(2);
  }
}
