package dev.dormouse.local.driver;

import dev.dormouse.local.freeze.Suspension;
import dev.dormouse.local.process.Probe;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Finds out whether a workload that was resumed has come back. Its kernel accepts connections even
 * while it is stopped: only an answer counts, to a client's handshake or, if none comes, to a
 * question of our own. Control thread only.
 */
public final class ThawProbe {
  /** A client's handshake is usually answered by then; our question is a line in its log. */
  public static final Duration ASK_AFTER = Duration.ofMillis(200);

  /** A boot takes about as long. */
  public static final Duration LIMIT = Duration.ofSeconds(2);

  final Instant begun;
  private final Suspension suspension;
  private final Optional<Probe> question;
  private boolean asked;

  ThawProbe(Run run, Suspension suspension, Instant begun) {
    this.begun = begun;
    this.suspension = suspension;
    this.question =
        run.endpoint().map(e -> Probe.forAnyAnswer(e, run.terms.probePath().orElse("/")));
  }

  /** What is known of it. */
  enum Verdict {
    NOT_YET,
    BACK,
    LOST
  }

  Verdict poll(Instant now) {
    if (question.isEmpty()) {
      return Verdict.BACK;
    }
    Duration age = Duration.between(begun, now);
    if (age.compareTo(ASK_AFTER) < 0) {
      return Verdict.NOT_YET;
    }
    if (!asked) {
      asked = true;
      suspension.resume(); // in case that somebody has stopped it in the meantime
    }
    if (question.get().poll(now)) {
      return Verdict.BACK;
    }
    return age.compareTo(LIMIT) < 0 ? Verdict.NOT_YET : Verdict.LOST;
  }

  void close() {
    question.ifPresent(Probe::close);
  }
}
