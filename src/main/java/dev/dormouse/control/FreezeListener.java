package dev.dormouse.control;

import dev.dormouse.core.ServiceId;
import java.time.Duration;
import java.util.Optional;

/** Hears how services are frozen and thawed. Called on the control thread, must not block. */
public interface FreezeListener {
  /** How a freeze ends. */
  enum Outcome {
    /** It sleeps in swap. */
    FROZEN,
    /** Somebody needed it before it was complete. */
    INTERRUPTED,
    /** Most of its memory stayed resident: it is stopped, and not frozen again. */
    IN_VAIN,
    /** It could not be done: it is stopped, and not frozen again. */
    FAILED
  }

  /** A freeze has ended so. */
  void froze(ServiceId id, Outcome outcome);

  /**
   * A thaw has ended.
   *
   * @param took from its resumption to its first answer; empty if none came, and it is started anew
   */
  void thawed(ServiceId id, Optional<Duration> took);
}
