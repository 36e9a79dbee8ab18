package dev.dormouse.nap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The shell script that started this process.
 *
 * @param arguments that it was started with, as the kernel has them
 */
public record Launcher(Path path, List<byte[]> arguments) {
  /** What the launcher calls itself. */
  static final String VARIABLE = "DORMOUSE_LAUNCHER";

  private static final String MAIN = "\0dev.dormouse.Main\0";

  /** The one that started this process; empty if something else did. */
  public static Optional<Launcher> ofThisProcess() {
    try {
      return of(
          System.getenv(VARIABLE), Files.readString(Path.of("/proc/self/cmdline"), ISO_8859_1));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Java's arguments end with the main class and ours. */
  static Optional<Launcher> of(@org.jspecify.annotations.Nullable String path, String cmdline) {
    int main = cmdline.indexOf(MAIN);
    if (path == null || main < 0) {
      return Optional.empty();
    }
    List<byte[]> arguments = new ArrayList<>();
    int from = main + MAIN.length();
    for (int end = cmdline.indexOf('\0', from); end >= 0; end = cmdline.indexOf('\0', from)) {
      arguments.add(cmdline.substring(from, end).getBytes(ISO_8859_1));
      from = end + 1;
    }
    return Optional.of(new Launcher(Path.of(path), List.copyOf(arguments)));
  }
}
