package dev.dormouse.cli;

import dev.dormouse.api.ManifestReader;
import dev.dormouse.api.Manifests;
import dev.dormouse.api.Problem;
import dev.dormouse.api.ReaderContext;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dormouse validate}: every mistake, with file, line and field. */
@Command(
    name = "validate",
    description = "Checks manifests and prints every mistake with file, line and field.",
    mixinStandardHelpOptions = true)
final class ValidateCommand implements Callable<Integer> {
  @Option(
      names = {"-f", "--file"},
      required = true,
      arity = "1..*",
      paramLabel = "FILE_OR_DIR",
      description = "Manifests; of a directory all *.yaml and *.yml.")
  private List<Path> files = List.of();

  @Option(
      names = "--region",
      description = "Check as this region sees them. Default: DORMOUSE_REGION, else FLY_REGION.")
  private Optional<String> region = Optional.empty();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Manifests manifests =
        new ManifestReader(ReaderContext.machine(Regions.resolve(region))).read(files);
    PrintWriter out = spec.commandLine().getOut();
    manifests.notes().forEach(note -> out.println("note: " + note));
    manifests
        .services()
        .forEach(service -> service.warnings().forEach(text -> out.println("warning: " + text)));
    PrintWriter err = spec.commandLine().getErr();
    for (Problem problem : manifests.problems()) {
      err.println(problem);
    }
    if (!manifests.problems().isEmpty()) {
      return Dormouse.FAILED;
    }
    out.println("valid: " + manifests.services().size() + " service(s)");
    return 0;
  }
}
