package dev.dormouse.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The command line: {@code dormouse COMMAND}. */
@Command(
    name = "dormouse",
    description = "Starts a WebSocket service when the first upgrade arrives.",
    mixinStandardHelpOptions = true,
    versionProvider = Dormouse.Version.class,
    subcommands = {
      RunCommand.class,
      InitCommand.class,
      OperatorCommand.class,
      ActivatorCommand.class,
      ValidateCommand.class,
      RenderCommand.class,
      DiffCommand.class,
      ImportCommand.class,
      DemoCommand.class,
      StatusCommand.class,
      ReportCommand.class,
      WakeCommand.class,
      SleepCommand.class,
      TrainCommand.class,
      CompletionCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:it worked; a server was told to stop and did",
      "1:the input is wrong, the server could not start, or a service did not do as asked",
      "2:the command line is wrong",
      "3:no Java 25 was found: DORMOUSE_JAVA_HOME names one"
    },
    footer = "%nOf diff they are those of diff(1): 0 no difference, 1 differences, 2 trouble.")
final class Dormouse implements Runnable {
  /** The exit code for input that is wrong. */
  static final int FAILED = 1;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  /** Runs one command and returns its exit code. */
  static int execute(String... args) {
    return new CommandLine(new Dormouse())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUnmatchedOptionsAllowedAsOptionParameters(false)
        .setExecutionExceptionHandler(
            (failure, command, _) -> Cli.explain(failure, command.getErr()))
        .execute(args);
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  /** The version in the jar's manifest. */
  static String version() {
    String version = Dormouse.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"dormouse " + version()};
    }
  }
}
