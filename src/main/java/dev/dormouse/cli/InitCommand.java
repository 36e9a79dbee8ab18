package dev.dormouse.cli;

import dev.dormouse.api.ManifestReader;
import dev.dormouse.api.Manifests;
import dev.dormouse.api.schema.Problem;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.scaffold.FlyLines;
import dev.dormouse.scaffold.Folder;
import dev.dormouse.scaffold.Proposal;
import dev.dormouse.scaffold.Scaffold;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dormouse init}: a first manifest, made of what an app's files say. */
@Command(
    name = "init",
    description = {
      "Looks at an app and writes a first manifest for its WebSocket server.",
      "It reads what Rails, a Procfile, fly.toml, package.json, Navigator and compose files say,"
          + " starts nothing and overwrites nothing. Comments in the manifest name what was found,"
          + " with file and line, and what remains to be decided."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  dormouse init", "  dormouse init ~/scores -o scores.yaml --fly"},
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:a manifest was written",
      "1:nothing was found that could run, or the file is there already",
      "2:the command line is wrong"
    },
    mixinStandardHelpOptions = true)
final class InitCommand implements Callable<Integer> {
  private static final int MAX_FILES = 200;
  private static final long MAX_BYTES = 256 * 1024;

  @Parameters(
      arity = "0..1",
      paramLabel = "FOLDER",
      description = "The app's folder (default: this one).")
  private Path folder = Path.of(".");

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where to write it (default: dormouse.yaml in that folder).")
  private Optional<Path> output = Optional.empty();

  @Option(names = "--fly", description = "Print the lines for Dockerfile and fly.toml as well.")
  private boolean fly;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws UserError {
    Path target = output.orElseGet(() -> folder.resolve("dormouse.yaml").normalize());
    if (Files.exists(target)) {
      throw new UserError(target + " is there already; -o FILE writes another");
    }
    Proposal proposal = Scaffold.of(new Folder(files()));
    if (proposal.manifest().isEmpty()) {
      throw new UserError(nothing(proposal));
    }
    List<Problem> problems = check(target, proposal.manifest());
    if (!problems.isEmpty()) {
      throw new UserError(problems);
    }
    write(target, proposal.manifest());
    tell(target, proposal);
    return 0;
  }

  private void tell(Path target, Proposal proposal) {
    PrintWriter out = spec.commandLine().getOut();
    proposal.found().forEach(it -> out.println("found: " + it));
    proposal.open().forEach(it -> out.println("to decide: " + it));
    out.println("wrote " + target);
    if (fly) {
      out.println();
      out.print(FlyLines.of(String.valueOf(target.getFileName())));
      out.println();
    }
    out.println("next: dormouse run -f " + target);
    out.flush();
  }

  private String nothing(Proposal proposal) {
    String seen =
        proposal.found().isEmpty()
            ? ""
            : " in " + proposal.found().stream().map(it -> it.file()).distinct().toList();
    String why = proposal.open().stream().map(it -> "; " + it).reduce("", String::concat);
    return folder
        + ": nothing found"
        + seen
        + " that says how a WebSocket server is started here"
        + why
        + "; write the manifest by hand: the README's first page has one";
  }

  private List<Problem> check(Path target, String manifest) throws UserError {
    ReaderContext context = MachineEnvironment.context(Optional.empty(), Map.of());
    Manifests read = new ManifestReader(context).read(target, manifest);
    return read.problems();
  }

  /** Never over another file, not even one that has just come. */
  private static void write(Path target, String manifest) throws UserError {
    try {
      Files.writeString(target, manifest, StandardOpenOption.CREATE_NEW);
    } catch (FileAlreadyExistsException e) {
      throw new UserError(target + " is there already; -o FILE writes another");
    } catch (IOException e) {
      throw new UserError(target + ": cannot be written: " + e.getMessage());
    }
  }

  private Map<String, String> files() throws UserError {
    var files = new TreeMap<String, String>();
    if (!Files.isDirectory(folder)) {
      throw new UserError(folder + ": no such folder");
    }
    for (String place : Folder.PLACES) {
      Path directory = folder.resolve(place);
      if (Files.isDirectory(directory)) {
        add(directory, files);
      }
    }
    return files;
  }

  private void add(Path directory, Map<String, String> files) throws UserError {
    try (Stream<Path> all = Files.list(directory)) {
      for (Path path : all.sorted().toList()) {
        String name = folder.relativize(path).toString();
        if (Folder.wants(name) && files.size() < MAX_FILES && Files.size(path) <= MAX_BYTES) {
          files.put(name, read(path));
        }
      }
    } catch (IOException | UncheckedIOException e) {
      throw new UserError(directory + ": cannot be read: " + e.getMessage());
    }
  }

  private static String read(Path path) throws IOException {
    try {
      return Files.readString(path);
    } catch (CharacterCodingException _) {
      return ""; // not UTF-8: it says nothing that could be quoted
    }
  }
}
