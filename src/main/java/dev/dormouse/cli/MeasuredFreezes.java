package dev.dormouse.cli;

import dev.dormouse.control.FreezeListener;
import dev.dormouse.core.ServiceId;
import java.time.Duration;
import java.util.Optional;

/**
 * Has what a freeze left measured once it is complete: what the sleep saves is known although
 * nobody looks.
 *
 * @param heard what hears of all, and before the measuring
 */
record MeasuredFreezes(FreezeListener heard, Runnable measure) implements FreezeListener {
  @Override
  public void froze(ServiceId id, Outcome outcome) {
    heard.froze(id, outcome);
    if (outcome == Outcome.FROZEN) {
      measure.run();
    }
  }

  @Override
  public void thawed(ServiceId id, Optional<Duration> took) {
    heard.thawed(id, took);
  }
}
