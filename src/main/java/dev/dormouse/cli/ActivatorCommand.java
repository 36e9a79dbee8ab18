package dev.dormouse.cli;

import dev.dormouse.api.schema.Formats;
import dev.dormouse.control.LogRateLimiter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code dormouse activator}: serves the clients of a cluster until it is told to stop. */
@Command(
    name = "activator",
    description = {
      "Holds upgrades until their service is there, then relays bytes. Any number may run.",
      "After TERM it says on /readyz that it is not ready and goes on serving, so that nobody is"
          + " sent to it any more; then its clients are asked to leave, and it ends."
    },
    exitCodeList = {
      "0:it was told to stop and did",
      "1:it could not start, or another process took its name",
      "2:the command line is wrong"
    })
final class ActivatorCommand implements Callable<Integer> {
  @Mixin private InCluster cluster = new InCluster();

  @Mixin private TrafficOptions traffic = new TrafficOptions();

  @Option(
      names = "--shutdown-delay",
      defaultValue = "10s",
      converter = Span.class,
      paramLabel = "DURATION",
      description = "How long it goes on serving after TERM (default: ${DEFAULT-VALUE}).")
  private Duration shutdownDelay = Duration.ofSeconds(10);

  @Option(
      names = "--drain",
      defaultValue = "30s",
      converter = Span.class,
      paramLabel = "DURATION",
      description = "How long its clients then have to leave (default: ${DEFAULT-VALUE}).")
  private Duration drain = Duration.ofSeconds(30);

  @Override
  public Integer call() throws UserError, InterruptedException {
    LogRateLimiter log = cluster.openLog();
    return ActivatorProcess.run(
        cluster, log, traffic, new ActivatorProcess.Leave(shutdownDelay, drain));
  }

  /** A duration as in manifests. */
  static final class Span implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      return Formats.duration(text)
          .orElseThrow(() -> new TypeConversionException("'" + text + "' is no duration like 10s"));
    }
  }
}
