package dev.dormouse.cli;

import dev.dormouse.api.LastGood;
import dev.dormouse.api.Manifests;
import dev.dormouse.api.schema.Problem;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.api.spec.ValidService;
import dev.dormouse.local.freeze.FileWatch;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;

/** Applies changed manifests to a running machine. */
final class Reloader {
  private static final Logger LOG = System.getLogger("dormouse");

  private final LastGood files;
  private final SingleMachine machine;
  private List<Problem> told = List.of();

  /**
   * One that has read nothing since the machine began.
   *
   * @param problems that were there already, and for which something older holds
   */
  Reloader(LastGood files, SingleMachine machine, List<Problem> problems) {
    this.files = files;
    this.machine = machine;
    if (!problems.isEmpty()) {
      tell(problems);
    }
  }

  /** Logs what is allowed and perhaps not meant, and what is passed over. */
  static void tell(ReaderContext context, Manifests read) {
    read.notes().forEach(note -> LOG.log(Level.INFO, note));
    for (ValidService service : read.services()) {
      service.warnings().forEach(warning -> LOG.log(Level.WARNING, warning));
    }
    warn(MachineEnvironment.vainOverrides(context, read.services()));
  }

  /** Logs what is allowed and perhaps not meant. */
  static void warn(List<String> warnings) {
    warnings.forEach(it -> LOG.log(Level.WARNING, it));
  }

  /** Applies every change, on this thread, until interrupted. */
  void run(FileWatch watch) throws InterruptedException {
    while (true) {
      try {
        files.refresh().ifPresent(this::apply);
      } catch (RuntimeException e) {
        LOG.log(Level.ERROR, "bug while reading manifests", e);
      }
      watch.awaitChange();
    }
  }

  private void apply(Manifests read) {
    List<Problem> problems = read.problems();
    machine.serve(read.services());
    tell(problems);
    LOG.log(
        Level.INFO,
        "manifests changed services={0} problems={1}",
        String.valueOf(read.services().size()),
        String.valueOf(problems.size()));
  }

  private void tell(List<Problem> problems) {
    problems.stream()
        .filter(it -> !told.contains(it))
        .forEach(it -> LOG.log(Level.ERROR, "kept as it was: " + it));
    machine.configured(problems.stream().map(Problem::toString).toList());
    told = problems;
  }
}
