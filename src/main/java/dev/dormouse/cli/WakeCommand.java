package dev.dormouse.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.cli.tables.Progress;
import dev.dormouse.cli.tables.TextFormat;
import dev.dormouse.control.SteadyClock;
import dev.dormouse.core.Text;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dormouse wake}: has a service started before anybody connects, and waits for it. */
@Command(
    name = "wake",
    description = "Wakes a service, past its back-off and breaker, and waits until it is ready.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  dormouse wake action-cable",
      "  dormouse wake action-cable --for 4h",
      "  kubectl dormouse wake action-cable -n shop",
      "From an app: POST /services/default/action-cable/wake on the admin port, with X-Dormouse: 1."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:it is awake",
      "1:it did not wake, which is explained; or no Dormouse answered",
      "2:the command line is wrong"
    },
    mixinStandardHelpOptions = true)
final class WakeCommand implements Callable<Integer> {
  private static final long LOOK_NANOS = Duration.ofMillis(100).toNanos();
  private static final int LAST_LINES = 10;

  @Parameters(paramLabel = "NAME", description = "The service; NAMESPACE/NAME if it is in another.")
  private String name = "";

  @Option(
      names = "--for",
      paramLabel = "DURATION",
      description =
          "Keep it awake for so long from now on, such as 3h. Default: until it has been idle for"
              + " its idle timeout. Forgotten when dormouse restarts, but for a cluster.")
  private Optional<String> duration = Optional.empty();

  @Mixin private AdminClient client = new AdminClient();
  @Mixin private ClusterOptions cluster = new ClusterOptions();
  @Spec private CommandSpec spec;
  private final InstantSource clock = new SteadyClock();

  @Override
  public Integer call() throws UserError {
    if (cluster.isAsked()) {
      return ClusterOrders.with(
          cluster, spec.commandLine().getOut(), it -> it.wake(name, duration));
    }
    if (duration.filter(it -> !it.matches("[0-9hms]+")).isPresent()) {
      throw new UserError("--for " + duration.get() + ": not a duration such as 3h or 1h30m");
    }
    String said = client.order(name, "wake" + duration.map(it -> "?for=" + it).orElse(""));
    var progress = new Progress(spec.commandLine().getOut());
    progress.say(said);
    Instant begin = clock.instant();
    while (true) {
      JsonNode service = client.service(name);
      Duration elapsed = Duration.between(begin, clock.instant());
      Optional<String> trouble = trouble(service);
      if (trouble.isPresent()) {
        progress.end();
        return failed(service, trouble.get());
      }
      String phase = service.path("phase").asText();
      if (phase.equals("Active")) {
        if (!said.contains(" is awake")) {
          progress.say(name + " is awake after " + TextFormat.precise(elapsed));
        }
        return 0;
      }
      progress.show(name + " " + phase.toLowerCase(Locale.ROOT) + because(service), elapsed);
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private Integer failed(JsonNode service, String trouble) {
    var err = spec.commandLine().getErr();
    err.println("dormouse: " + name + " did not wake: " + Text.printable(trouble));
    JsonNode output = service.path("output");
    for (int i = Math.max(0, output.size() - LAST_LINES); i < output.size(); i++) {
      err.println("  | " + Text.printable(output.path(i).asText()));
    }
    return Dormouse.FAILED;
  }

  /** The wake forgot earlier failures: what is told now is its own. */
  private Optional<String> trouble(JsonNode service) {
    if (service.has("failure")) {
      return Optional.of(TextFormat.failure(service.path("failure"), clock.instant()));
    }
    JsonNode ready = service.path("conditions").path(0);
    return switch (service.path("phase").asText()) {
      case "Dormant", "Disabled" -> Optional.of("it was put to sleep again");
      case "Waking" ->
          Optional.of(ready)
              .filter(it -> it.path("status").asText().equals("False"))
              .map(it -> it.path("message").asText());
      default -> Optional.empty();
    };
  }

  private static String because(JsonNode service) {
    String message = service.path("conditions").path(1).path("message").asText();
    return message.isEmpty() ? "" : ", " + message;
  }
}
