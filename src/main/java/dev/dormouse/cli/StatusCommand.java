package dev.dormouse.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.dormouse.cli.tables.ClientTable;
import dev.dormouse.cli.tables.Progress;
import dev.dormouse.cli.tables.StatusTable;
import dev.dormouse.cli.tables.TextFormat;
import dev.dormouse.core.Text;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dormouse status}: what {@code /services} tells, for people. */
@Command(
    name = "status",
    description =
        "Shows the services of a running dormouse, or of a cluster, or one of them and why it is"
            + " awake.",
    footerHeading = "%nExamples:%n",
    footer = {"  dormouse status", "  dormouse status action-cable --clients"},
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

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME",
      description = "Only this service; NAMESPACE/NAME if not in default.")
  private Optional<String> name = Optional.empty();

  @Option(
      names = "--clients",
      description =
          "With NAME: who is connected, from where, with what, since when, bytes and the last one.")
  private boolean clients;

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
    if (clients && (name.isEmpty() || watch || cluster.isAsked())) {
      throw new ParameterException(
          spec.commandLine(),
          "--clients needs the NAME of a service, and cannot be watched; on a cluster each"
              + " activator lists its own at /services/NAMESPACE/NAME");
    }
    if (name.isPresent() && !watch) {
      one(out, table, name.get());
      return 0;
    }
    if (!watch) {
      String services = services();
      print(
          out, format == Format.json ? List.of(services) : table.all(of(services), wall.instant()));
      return 0;
    }
    if (format == Format.json) {
      follow(services -> print(out, List.of(of(services).toString())));
    } else if (terminal) {
      follow(services -> redraw(out, table.all(of(services), wall.instant())));
    } else {
      print(out, List.of(StatusTable.HEADER));
      follow(services -> print(out, table.changes(of(services), wall.instant())));
    }
    return 0;
  }

  private String services() throws UserError {
    return cluster.isAsked() ? ofCluster(ClusterOrders::services) : client.services();
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

  private void one(PrintWriter out, StatusTable table, String which) throws UserError {
    JsonNode service = cluster.isAsked() ? ofCluster(which) : client.service(which);
    if (format == Format.json) {
      print(out, List.of(service.toString()));
      return;
    }
    print(out, table.one(service, wall.instant()));
    if (clients) {
      print(out, ClientTable.of(service, wall.instant()));
    }
  }

  private JsonNode ofCluster(String which) throws UserError {
    JsonNode found = of(services()).path(0);
    if (found.isMissingNode()) {
      throw new UserError("there is no service " + which);
    }
    return found;
  }

  /** Those that are asked for. */
  private JsonNode of(String services) {
    var all = JsonNodeFactory.instance.arrayNode();
    for (JsonNode service : parse(services)) {
      if (name.isEmpty() || isNamed(service, name.get())) {
        all.add(service);
      }
    }
    return all;
  }

  private static boolean isNamed(JsonNode service, String name) {
    return TextFormat.name(service).equals(name)
        || ("default/" + TextFormat.name(service)).equals(name);
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
