package dev.dormouse.logging;

import dev.dormouse.control.LogRateLimiter;
import dev.dormouse.control.SteadyClock;
import dev.dormouse.core.Text;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.function.LongFunction;
import java.util.logging.Filter;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Where log lines go: standard output, one line a record, written at once by a thread of its own.
 * Nobody waits for whoever reads it, nor for who reads standard error.
 */
public final class LogSetup {
  /** Libraries speak only when something is wrong. */
  private static final Level LIBRARIES = Level.WARNING;

  /** What is still to be written when the process ends may take so long. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(1);

  /** The logger of what services write: it may be much. */
  private static final String OUTPUT = "dormouse.output";

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
   * Replaces the JDK's default configuration of logging, and the standard streams. To be called
   * before there is any logger: no command may have one in a static field.
   *
   * @return what bounds the lines that clients can cause
   */
  public static LogRateLimiter install(LogFormat format) {
    var limiter = new LogRateLimiter(new SteadyClock());
    Logger root = Logger.getLogger("");
    root.setLevel(LIBRARIES);
    Formatter formatter =
        switch (format) {
          case TEXT -> new Line();
          case JSON -> new JsonLine();
        };
    var handler = new Queueing(formatter, new DataPathLines(limiter));
    root.addHandler(handler);
    OWN.setLevel(Level.INFO);
    VERSION_USAGE.setLevel(Level.OFF);
    REQUESTS.setLevel(Level.SEVERE);
    System.setOut(handler.out.stream());
    System.setErr(handler.err.stream());
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, bug) -> OWN.log(Level.SEVERE, "bug on thread " + thread.getName(), bug));
    Runtime.getRuntime().addShutdownHook(new Thread(LogSetup::flush, "dormouse-last-words"));
    return limiter;
  }

  /** Waits until what was logged is written, a second at the most: before a halt, or an exec. */
  public static void flush() {
    for (Handler handler : Logger.getLogger("").getHandlers()) {
      handler.flush();
    }
  }

  /** How many lines nobody has read in time. */
  public static long dropped() {
    long sum = 0;
    for (Handler handler : Logger.getLogger("").getHandlers()) {
      sum += handler instanceof Queueing queueing ? queueing.dropped() : 0;
    }
    return sum;
  }

  /** Whether a logger is our own, rather than a library's. */
  static boolean isOurs(String logger) {
    return logger.equals("dormouse") || logger.equals(OUTPUT);
  }

  private static final class Queueing extends Handler {
    final Outlet out;
    final Outlet err;

    Queueing(Formatter formatter, Filter filter) {
      setFormatter(formatter);
      setFilter(filter);
      setLevel(Level.ALL);
      LongFunction<String> notice = count -> formatter.format(dropped(count));
      out = outlet(FileDescriptor.out, notice);
      err = outlet(FileDescriptor.err, notice);
    }

    private static Outlet outlet(FileDescriptor to, LongFunction<String> notice) {
      return new Outlet(new FileOutputStream(to).getChannel(), notice);
    }

    private static LogRecord dropped(long count) {
      var told = new LogRecord(Level.WARNING, "log lines dropped, as nobody read them: " + count);
      told.setLoggerName("dormouse");
      return told;
    }

    @Override
    public void publish(LogRecord record) {
      if (isLoggable(record)) {
        String line = getFormatter().format(record);
        if (OUTPUT.equals(record.getLoggerName())) {
          out.addLesser(line);
        } else {
          out.add(line);
        }
      }
    }

    long dropped() {
      return out.dropped() + err.dropped();
    }

    @Override
    public void flush() {
      boolean _ = out.flush(LAST_WORDS) && err.flush(LAST_WORDS);
    }

    @Override
    public void close() {
      flush();
    }
  }

  /** {@code 2026-01-31T12:00:00.000Z INFO service=default/cable dormant -> waking waiting=1}. */
  private static final class Line extends Formatter {
    @Override
    public String format(LogRecord record) {
      var line = new StringBuilder(160);
      line.append(record.getInstant().truncatedTo(ChronoUnit.MILLIS)).append(' ');
      line.append(levelOf(record)).append(' ').append(messageOf(record, this)).append('\n');
      if (record.getThrown() != null) {
        line.append(traceOf(record)).append('\n');
      }
      return line.toString();
    }
  }

  /** As in the lines of every format, as are the following. */
  static String levelOf(LogRecord record) {
    int level = record.getLevel().intValue();
    if (level >= Level.SEVERE.intValue()) {
      return "ERROR";
    }
    return level >= Level.WARNING.intValue() ? "WARN" : "INFO";
  }

  static String messageOf(LogRecord record, Formatter formatter) {
    return Text.printable(formatter.formatMessage(record));
  }

  static String traceOf(LogRecord record) {
    var trace = new StringWriter();
    record.getThrown().printStackTrace(new PrintWriter(trace));
    return Text.indented(trace.toString());
  }
}
