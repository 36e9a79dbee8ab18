package dev.dormouse.logging;

import java.util.logging.LogManager;

/**
 * A log manager that still logs while the JVM shuts down: the JDK's own takes its handlers away as
 * soon as TERM arrives, and what happens from then on is what an operator wants to read.
 */
public final class LastingLogManager extends LogManager {
  /** Does nothing. */
  @Override
  public void reset() {}

  /** Does nothing: the JDK's configuration file is not ours. */
  @Override
  public void readConfiguration() {}
}
