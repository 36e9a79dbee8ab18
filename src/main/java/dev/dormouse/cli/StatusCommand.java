package dev.dormouse.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.core.Text;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dormouse status}: what {@code /services} tells, for people. */
@Command(
    name = "status",
    description = "Shows the services of a running dormouse, or of a cluster.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:shown",
      "1:no dormouse answered, or it ended while it was watched",
      "2:the command line is wrong"
    },
    mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
  /** What {@code -o} takes. */
  enum Format {
    table,
    json
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "One of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Format format = Format.table;

  @Option(
      names = {"-w", "--watch"},
      description =
          "Go on with each change: on a terminal the table anew, else a row for each service that"
              + " changed, or, as json, a line.")
  private boolean watch;

  @Mixin private AdminClient client = new AdminClient();
  @Mixin private ClusterOptions cluster = new ClusterOptions();
  @Spec private CommandSpec spec;
  private final InstantSource wall = InstantSource.system();

  @Override
  public Integer call() throws UserError {
    PrintWriter out = spec.commandLine().getOut();
    boolean terminal = new Progress(out).isTerminal();
    var table = new StatusTable();
    if (!watch) {
      String services = cluster.isAsked() ? ofCluster(ClusterOrders::services) : client.services();
      print(out, format == Format.json ? List.of(services) : lines(table, services));
      return 0;
    }
    if (format == Format.json) {
      follow(services -> print(out, List.of(services)));
    } else if (terminal) {
      follow(services -> redraw(out, lines(table, services)));
    } else {
      print(out, List.of(StatusTable.HEADER));
      follow(services -> print(out, table.changes(parse(services), wall.instant())));
    }
    return 0;
  }

  private void follow(Consumer<String> services) throws UserError {
    if (cluster.isAsked()) {
      ofCluster(it -> it.follow(services));
    } else {
      client.follow(services);
    }
  }

  private <T> T ofCluster(ClusterOrders.Order<T> order) throws UserError {
    return ClusterOrders.with(cluster, spec.commandLine().getOut(), order);
  }

  private List<String> lines(StatusTable table, String services) {
    return table.all(parse(services), wall.instant());
  }

  private static JsonNode parse(String services) {
    try {
      return JsonTree.parse(services);
    } catch (UserError e) {
      throw new IllegalStateException(e);
    }
  }

  private static void print(PrintWriter out, List<String> lines) {
    lines.forEach(line -> out.println(Text.printable(line)));
    out.flush();
  }

  /** From the upper left corner; what is left of the former table goes. */
  private static void redraw(PrintWriter out, List<String> lines) {
    var text = new StringBuilder("\u001b[H");
    lines.forEach(line -> text.append(Text.printable(line)).append("\u001b[K\n"));
    out.print(text.append("\u001b[J"));
    out.flush();
  }
}
