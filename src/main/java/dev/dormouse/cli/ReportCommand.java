package dev.dormouse.cli;

import dev.dormouse.cli.tables.ReportTable;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dormouse report}: what {@code /report} tells, for people. */
@Command(
    name = "report",
    description = {
      "Shows how much memory sleep saves: now, and in MB-hours since the start.",
      "A sleeping service saves what it used when it was last measured awake, less what is left of"
          + " it; Dormouse's own memory is subtracted. All figures are measured, as proportional"
          + " set sizes: what processes share counts once. A service that was not seen awake yet"
          + " saves an unknown amount, and counts as nothing."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:shown", "1:no Dormouse answered", "2:the command line is wrong"},
    mixinStandardHelpOptions = true)
final class ReportCommand implements Callable<Integer> {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "One of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private StatusCommand.Format format = StatusCommand.Format.table;

  @Mixin private AdminClient client = new AdminClient();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws UserError {
    PrintWriter out = spec.commandLine().getOut();
    String report = client.report();
    switch (format) {
      case json -> out.println(report);
      case table -> ReportTable.lines(JsonTree.parse(report)).forEach(out::println);
    }
    out.flush();
    return 0;
  }
}
