package dev.dormouse.control;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Hears how the loop that runs passes is doing. Thread-safe. */
public interface LoopListener {
  /** One that does not care. */
  LoopListener NONE =
      new LoopListener() {
        @Override
        public void waiting(LongSupplier passes) {}

        @Override
        public void ran(Duration took, boolean succeeded) {}
      };

  /**
   * Told once, before the first pass.
   *
   * @param passes how many are due and have not begun; may be asked at any time
   */
  void waiting(LongSupplier passes);

  /** A pass has ended; false if it threw, and will be run again. */
  void ran(Duration took, boolean succeeded);
}
