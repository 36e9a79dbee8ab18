package dev.dormouse.bench;

/** Durations with a precision of 1 in 64, from a nanosecond to minutes. */
final class Histogram {
  private static final int SUB_BITS = 6;

  private final long[] counts = new long[64 << SUB_BITS];
  private long total;

  void add(long nanos) {
    counts[index(Math.max(1, nanos))]++;
    total++;
  }

  long total() {
    return total;
  }

  /** The duration that this part of all do not exceed, in microseconds. */
  double micros(double part) {
    long wanted = Math.max(1, (long) Math.ceil(part * total));
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= wanted) {
        return value(i) / 1000.0;
      }
    }
    return 0;
  }

  String summary() {
    return "p50=%.1f p99=%.1f p999=%.1f".formatted(micros(0.5), micros(0.99), micros(0.999));
  }

  private static int index(long value) {
    int exponent = 63 - Long.numberOfLeadingZeros(value);
    if (exponent < SUB_BITS) {
      return (int) value;
    }
    int shift = exponent - SUB_BITS;
    return ((shift + 1) << SUB_BITS) + (int) (value >>> shift) - (1 << SUB_BITS);
  }

  private static long value(int index) {
    int shift = (index >> SUB_BITS) - 1;
    return shift < 0 ? index : (long) ((index & ((1 << SUB_BITS) - 1)) + (1 << SUB_BITS)) << shift;
  }
}
