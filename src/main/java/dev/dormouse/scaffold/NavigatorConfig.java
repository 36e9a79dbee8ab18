package dev.dormouse.scaffold;

import dev.dormouse.navigator.Imported;
import dev.dormouse.navigator.NavigatorImport;
import java.util.List;
import java.util.Optional;

/**
 * A configuration of Navigator's, taken over as {@code dormouse import} does.
 *
 * @param imported what came of it
 */
record NavigatorConfig(String file, Imported imported, List<Found> found) implements Clue {
  static Optional<NavigatorConfig> in(Folder folder) {
    return folder
        .first("config/navigator.yml", "navigator.yml", "config/navigator.yaml", "navigator.yaml")
        .map(it -> read(it, folder.text(it).orElse("")));
  }

  private static NavigatorConfig read(String file, String text) {
    Imported imported = NavigatorImport.translate(file, text, Optional.empty());
    String what = "Navigator: " + imported.services() + " service(s) taken over";
    return new NavigatorConfig(file, imported, List.of(new Found(file, 1, what)));
  }
}
