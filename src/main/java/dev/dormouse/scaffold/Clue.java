package dev.dormouse.scaffold;

import java.util.List;

/** What one kind of source tells. */
sealed interface Clue permits RailsApp, Procfile, NodeApp, ComposeFile, FlyConfig, NavigatorConfig {
  /** For people: where it stands. */
  List<Found> found();
}
