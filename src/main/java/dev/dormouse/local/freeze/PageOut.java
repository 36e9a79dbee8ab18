package dev.dormouse.local.freeze;

import dev.dormouse.local.process.ProcFs.Stat;
import dev.dormouse.local.process.Signals;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Pushes the memory of stopped processes out to swap, and fetches it back. */
public interface PageOut {
  /**
   * Returns when it is done, or no longer wanted.
   *
   * @throws IOException saying why it cannot be done
   */
  Effect pageOut(List<Stat> processes, BooleanSupplier wanted) throws IOException;

  /**
   * Asks the kernel to read back what is in swap, in few large pieces: a process that is resumed
   * would ask for one page after the other. Only advice: it may have come to nothing.
   */
  default void fetch(List<Stat> processes) {}

  /** A faster way to stop and to resume, if the same means offer one. */
  default Optional<Signals> signals() {
    return Optional.empty();
  }

  /**
   * What came of it, in bytes of all processes.
   *
   * @param before resident or already swapped out
   * @param after resident
   */
  record Effect(long before, long after) {
    /** Half of it at the least must be gone: for less, a boot is not worth sparing. */
    boolean isWorthIt() {
      return after * 2 <= before;
    }

    /** {@code 42 MB -> 3 MB}. */
    @Override
    public String toString() {
      return megabytes(before) + " MB -> " + megabytes(after) + " MB";
    }

    private static long megabytes(long bytes) {
      return Math.round(bytes / 1048576.0);
    }
  }
}
