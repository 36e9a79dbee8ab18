package dev.dormouse.logging;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;

/**
 * Lines on their way out. Who adds one never waits: a thread of its own writes them, in order and
 * whole, and lives only while there are some and a moment longer. While nobody reads them so many
 * are kept as the bound allows; of the others it is told, at their place, how many they were.
 * Thread-safe.
 */
final class Outlet {
  /** What may wait to be written. */
  static final int MAX_BYTES = 128 * 1024;

  /** What of it lines of lesser rank may take. */
  static final int MAX_LESSER_BYTES = MAX_BYTES / 2;

  /** When so little waits, it flows again: there is room for any line, and for the notice. */
  private static final int FLOWING_BYTES = MAX_BYTES / 4;

  private static final long LINGER_MILLIS = 1000;

  /** Between two tries to write to what is full and does not block. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final WritableByteChannel sink;
  private final LongFunction<String> notice;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition added = lock.newCondition();
  private final Condition written = lock.newCondition();
  private final Deque<Line> lines = new ArrayDeque<>();

  /** Of the lines, and of the one that is being written. */
  private int bytes;

  /** Since it was last told. */
  private long untold;

  private long dropped;
  private boolean attended;

  /** Whether the last line was refused: by a closed pipe, by a full disk. */
  private boolean refused;

  /** Its thread only: whether the last line broke off. */
  private boolean torn;

  /** Something to write. */
  private static final class Line {
    final byte[] text;

    /** Of so many dropped lines, if it is a notice. */
    final long tells;

    Line(byte[] text, long tells) {
      this.text = text;
      this.tells = tells;
    }
  }

  /**
   * An outlet without lines.
   *
   * @param sink may block
   * @param notice a line that says how many were dropped
   */
  Outlet(WritableByteChannel sink, LongFunction<String> notice) {
    this.sink = sink;
    this.notice = notice;
  }

  /** Adds a line, with its end, or several that belong together. */
  void add(String line) {
    add(line.getBytes(UTF_8), MAX_BYTES);
  }

  /** Adds one of those that must not crowd out the others. */
  void addLesser(String line) {
    add(line.getBytes(UTF_8), MAX_LESSER_BYTES);
  }

  /** How many lines were dropped since the start. */
  long dropped() {
    lock.lock();
    try {
      return dropped;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until all has been written, for so long at the most. */
  boolean flush(Duration atMost) {
    long left = atMost.toNanos();
    lock.lock();
    try {
      while (bytes > 0 && left > 0) {
        left = written.awaitNanos(left);
      }
      return bytes == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** A stream whose lines take the same way. */
  PrintStream stream() {
    return new PrintStream(new Gathering(), true, UTF_8);
  }

  private void add(byte[] text, int limit) {
    lock.lock();
    try {
      if (bytes <= FLOWING_BYTES) {
        tell();
      }
      boolean room = bytes <= FLOWING_BYTES || bytes + text.length <= limit;
      if (!room || (untold > 0 && limit < MAX_BYTES)) {
        untold++;
        dropped++;
        return;
      }
      append(new Line(text, 0));
      attended = attended || isAttended();
      added.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Where no thread is to be had the lines wait for one: the next line tries again. */
  private boolean isAttended() {
    try {
      Thread.ofPlatform().name("dormouse-log").daemon().start(this::attend);
      return true;
    } catch (OutOfMemoryError e) {
      return false;
    }
  }

  private void tell() {
    if (untold > 0) {
      append(new Line(notice.apply(untold).getBytes(UTF_8), untold));
      untold = 0;
    }
  }

  private void append(Line line) {
    lines.addLast(line);
    bytes += line.text.length;
  }

  private void attend() {
    for (Optional<Line> line = next(); line.isPresent(); line = next()) {
      boolean out = write(line.get().text);
      done(line.get(), out);
    }
  }

  /**
   * Empty when nothing has come for a while; the next line is another thread's then, also if it was
   * woken for nothing.
   */
  @SuppressWarnings("WaitNotInLoop")
  private Optional<Line> next() {
    lock.lock();
    try {
      if (lines.isEmpty() && !refused) {
        tell();
      }
      if (lines.isEmpty()) {
        boolean _ = added.await(LINGER_MILLIS, TimeUnit.MILLISECONDS);
      }
      attended = !lines.isEmpty();
      return Optional.ofNullable(lines.pollFirst());
    } catch (InterruptedException e) {
      attended = false;
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  private void done(Line line, boolean out) {
    lock.lock();
    try {
      bytes -= line.text.length;
      refused = !out;
      if (!out) {
        untold += Math.max(line.tells, 1);
        dropped += line.tells > 0 ? 0 : 1;
      }
      if (bytes == 0) {
        written.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether it is out; what broke off is ended first. */
  private boolean write(byte[] text) {
    try {
      if (torn) {
        writeAll(ByteBuffer.wrap(new byte[] {'\n'}));
        torn = false;
      }
      ByteBuffer rest = ByteBuffer.wrap(text);
      try {
        writeAll(rest);
      } finally {
        torn = rest.position() > 0 && rest.hasRemaining();
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void writeAll(ByteBuffer rest) throws IOException {
    while (rest.hasRemaining()) {
      if (sink.write(rest) == 0) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  /** Lines of a stream, each added when it is complete. */
  private final class Gathering extends OutputStream {
    private static final int MAX_LINE_BYTES = 8 * 1024;

    private byte[] line = new byte[256];
    private int length;

    @Override
    public synchronized void write(int b) {
      if (length == line.length) {
        line = Arrays.copyOf(line, 2 * length);
      }
      line[length++] = (byte) b;
      if (b == '\n' || length == MAX_LINE_BYTES) {
        add(Arrays.copyOf(line, length), MAX_BYTES);
        length = 0;
      }
    }
  }
}
