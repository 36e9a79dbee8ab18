package dev.dormouse.cli;

import dev.dormouse.api.schema.Formats;
import dev.dormouse.api.spec.ValidService;
import dev.dormouse.cli.rest.IdleShutdown;
import dev.dormouse.cli.rest.WhenIdle;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Whether the machine ends when nothing on it is needed. */
final class IdleOptions {
  @Option(
      names = "--exit-when-idle",
      paramLabel = "DURATION",
      description = {
        "End with 0 when nothing has been needed for so long, such as 30m: on a Fly Machine, which"
            + " then stops until the next request.",
        "Services that always run do not count. Refused with warm windows."
      })
  private Optional<String> after = Optional.empty();

  @Option(
      names = "--when-idle",
      paramLabel = "exit|suspend",
      description = {
        "What to do then: exit (the default), or have the Fly Machine suspended and go on when it"
            + " is resumed.",
        "suspend is refused with sleep: Freeze."
      })
  private Optional<WhenIdle> what = Optional.empty();

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** For picocli, which fills it. */
  IdleOptions() {}

  /**
   * Those that are given, by their names.
   *
   * @throws IllegalArgumentException if they are a mistake, for picocli to explain
   */
  IdleOptions(Function<String, Optional<String>> given) {
    after = given.apply("--exit-when-idle");
    what = given.apply("--when-idle").map(it -> WhenIdle.valueOf(it.toUpperCase(Locale.ROOT)));
    if (after.map(it -> parse(it).isEmpty()).orElse(what.isPresent())) {
      throw new IllegalArgumentException("not a plan");
    }
  }

  /** What is wanted; nothing if the option is not there. */
  Optional<IdleShutdown.Plan> plan() {
    if (after.isEmpty() && what.isPresent()) {
      throw UsageError.of(spec, "--when-idle needs --exit-when-idle");
    }
    return after.map(it -> new IdleShutdown.Plan(duration(it), suspends()));
  }

  boolean suspends() {
    return what.filter(it -> it == WhenIdle.SUSPEND).isPresent();
  }

  /** Mistakes of these services under that plan. */
  static void check(Optional<IdleShutdown.Plan> plan, List<ValidService> services)
      throws UserError {
    List<String> objections =
        services.stream()
            .flatMap(
                it ->
                    plan.flatMap(p -> p.objection(it.id(), it.spec())).stream()
                        .map(why -> it.file() + ":" + it.line() + ": " + why))
            .toList();
    if (!objections.isEmpty()) {
      throw new UserError(objections);
    }
  }

  private Duration duration(String text) {
    return parse(text)
        .orElseThrow(
            () ->
                UsageError.of(
                    spec,
                    "--exit-when-idle: '" + text + "' is not a duration such as 30m, from 1s"));
  }

  private static Optional<Duration> parse(String text) {
    return Formats.duration(text).filter(it -> it.compareTo(Duration.ofSeconds(1)) >= 0);
  }
}
