package dev.dormouse.e2e;

import java.util.ArrayList;
import java.util.List;

/** The commands that ask a running machine. */
final class ByHandCommands {
  private ByHandCommands() {}

  static Child run(Machine machine, String command, String... arguments) {
    var all = new ArrayList<>(List.of(command));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--admin", "127.0.0.1:" + machine.adminPort));
    return Child.dormouse(all.toArray(String[]::new));
  }
}
