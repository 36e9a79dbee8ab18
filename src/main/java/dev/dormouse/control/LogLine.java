package dev.dormouse.control;

import dev.dormouse.core.ServiceId;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A line of the log: a text for people, fields for machines. A format that has fields finds it as
 * the only parameter of the record. Immutable.
 *
 * @param service the one that it is about
 * @param fields by name, in this order; numbers and texts
 * @param text all that it says but the name of the service
 */
public record LogLine(Optional<ServiceId> service, Map<String, Object> fields, String text) {
  /** A line about a service. */
  public static LogLine of(ServiceId service, String text) {
    return of(Optional.of(service), text);
  }

  /** A line about a service, if it is about one. */
  public static LogLine of(Optional<ServiceId> service, String text) {
    return new LogLine(service, Map.of(), text);
  }

  /** The same with one more field. */
  public LogLine with(String name, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(fields);
    more.put(name, value);
    return new LogLine(service, more, text);
  }

  /** The same with more at the end of its text. */
  public LogLine and(String more) {
    return more.isEmpty() ? this : new LogLine(service, fields, text + more);
  }

  /** Writes it. */
  public void log(Logger log, Level level) {
    log.log(level, "{0}", this);
  }

  /** {@code service=default/cable dormant -> waking waiting=1}. */
  @Override
  public String toString() {
    return service.map(it -> "service=" + it + " ").orElse("") + text;
  }
}
