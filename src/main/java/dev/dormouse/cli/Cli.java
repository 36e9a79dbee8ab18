package dev.dormouse.cli;

import dev.dormouse.core.Text;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Optional;

/** The way in: to the command that stays without picocli where possible, else with it. */
public final class Cli {
  private Cli() {}

  /** Runs one command and returns its exit code. */
  public static int execute(String... args) {
    List<String> arguments = List.of(args);
    Optional<RunCommand> run =
        arguments.isEmpty() || !arguments.getFirst().equals("run")
            ? Optional.empty()
            : RunCommand.plain(arguments.subList(1, arguments.size()));
    return run.map(Cli::call).orElseGet(() -> Dormouse.execute(args));
  }

  private static int call(RunCommand run) {
    try {
      return run.call();
    } catch (Exception failure) {
      return explain(failure, new PrintWriter(System.err, true, Charset.defaultCharset()));
    }
  }

  /** What a user can mend gets one line; anything else is a bug and shows its trace. */
  static int explain(Exception failure, PrintWriter to) {
    if (failure instanceof UserError) {
      ("dormouse: " + failure.getMessage())
          .lines()
          .forEach(line -> to.println(Text.printable(line)));
    } else {
      failure.printStackTrace(to);
    }
    return Dormouse.FAILED;
  }
}
