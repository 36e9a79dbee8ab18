package dev.dormouse.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.cli.tables.Progress;
import dev.dormouse.cli.tables.TextFormat;
import dev.dormouse.control.SteadyClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dormouse sleep}: ends a manual wake, and sleeps now instead of after the idle timeout. */
@Command(
    name = "sleep",
    description =
        "Does to an idle service now what its idle timeout would do, stops or freezes it, and waits"
            + " until that is done. Refuses while anybody is connected.",
    footerHeading = "%nExamples:%n",
    footer = {"  dormouse sleep action-cable", "  dormouse sleep action-cable --drain --stop"},
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:it sleeps; with --drain a client that came back may have woken it again",
      "1:somebody is connected, or something keeps it awake; or no Dormouse answered",
      "2:the command line is wrong"
    },
    mixinStandardHelpOptions = true)
final class SleepCommand implements Callable<Integer> {
  private static final long LOOK_NANOS = Duration.ofMillis(100).toNanos();
  private static final Set<String> LEAVING = Set.of("Draining", "Stopping");

  @Parameters(paramLabel = "NAME", description = "The service; NAMESPACE/NAME if it is in another.")
  private String name = "";

  @Option(
      names = "--drain",
      description =
          "Close open sockets politely first, then stop it. Clients that come back wake it again.")
  private boolean drain;

  @Option(names = "--stop", description = "Stop it though its idle timeout would freeze it.")
  private boolean stop;

  @Mixin private AdminClient client = new AdminClient();
  @Mixin private ClusterOptions cluster = new ClusterOptions();
  @Spec private CommandSpec spec;
  private final InstantSource clock = new SteadyClock();

  @Override
  public Integer call() throws UserError {
    if (cluster.isAsked()) {
      return ClusterOrders.with(cluster, spec.commandLine().getOut(), it -> it.sleep(name, drain));
    }
    String said = client.order(name, "sleep?drain=" + drain + "&stop=" + stop);
    var progress = new Progress(spec.commandLine().getOut());
    progress.say(said);
    Instant begin = clock.instant();
    while (said.contains(" is falling asleep")) {
      JsonNode service = client.service(name);
      String phase = service.path("phase").asText();
      Duration elapsed = Duration.between(begin, clock.instant());
      String what = name + " is " + TextFormat.phase(service).toLowerCase(Locale.ROOT);
      if (!LEAVING.contains(phase)) {
        progress.say(what + " after " + TextFormat.precise(elapsed));
        return 0;
      }
      progress.show(what, elapsed);
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return 0;
  }
}
