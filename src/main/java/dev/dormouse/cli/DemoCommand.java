package dev.dormouse.cli;

import dev.dormouse.activator.AllowedUpstreams;
import dev.dormouse.admin.StaticPage;
import dev.dormouse.api.ManifestReader;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.cli.rest.NapHandover;
import dev.dormouse.control.LogRateLimiter;
import dev.dormouse.demo.DemoManifest;
import dev.dormouse.demo.DemoPages;
import dev.dormouse.demo.SampleCable;
import dev.dormouse.gate.Networks;
import dev.dormouse.local.state.StateDirectory;
import dev.dormouse.logging.LogSetup;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dormouse demo}: the product with a sample cable and a page to watch it. */
@Command(
    name = "demo",
    description = "Runs a sample cable and shows a scoreboard on which it wakes and sleeps.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:it was told to stop and did",
      "1:it could not start, or not everything stopped in time",
      "2:the command line is wrong"
    },
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  @Mixin private ListenOptions at = new ListenOptions();

  @Option(
      names = "--serve",
      description =
          "Only the sample cable, on PORT (28080) of HOST (127.0.0.1), which are environment"
              + " variables: as the server of a container.")
  private boolean serve;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (serve) {
      SampleCable.main(new String[0]);
      return 0;
    }
    LogRateLimiter log = LogSetup.install(at.logFormat());
    Path state = stateDirectory();
    Path manifest = Files.writeString(state.resolve("cable.yaml"), manifest());
    var manifests = new ManifestReader(ReaderContext.machine(Optional.empty()));
    URI cable = URI.create("ws://" + at.listen() + "/cable");
    var page = new StaticPage(() -> DemoPages.scoreboard(cable), DemoPages.connectSources(cable));
    var settings =
        new SingleMachine.Settings(
            at.listen(),
            at.admin(),
            Optional.empty(),
            state,
            Map.of("/demo", page),
            Optional.empty(),
            AllowedUpstreams.PUBLIC,
            Networks.of(List.of()),
            log);
    var machine =
        SingleMachine.start(
            settings, manifests.read(List.of(manifest)).services(), NapHandover.never());
    spec.commandLine()
        .getOut()
        .println("Open http://" + at.admin() + "/demo (and http://" + at.admin() + "/)");
    machine.serveUntilStopped();
    return 0;
  }

  private static Path stateDirectory() throws UserError {
    try {
      return StateDirectory.prepare(StateHome.resolve().resolve("demo"));
    } catch (IOException e) {
      throw new UserError(String.valueOf(e.getMessage()));
    }
  }

  private String manifest() {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    return DemoManifest.yaml(
        java,
        System.getProperty("java.class.path"),
        List.of("http://" + at.admin(), "http://localhost:" + at.admin().port()));
  }
}
