package dev.dormouse.testing;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.logging.ConsoleHandler;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * Shows with a failure what was printed and logged while this test ran, and nobody else's: as a
 * suppressed exception, which every runner prints with the failure. Of much only the last is shown;
 * the build keeps all of it in a file per class. Found by JUnit itself, for every test.
 */
public final class OwnLog
    implements BeforeAllCallback,
        BeforeEachCallback,
        TestExecutionExceptionHandler,
        LifecycleMethodExecutionExceptionHandler {
  private static final Namespace HERE = Namespace.create(OwnLog.class);

  /** What a person reads; and a test that logs for hours must not fill the heap. */
  private static final int MAX_CHARS = 64 * 1024;

  /** A log in the place of a stack trace: without the name of a class in front. */
  @SuppressWarnings("OverrideThrowableToString")
  private static final class Printed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Printed(String text) {
      super(text, null, false, false);
    }

    @Override
    public String toString() {
      return "what this test printed:\n" + getMessage();
    }
  }

  /** Standard output and error of this JVM, copied here, from the first test class on. */
  private static final class Tape implements AutoCloseable {
    private final StringBuilder text = new StringBuilder();
    private final PrintStream out = System.out;
    private final PrintStream err = System.err;

    Tape() {
      switchTo(copying(out), copying(err));
    }

    private PrintStream copying(PrintStream original) {
      return new PrintStream(new Copy(original), true, StandardCharsets.UTF_8);
    }

    /** The logger of the JDK keeps the stream that it has found. */
    private static void switchTo(PrintStream out, PrintStream err) {
      System.setOut(out);
      System.setErr(err);
      Logger root = Logger.getLogger("");
      for (Handler handler : root.getHandlers()) {
        if (handler instanceof ConsoleHandler) {
          root.removeHandler(handler);
          root.addHandler(new ConsoleHandler());
        }
      }
    }

    @Override
    public void close() {
      switchTo(out, err);
    }

    synchronized void rewind() {
      text.setLength(0);
    }

    synchronized String text() {
      return text.toString();
    }

    private synchronized void add(byte[] bytes, int from, int length) {
      text.append(new String(bytes, from, length, StandardCharsets.UTF_8));
      if (text.length() > 2 * MAX_CHARS) {
        text.delete(0, text.length() - MAX_CHARS).insert(0, "(...)");
      }
    }

    /** Passes on, and copies. */
    private final class Copy extends OutputStream {
      private final PrintStream original;

      Copy(PrintStream original) {
        this.original = original;
      }

      @Override
      public void write(int one) {
        write(new byte[] {(byte) one}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int from, int length) {
        original.write(bytes, from, length);
        add(bytes, from, length);
      }

      @Override
      public void flush() {
        original.flush();
      }
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    tape(context).rewind();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    tape(context).rewind();
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    throw withLog(context, failure);
  }

  @Override
  public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    throw withLog(context, failure);
  }

  @Override
  public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    throw withLog(context, failure);
  }

  @Override
  public void handleAfterEachMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    throw withLog(context, failure);
  }

  @Override
  public void handleAfterAllMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    throw withLog(context, failure);
  }

  private static Throwable withLog(ExtensionContext context, Throwable failure) {
    String text = tape(context).text();
    if (!text.isBlank()) {
      failure.addSuppressed(new Printed(text.stripTrailing()));
    }
    return failure;
  }

  private static Tape tape(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(HERE)
        .getOrComputeIfAbsent(Tape.class, _ -> new Tape(), Tape.class);
  }
}
