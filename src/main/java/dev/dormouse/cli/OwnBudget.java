package dev.dormouse.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.dormouse.budget.Budget;
import dev.dormouse.control.LogLine;
import dev.dormouse.control.LogRateLimiter;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The memory budget of this process, from what the launcher lets it have: its heap, its direct
 * memory, its open files.
 */
final class OwnBudget {
  /** Of the heap, what Dormouse itself needs. */
  private static final long OWN_HEAP_BYTES = 12L << 20;

  /** Of the direct memory: what event loops read into, and what is on its way. */
  private static final long OWN_DIRECT_BYTES = 2L << 20;

  /** Open files for boots, the log, state and the admin port, whoever is connected. */
  private static final int OWN_FILES = 256;

  /** A client's connection, and the one to its service. */
  private static final int FILES_OF_A_CLIENT = 2;

  private static final String FILES = "Max open files";

  private OwnBudget() {}

  /** One that says in the log when somebody had to go. */
  static Budget create(LogRateLimiter log) {
    long heap = Runtime.getRuntime().maxMemory();
    long direct = PlatformDependent.maxDirectMemory();
    return new Budget(limits(heap, direct, maxFiles()), budget -> tell(budget, log));
  }

  /** Of thousands at once the first has the line made. */
  static void tell(Budget budget, LogRateLimiter log) {
    log.log(Level.WARNING, "shed", () -> LogLine.of(Optional.empty(), budget.story()));
  }

  /** An eighth of the heap stays free, so that collecting it costs little. */
  static Budget.Limits limits(long heapBytes, long directBytes, long files) {
    long heap = Math.max(heapBytes / 4, (heapBytes - OWN_HEAP_BYTES) * 7 / 8);
    long direct = Math.max(directBytes / 2, directBytes - OWN_DIRECT_BYTES);
    long clients = Math.max(files / 2, files - OWN_FILES) / FILES_OF_A_CLIENT;
    return new Budget.Limits(heap, direct, Math.clamp(clients, 1, Integer.MAX_VALUE));
  }

  /** The soft limit, which the JVM has raised to the hard one. */
  private static long maxFiles() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/limits"), ISO_8859_1)) {
        if (line.startsWith(FILES)) {
          String soft = line.substring(FILES.length()).strip();
          return Long.parseLong(soft.substring(0, soft.indexOf(' ')));
        }
      }
    } catch (IOException | NumberFormatException e) {
      return Integer.MAX_VALUE; // unlimited, or no Linux
    }
    return Integer.MAX_VALUE;
  }
}
