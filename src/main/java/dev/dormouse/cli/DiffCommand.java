package dev.dormouse.cli;

import dev.dormouse.api.ManifestDiff;
import dev.dormouse.api.ManifestDiff.Change;
import dev.dormouse.api.ManifestDiff.Entry;
import dev.dormouse.api.ManifestDiff.Result;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dormouse diff}: what a change of manifests changes in which region. */
@Command(
    name = "diff",
    description = {
      "Shows what changed manifests change: by service and region, field by field, and what becomes"
          + " of open sockets when the change is applied.",
      "Defaults are filled in: to write one down is no difference. Overrides in the environment do"
          + " not count."
    },
    footerHeading = "%nExample:%n",
    footer = {
      "  git show main:cable.yaml > /tmp/main.yaml",
      "  dormouse diff -f /tmp/main.yaml -f cable.yaml --region iad"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:no difference",
      "1:differences, which are printed",
      "2:a manifest or the command line is wrong"
    },
    mixinStandardHelpOptions = true)
final class DiffCommand implements Callable<Integer> {
  /** As of diff(1). */
  private static final int TROUBLE = 2;

  @Option(
      names = {"-f", "--file"},
      required = true,
      arity = "1",
      paramLabel = "FILE_OR_DIR",
      description = "Twice: the manifests as they were, then as they are to be.")
  private List<Path> sides = List.of();

  @Option(
      names = "--region",
      paramLabel = "REGION",
      description = {
        "Look at this region only.",
        "Default: every region that either side names, and the rest as \"elsewhere\"."
      })
  private Optional<String> region = Optional.empty();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (sides.size() != 2) {
      throw new ParameterException(spec.commandLine(), "-f must be given twice: OLD and NEW");
    }
    Result result =
        ManifestDiff.between(List.of(sides.getFirst()), List.of(sides.getLast()), region);
    if (!result.problems().isEmpty()) {
      result.problems().forEach(it -> spec.commandLine().getErr().println("dormouse: " + it));
      return TROUBLE;
    }
    PrintWriter out = spec.commandLine().getOut();
    result.entries().forEach(entry -> print(entry, out));
    return result.entries().isEmpty() ? 0 : 1;
  }

  private static void print(Entry entry, PrintWriter out) {
    out.println(entry.service() + " in " + String.join(", ", entry.regions()) + ":");
    entry.changes().stream().filter(it -> !it.field().isEmpty()).forEach(it -> print(it, out));
    out.println("  => " + before(entry) + entry.effect().sentence());
  }

  private static String before(Entry entry) {
    Change first = entry.changes().getFirst();
    return !first.field().isEmpty() ? "" : first.after().isEmpty() ? "removed: " : "";
  }

  private static void print(Change change, PrintWriter out) {
    String before = change.before().orElse("(not set)");
    out.println(
        "  " + change.field() + ": " + before + " -> " + change.after().orElse("(not set)"));
  }
}
