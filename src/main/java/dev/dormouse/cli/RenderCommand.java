package dev.dormouse.cli;

import dev.dormouse.api.ManifestReader;
import dev.dormouse.api.Manifests;
import dev.dormouse.api.Renderer;
import dev.dormouse.api.spec.ReaderContext;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dormouse render}: what manifests come to in one region. */
@Command(
    name = "render",
    description = {
      "Prints what the manifests come to here, as YAML.",
      "The region's patch and DORMOUSE_ACTIVATION_<NAME> are merged, spec.regions is left out; one"
          + " document a service, in the order of the files. Every mistake is printed to standard"
          + " error, and then nothing to standard output."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:printed", "1:a manifest is wrong", "2:the command line is wrong"},
    mixinStandardHelpOptions = true)
final class RenderCommand implements Callable<Integer> {
  @Mixin private ManifestOptions manifests = new ManifestOptions();

  @Option(names = "--defaults", description = "Print what is not declared, too.")
  private boolean defaults;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws UserError {
    ReaderContext context = manifests.context();
    Manifests read = new ManifestReader(context).read(manifests.files());
    if (!read.problems().isEmpty()) {
      throw new UserError(read.problems());
    }
    spec.commandLine().getOut().print(new Renderer(context).yaml(read.services(), defaults));
    spec.commandLine().getOut().flush();
    return 0;
  }
}
