package dev.dormouse.cli;

import dev.dormouse.api.ManifestReader;
import dev.dormouse.api.Manifests;
import dev.dormouse.api.schema.Problem;
import dev.dormouse.api.spec.ReaderContext;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code dormouse validate}: every mistake, with file, line and field. */
@Command(
    name = "validate",
    description = {
      "Checks manifests and prints every mistake with file, line and field.",
      "Every region that a manifest names is checked, not only this one. Mistakes go to standard"
          + " error; notes, warnings and the sum to standard output."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:no mistake, perhaps warnings",
      "1:at least one mistake",
      "2:the command line is wrong"
    },
    mixinStandardHelpOptions = true)
final class ValidateCommand implements Callable<Integer> {
  @Mixin private ManifestOptions manifests = new ManifestOptions();
  @Mixin private AdminToken adminToken = new AdminToken();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws UserError {
    ReaderContext context = manifests.context();
    Manifests read = new ManifestReader(context).read(manifests.files());
    PrintWriter out = spec.commandLine().getOut();
    read.notes().forEach(note -> out.println("note: " + note));
    read.services()
        .forEach(service -> service.warnings().forEach(text -> out.println("warning: " + text)));
    MachineEnvironment.vainOverrides(context, read.services())
        .forEach(it -> out.println("warning: " + it));
    adminToken.read();
    adminToken.warnings().forEach(it -> out.println("warning: " + it));
    PrintWriter err = spec.commandLine().getErr();
    for (Problem problem : read.problems()) {
      err.println(problem);
    }
    if (!read.problems().isEmpty()) {
      return Dormouse.FAILED;
    }
    out.println(read.services().size() + " service(s) valid");
    return 0;
  }
}
