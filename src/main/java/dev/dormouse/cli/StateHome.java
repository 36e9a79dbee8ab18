package dev.dormouse.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The user's state home (XDG Base Directory Specification). */
final class StateHome {
  private StateHome() {}

  /**
   * {@code $XDG_STATE_HOME/dormouse}, else {@code ~/.local/state/dormouse}.
   *
   * @throws UserError if there is neither: Java has "?" for the home of a user without one
   */
  static Path resolve() throws UserError {
    return resolve(System.getenv("XDG_STATE_HOME"), System.getProperty("user.home"));
  }

  static Path resolve(@Nullable String stateHome, @Nullable String home) throws UserError {
    if (stateHome != null && stateHome.startsWith("/")) {
      return Path.of(stateHome, "dormouse");
    }
    if (home == null || !home.startsWith("/")) {
      throw new UserError("this user has no home directory: give --state-dir or XDG_STATE_HOME");
    }
    return Path.of(home, ".local", "state", "dormouse");
  }
}
