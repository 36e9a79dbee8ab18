package dev.dormouse.local;

import dev.dormouse.local.ProcFs.Stat;
import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Pushes the memory of stopped processes out to swap. */
interface PageOut {
  /**
   * Returns when it is done, or no longer wanted.
   *
   * @throws IOException saying why it cannot be done
   */
  Effect pageOut(List<Stat> processes, BooleanSupplier wanted) throws IOException;

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
