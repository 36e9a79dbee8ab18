package dev.dormouse.cli;

import dev.dormouse.navigator.Imported;
import dev.dormouse.navigator.NavigatorImport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dormouse import}: a configuration of Navigator's, as manifests. */
@Command(
    name = "import",
    description = {
      "Prints manifests for what a configuration of Navigator starts and passes WebSockets to.",
      "WebSocket routes, and what listens behind them, become services that wake on demand; other"
          + " managed processes that are restarted become services that always run. Comments say"
          + " what was decided. What cannot be expressed, or stays with Navigator, goes to standard"
          + " error with file and line."
    },
    footerHeading = "%nExample:%n",
    footer = "  dormouse import config/navigator.yml --region $FLY_REGION > cable.yaml",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:at least one service was taken over",
      "1:none could be, or the file cannot be read",
      "2:the command line is wrong"
    },
    mixinStandardHelpOptions = true)
final class ImportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "Navigator's configuration: navigator.yml.")
  private Path file = Path.of("");

  @Option(
      names = "--region",
      paramLabel = "REGION",
      description = {
        "The region that the file was generated for: its name in a path becomes {region}.",
        "$FLY_REGION in a path does so anyway."
      })
  private Optional<String> region = Optional.empty();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws UserError {
    Imported imported = NavigatorImport.translate(file.toString(), text(), region);
    PrintWriter err = spec.commandLine().getErr();
    imported.notes().forEach(err::println);
    if (imported.services() == 0) {
      throw new UserError(file + ": nothing could be taken over");
    }
    spec.commandLine().getOut().print(imported.manifests());
    spec.commandLine().getOut().flush();
    return 0;
  }

  private String text() throws UserError {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new UserError(file + ": no such file");
    } catch (CharacterCodingException e) {
      throw new UserError(file + ": not UTF-8");
    } catch (IOException e) {
      throw new UserError(file + ": cannot be read: " + e.getMessage());
    }
  }
}
