package dev.dormouse.control;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * What everybody writes through whose lines a client can cause: of each kind one line at once, then
 * at most one in {@link #PAUSE}, which says how many were left out. Thread-safe; does not block but
 * for the log itself.
 */
public final class LogRateLimiter {
  /** Between two lines of one kind. */
  static final Duration PAUSE = Duration.ofSeconds(10);

  /** So many kinds are told apart at a time; those beyond them are of one kind. */
  static final int MAX_KINDS = 256;

  private static final Logger LOG = System.getLogger("dormouse");
  private static final String ANY_OTHER = "";

  private final InstantSource clock;
  private final Map<String, Turn> turns = new HashMap<>();
  private final AtomicLong suppressed = new AtomicLong();

  /** When the next line of a kind may be written, and how many have been left out until now. */
  private record Turn(Instant next, long leftOut) {}

  /** One that has let nothing through yet. */
  public LogRateLimiter(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * Writes a line, or leaves it out.
   *
   * @param kind what is limited together; never made of what a client sent
   */
  public void log(Level level, String kind, LogLine line) {
    log(level, kind, () -> line);
  }

  /** The same of a line that takes some work, which is done if it is written. */
  public void log(Level level, String kind, Supplier<LogLine> line) {
    if (LOG.isLoggable(level)) {
      admit(kind).ifPresent(leftOut -> line.get().and(told(leftOut)).log(LOG, level));
    }
  }

  /**
   * Whether a line of this kind may be written now.
   *
   * @return how many of its kind were left out before it; empty if it is left out, too
   */
  public synchronized OptionalLong admit(String kind) {
    Instant now = clock.instant();
    String key = key(kind, now);
    Turn turn = turns.getOrDefault(key, new Turn(now, 0));
    if (now.isBefore(turn.next)) {
      turns.put(key, new Turn(turn.next, turn.leftOut + 1));
      suppressed.incrementAndGet();
      return OptionalLong.empty();
    }
    turns.put(key, new Turn(now.plus(PAUSE), 0));
    return OptionalLong.of(turn.leftOut);
  }

  /** How many lines have been left out in all. */
  public long suppressed() {
    return suppressed.get();
  }

  /** The end of a line before which so many were left out. */
  public static String told(long leftOut) {
    return leftOut == 0 ? "" : " (" + leftOut + " more like it left out)";
  }

  private String key(String kind, Instant now) {
    if (turns.size() >= MAX_KINDS && !turns.containsKey(kind)) {
      turns.values().removeIf(turn -> !now.isBefore(turn.next));
    }
    return turns.size() < MAX_KINDS || turns.containsKey(kind) ? kind : ANY_OTHER;
  }
}
