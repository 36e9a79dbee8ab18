package dev.dormouse.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dormouse sleep}: ends a manual wake, and sleeps now instead of after the idle timeout. */
@Command(
    name = "sleep",
    description = "Puts an idle service to sleep now. Refuses while anybody is connected.",
    footerHeading = "%nExample:%n",
    footer = "  dormouse sleep action-cable --drain",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:it is falling asleep, or asleep",
      "1:somebody is connected, or something keeps it awake; or no Dormouse answered",
      "2:the command line is wrong"
    },
    mixinStandardHelpOptions = true)
final class SleepCommand implements Callable<Integer> {
  @Parameters(paramLabel = "NAME", description = "The service; NAMESPACE/NAME if not in default.")
  private String name = "";

  @Option(
      names = "--drain",
      description = "Close open sockets politely first. Clients that come back wake it again.")
  private boolean drain;

  @Mixin private AdminClient client = new AdminClient();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws UserError {
    spec.commandLine().getOut().println(client.order(name, "sleep?drain=" + drain));
    return 0;
  }
}
