package dev.dormouse.cli;

import dev.dormouse.api.ManifestReader;
import dev.dormouse.api.Manifests;
import dev.dormouse.api.Problem;
import dev.dormouse.api.ReaderContext;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code dormouse run}: serves the services of one machine until it is told to stop. */
@Command(
    name = "run",
    description = "Serves on one machine: workloads are local processes.",
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  @Option(
      names = {"-f", "--file"},
      required = true,
      arity = "1..*",
      paramLabel = "FILE_OR_DIR",
      description = "Manifests; of a directory all *.yaml and *.yml.")
  private List<Path> files = List.of();

  @Option(
      names = "--listen",
      defaultValue = "127.0.0.1:8080",
      converter = HostPort.Converter.class,
      paramLabel = "HOST:PORT",
      description = "Where clients connect (default: ${DEFAULT-VALUE}).")
  private HostPort listen = new HostPort("127.0.0.1", 8080);

  @Option(
      names = "--admin",
      defaultValue = "127.0.0.1:8081",
      converter = HostPort.Converter.class,
      paramLabel = "HOST:PORT",
      description = "Live page, metrics, health (default: ${DEFAULT-VALUE}).")
  private HostPort admin = new HostPort("127.0.0.1", 8081);

  @Option(
      names = "--region",
      description = "Where this copy runs. Default: DORMOUSE_REGION, else FLY_REGION.")
  private Optional<String> region = Optional.empty();

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      description = "Output and state of workloads (default: dormouse in the user's state home).")
  private Optional<Path> stateDir = Optional.empty();

  @Override
  public Integer call() throws UserError, InterruptedException {
    LogSetup.install();
    Optional<String> here = Regions.resolve(region);
    Manifests manifests = new ManifestReader(ReaderContext.machine(here)).read(files);
    if (!manifests.problems().isEmpty()) {
      throw new UserError(
          manifests.problems().stream()
              .map(Problem::toString)
              .collect(Collectors.joining("\ndormouse: ")));
    }
    var settings =
        new SingleMachine.Settings(
            listen, admin, here, stateDir.orElseGet(StateHome::resolve), Map.of());
    SingleMachine.start(settings, manifests.services()).serveUntilStopped();
    return 0;
  }
}
