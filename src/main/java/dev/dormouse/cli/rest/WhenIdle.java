package dev.dormouse.cli.rest;

import java.util.Locale;

/** What is done when nothing on the machine has been needed for long enough. */
public enum WhenIdle {
  /** The process ends with 0; a Fly Machine then stops. */
  EXIT,
  /** The Fly Machine is suspended; the process goes on when it is resumed. */
  SUSPEND;

  /** As it is written on a command line, and completed there. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
