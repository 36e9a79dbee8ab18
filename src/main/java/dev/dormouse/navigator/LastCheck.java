package dev.dormouse.navigator;

import dev.dormouse.api.ManifestReader;
import dev.dormouse.api.schema.Problem;
import dev.dormouse.api.schema.YamlWriter;
import dev.dormouse.api.spec.ReaderContext;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Holds what was written to the rules of manifests: Navigator's are not as strict. */
record LastCheck(Notes notes) {
  private static final String BETWEEN = "---\n";

  static String text(List<Draft> drafts) {
    var writer = new YamlWriter();
    return drafts.stream().map(it -> it.text(writer)).collect(Collectors.joining(BETWEEN));
  }

  /** Until the others are valid without it. */
  void removeInvalid(List<Draft> drafts) {
    var reader = new ManifestReader(ReaderContext.machine(Optional.empty()));
    List<Problem> problems = reader.read(Path.of("manifest"), text(drafts)).problems();
    while (!drafts.isEmpty() && !problems.isEmpty()) {
      Draft invalid = at(problems.getFirst().line(), drafts);
      String why = problems.getFirst().field() + " " + problems.getFirst().message();
      notes.add(invalid.program.node(), invalid.name + " is left out: " + why.strip());
      drafts.remove(invalid);
      problems = reader.read(Path.of("manifest"), text(drafts)).problems();
    }
  }

  private static Draft at(int line, List<Draft> drafts) {
    int end = 0;
    for (Draft draft : drafts) {
      end += (int) draft.text(new YamlWriter()).lines().count() + 1;
      if (line <= end) {
        return draft;
      }
    }
    return drafts.getLast();
  }
}
