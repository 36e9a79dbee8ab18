package dev.dormouse.testing;

import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * Random schedules, each derived from a seed: run, replayed with a trace when one breaks a promise,
 * and searched for one that shows a planted bug.
 */
public final class Schedules {
  private static final int TRACE = 120;

  private final Maker maker;

  /** These schedules. */
  public Schedules(Maker maker) {
    this.maker = maker;
  }

  /** One schedule. Used once. */
  public interface Schedule {
    /** Runs it; returns the number of passes. A broken promise is an AssertionError. */
    int run();

    /** What has happened so far, if it is traced. */
    List<String> trace();
  }

  /** Makes a schedule of its seed. */
  public interface Maker {
    /** The same seed makes the same schedule, traced or not. */
    Schedule make(long seed, boolean traced);
  }

  /**
   * Runs the schedule of a seed; returns the number of passes. A broken promise is an
   * AssertionError that names the seed and the last steps.
   */
  public int run(long seed) {
    try {
      return maker.make(seed, false).run();
    } catch (AssertionError | RuntimeException e) {
      throw replayed(seed, e);
    }
  }

  private AssertionError replayed(long seed, Throwable first) {
    Schedule again = maker.make(seed, true);
    try {
      return new AssertionError(seed + " is not replayed: passes " + again.run(), first);
    } catch (AssertionError | RuntimeException e) {
      List<String> trace = again.trace();
      var last = trace.subList(Math.max(0, trace.size() - TRACE), trace.size());
      return new AssertionError(
          e.getMessage() + "\nreplay with -Ddormouse.seed=" + seed + "\n" + String.join("\n", last),
          e);
    }
  }

  /** So many seeds, or the one of {@code -Ddormouse.seed}. */
  public static LongStream seeds(int count) {
    Long replayed = Long.getLong("dormouse.seed");
    return replayed == null ? LongStream.range(0, count) : LongStream.of(replayed);
  }

  /** What the first of so many schedules says that breaks a promise. */
  public Optional<String> firstBrokenPromise(int count) {
    return LongStream.range(0, count)
        .parallel()
        .mapToObj(this::brokenPromise)
        .flatMap(Optional::stream)
        .findFirst();
  }

  private Optional<String> brokenPromise(long seed) {
    try {
      int passes = run(seed);
      return passes < 0 ? Optional.of("no passes") : Optional.empty();
    } catch (AssertionError broken) {
      return Optional.of(String.valueOf(broken.getMessage()));
    }
  }
}
