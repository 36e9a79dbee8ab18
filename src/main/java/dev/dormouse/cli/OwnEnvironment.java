package dev.dormouse.cli;

import java.util.HashMap;
import java.util.Map;

/** The environment that services inherit. */
final class OwnEnvironment {
  private OwnEnvironment() {}

  /** Our own environment, less what the launcher set for this process alone. */
  static Map<String, String> forServices() {
    Map<String, String> env = new HashMap<>(System.getenv());
    for (String own : env.getOrDefault("DORMOUSE_OWN", "").split(" ", -1)) {
      env.remove(own);
    }
    return env;
  }
}
