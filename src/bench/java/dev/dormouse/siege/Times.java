package dev.dormouse.siege;

import java.util.Arrays;

/** Times in nanoseconds. Thread-safe. */
final class Times {
  private long[] nanos = new long[1024];
  private int count;

  synchronized void add(long time) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * count);
    }
    nanos[count++] = time;
  }

  synchronized void clear() {
    count = 0;
  }

  /** So many in a hundred took at most so many milliseconds. */
  synchronized double percentile(double percent) {
    if (count == 0) {
      return Double.NaN;
    }
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return sorted[(int) Math.min(count - 1L, (long) Math.ceil(count * percent / 100) - 1)] / 1e6;
  }
}
