package dev.dormouse.core;

import java.time.Duration;
import java.time.Instant;

/**
 * Who is connected to a workload past its gate: from outside of it, to any port that it listens on.
 *
 * @param lookedAt when that was last looked at; {@link Instant#MIN} if never
 * @param clients how many there were then
 * @param seen when there last was one; {@link Instant#MIN} if never
 * @param where at which ports, and who, for people
 */
public record Company(Instant lookedAt, int clients, Instant seen, String where) {
  /** Nobody has looked yet. */
  public static final Company UNSEEN = new Company(Instant.MIN, 0, Instant.MIN, "");

  /** How long it holds that nobody is there. */
  static final Duration FRESH = Duration.ofSeconds(1);

  /** How often to look whether they still are. */
  static final Duration LOOK = Duration.ofSeconds(10);

  /** Where people read it, it can be shown. */
  public Company {
    where = Text.printable(where);
  }

  /** What is known after another look. */
  public Company after(Instant now, int found, String at) {
    return new Company(now, found, found > 0 ? now : seen, at);
  }

  /** Whether anybody was there. */
  public boolean any() {
    return clients > 0;
  }

  /** Until when nobody has to look again. */
  Instant freshUntil() {
    return lookedAt.plus(any() ? LOOK : FRESH);
  }

  /** That they are there, in words. */
  public String words() {
    return clients
        + (clients == 1 ? " client is" : " clients are")
        + " connected to it directly, at "
        + where;
  }
}
