package dev.dormouse.gate;

import java.time.Duration;
import java.time.Instant;

/** Whether what is at an address answers handshakes. Guarded by its gate's lock. */
final class Trust {
  /** Whether one was answered since the address was announced. */
  private boolean answered;

  private Instant doubtedAt = Instant.MIN;

  boolean hasAnswered() {
    return answered;
  }

  void answered() {
    answered = true;
  }

  /** There is another address. */
  void begin() {
    answered = false;
  }

  /** Whether it may be doubted, having answered nobody; once in this time. */
  boolean doubt(Instant now, Duration oncePer) {
    if (answered || now.isBefore(doubtedAt.plus(oncePer))) {
      return false;
    }
    doubtedAt = now;
    return true;
  }
}
