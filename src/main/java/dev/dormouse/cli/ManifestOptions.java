package dev.dormouse.cli;

import dev.dormouse.api.spec.ReaderContext;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which manifests are read, and for which region. */
final class ManifestOptions {
  @Option(
      names = {"-f", "--file"},
      required = true,
      arity = "1..*",
      paramLabel = "FILE_OR_DIR",
      description = {
        "Manifests; of a directory all *.yaml and *.yml in it, not below.",
        "Can be given several times."
      })
  private List<Path> files = List.of();

  @Option(
      names = "--region",
      paramLabel = "REGION",
      description =
          "Which of spec.regions holds here. Default: DORMOUSE_REGION, else FLY_REGION, else none.")
  private Optional<String> region = Optional.empty();

  /** For picocli, which fills it. */
  ManifestOptions() {}

  ManifestOptions(List<Path> files, Optional<String> region) {
    this.files = files;
    this.region = region;
  }

  List<Path> files() {
    return files;
  }

  ReaderContext context() throws UserError {
    return MachineEnvironment.context(region, System.getenv());
  }
}
