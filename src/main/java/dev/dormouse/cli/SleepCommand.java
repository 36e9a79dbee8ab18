package dev.dormouse.cli;

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
        "Puts an idle service to sleep now, and waits until it does. Refuses while anybody is"
            + " connected.",
    footerHeading = "%nExample:%n",
    footer = "  dormouse sleep action-cable --drain",
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

  @Parameters(paramLabel = "NAME", description = "The service; NAMESPACE/NAME if not in default.")
  private String name = "";

  @Option(
      names = "--drain",
      description = "Close open sockets politely first. Clients that come back wake it again.")
  private boolean drain;

  @Mixin private AdminClient client = new AdminClient();
  @Spec private CommandSpec spec;
  private final InstantSource clock = new SteadyClock();

  @Override
  public Integer call() throws UserError {
    String said = client.order(name, "sleep?drain=" + drain);
    var progress = new Progress(spec.commandLine().getOut());
    progress.say(said);
    Instant begin = clock.instant();
    while (said.contains(" is falling asleep")) {
      String phase = client.service(name).path("phase").asText();
      Duration elapsed = Duration.between(begin, clock.instant());
      String what = name + " is " + phase.toLowerCase(Locale.ROOT);
      if (!LEAVING.contains(phase)) {
        progress.say(what + " after " + Words.precise(elapsed));
        return 0;
      }
      progress.show(what, elapsed);
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return 0;
  }
}
