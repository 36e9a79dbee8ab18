package dev.dormouse.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The arguments of a command in their plainest form: {@code --name value} or {@code --name=value},
 * each option once. For the command that stays: picocli's 200 classes are too old for an AOT cache
 * and would keep 3 MB for as long as it runs. Whatever is not plain, such as a mistake or {@code
 * --help}, is picocli's.
 */
final class PlainArguments {
  private final Map<String, String> values = new HashMap<>();

  private PlainArguments() {}

  /** The arguments, if they are plain and name these options only. */
  static Optional<PlainArguments> of(List<String> arguments, Set<String> names) {
    var plain = new PlainArguments();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      int equals = argument.startsWith("--") ? argument.indexOf('=') : -1;
      String name = equals < 0 ? argument : argument.substring(0, equals);
      boolean separate = equals < 0 && ++i < arguments.size();
      String value = separate ? arguments.get(i) : equals < 0 ? "" : argument.substring(equals + 1);
      if (!names.contains(name)
          || !isPlain(value)
          || plain.values.putIfAbsent(name, value) != null) {
        return Optional.empty();
      }
    }
    return Optional.of(plain);
  }

  /** Nothing that picocli would take for an option, a quoted word or a file of arguments. */
  private static boolean isPlain(String value) {
    return !value.isBlank() && "-@\"'".indexOf(value.charAt(0)) < 0 && value.indexOf('$') < 0;
  }

  Optional<String> get(String name) {
    return Optional.ofNullable(values.get(name));
  }
}
