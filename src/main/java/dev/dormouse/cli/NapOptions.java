package dev.dormouse.cli;

import dev.dormouse.api.schema.Formats;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Whether Dormouse itself sleeps when nothing comes in. */
final class NapOptions {
  private static final String NEVER = "never";
  private static final String DEFAULT = "1m";

  @Option(
      names = "--nap",
      paramLabel = "DURATION|never",
      description = {
        "When nothing at all has come in for so long, become a shell of 2 MB that waits for the"
            + " next connection, and then come back (default: 1m). Linux only."
      })
  private String after = DEFAULT;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** For picocli, which fills it. */
  NapOptions() {}

  /**
   * Those that are given, by their names.
   *
   * @throws IllegalArgumentException if they are a mistake, for picocli to explain
   */
  NapOptions(Function<String, Optional<String>> given) {
    after = given.apply("--nap").orElse(DEFAULT);
    if (!after.equals(NEVER) && parse().isEmpty()) {
      throw new IllegalArgumentException("not a duration");
    }
  }

  /** After how long; empty for never. */
  Optional<Duration> calm() {
    if (after.equals(NEVER)) {
      return Optional.empty();
    }
    return Optional.of(
        parse()
            .orElseThrow(
                () ->
                    UsageError.of(
                        spec,
                        "--nap: '"
                            + after
                            + "' is neither never nor a duration such as 1m, from"
                            + " 1s")));
  }

  private Optional<Duration> parse() {
    return Formats.duration(after).filter(it -> it.compareTo(Duration.ofSeconds(1)) >= 0);
  }
}
