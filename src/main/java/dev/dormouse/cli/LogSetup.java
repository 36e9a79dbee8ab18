package dev.dormouse.cli;

import dev.dormouse.control.LogRateLimiter;
import dev.dormouse.control.SteadyClock;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.logging.Filter;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;

/** Where log lines go: standard output, one line a record, flushed at once. */
final class LogSetup {
  /** Libraries speak only when something is wrong. */
  private static final Level LIBRARIES = Level.WARNING;

  /** Kept: the log manager holds loggers, and with them their levels, by weak references only. */
  private static final Logger OWN;

  /** Of the Kubernetes client: warns of resources in an alpha version, as ours is on purpose. */
  private static final Logger VERSION_USAGE;

  /** Quotes each request that cannot be read, cookies and all. */
  private static final Logger REQUESTS;

  static {
    System.setProperty("java.util.logging.manager", LastingLogManager.class.getName());
    // Without slf4j Reactor would print lines of its own.
    System.setProperty("reactor.logging.fallback", "JDK");
    OWN = Logger.getLogger("dormouse");
    VERSION_USAGE = Logger.getLogger("io.fabric8.kubernetes.client.dsl.internal.VersionUsageUtils");
    REQUESTS = Logger.getLogger("reactor.netty.http.server.HttpServerOperations");
  }

  private LogSetup() {}

  /**
   * Replaces the JDK's default configuration of logging. To be called before there is any logger:
   * no command may have one in a static field.
   *
   * @return what bounds the lines that clients can cause
   */
  static LogRateLimiter install(LogFormat format) {
    var limiter = new LogRateLimiter(new SteadyClock());
    Logger root = Logger.getLogger("");
    root.setLevel(LIBRARIES);
    root.addHandler(
        new StandardOutput(
            switch (format) {
              case TEXT -> new Line();
              case JSON -> new JsonLine();
            },
            new DataPathLines(limiter)));
    OWN.setLevel(Level.INFO);
    VERSION_USAGE.setLevel(Level.OFF);
    REQUESTS.setLevel(Level.SEVERE);
    return limiter;
  }

  private static final class StandardOutput extends StreamHandler {
    StandardOutput(Formatter formatter, Filter filter) {
      super(System.out, formatter);
      setFilter(filter);
      setLevel(Level.ALL);
      try {
        setEncoding(StandardCharsets.UTF_8.name());
      } catch (java.io.UnsupportedEncodingException e) {
        throw new IllegalStateException("UTF-8 is always there", e);
      }
    }

    @Override
    public synchronized void publish(LogRecord record) {
      super.publish(record);
      flush();
    }
  }

  /** {@code 2026-01-31T12:00:00.000Z INFO service=default/cable dormant -> waking waiting=1}. */
  private static final class Line extends Formatter {
    @Override
    public String format(LogRecord record) {
      var line = new StringBuilder(160);
      line.append(record.getInstant().truncatedTo(ChronoUnit.MILLIS)).append(' ');
      line.append(levelOf(record)).append(' ').append(formatMessage(record)).append('\n');
      if (record.getThrown() != null) {
        var trace = new StringWriter();
        record.getThrown().printStackTrace(new PrintWriter(trace));
        line.append(trace);
      }
      return line.toString();
    }
  }

  /** As in the lines of every format. */
  static String levelOf(LogRecord record) {
    int level = record.getLevel().intValue();
    if (level >= Level.SEVERE.intValue()) {
      return "ERROR";
    }
    return level >= Level.WARNING.intValue() ? "WARN" : "INFO";
  }
}
