package dev.dormouse.cli;

import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.SimpleTimeZone;
import java.util.TimeZone;

/**
 * The time zone of the process. Everything Dormouse prints is in UTC, and a warm window names its
 * zone; but Reactor Netty asks for the machine's as it is loaded, and the JDK then reads the rules
 * of all zones of the world, twice: 0.4 MB that stay.
 */
public final class Utc extends SimpleTimeZone {
  private static final long serialVersionUID = 1;

  private Utc() {
    super(0, "UTC");
  }

  /** For the process as a whole; before a class is loaded that asks. */
  public static void set() {
    TimeZone.setDefault(new Utc());
  }

  /** The inherited one looks into the rules, whatever the zone. */
  @Override
  public ZoneId toZoneId() {
    return ZoneOffset.UTC;
  }
}
