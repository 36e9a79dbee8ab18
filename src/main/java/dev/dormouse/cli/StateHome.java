package dev.dormouse.cli;

import java.nio.file.Path;

/** The user's state home (XDG Base Directory Specification). */
final class StateHome {
  private StateHome() {}

  /** {@code $XDG_STATE_HOME/dormouse}, else {@code ~/.local/state/dormouse}. */
  static Path resolve() {
    String home = System.getenv("XDG_STATE_HOME");
    Path base =
        home != null && home.startsWith("/")
            ? Path.of(home)
            : Path.of(System.getProperty("user.home"), ".local", "state");
    return base.resolve("dormouse");
  }
}
