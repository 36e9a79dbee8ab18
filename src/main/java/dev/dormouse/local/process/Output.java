package dev.dormouse.local.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.dormouse.control.LogLine;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.Text;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a service writes to stdout and stderr: a file, so that it neither blocks nor dies with its
 * reader, followed into the log and cut when it grows too long. Control thread only, except {@link
 * #lines}.
 */
public final class Output {
  /** The file is emptied once it is longer and nothing is being written. */
  public static final long MAX_FILE_BYTES = 1 << 20;

  /** The file is emptied whatever happens once it is longer. */
  private static final long FLOOD_BYTES = 16 * MAX_FILE_BYTES;

  /**
   * Less room than this on the disk is none. Many a program ends when its output is refused: Ruby
   * raises Errno::ENOSPC.
   */
  static final int ROOM_BYTES = 64 * 1024;

  /** More than this at a time is skipped, so that a flood does not hold up the control thread. */
  static final int MAX_READ_BYTES = 32 * 1024;

  /** The rest of a longer line is dropped. */
  static final int MAX_LINE_BYTES = 1000;

  /** How many lines are remembered. */
  public static final int MAX_LINES = 50;

  private static final System.Logger LOG = System.getLogger("dormouse");

  /** Of its lines only: what is told of them is Dormouse's. */
  private static final System.Logger LINES = System.getLogger("dormouse.output");

  private final ServiceId id;
  private final Path path;
  private final Deque<String> lines = new ArrayDeque<>();
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private Optional<FileChannel> channel = Optional.empty();
  private Optional<String> lastWords = Optional.empty();
  private long position;
  private boolean quiet;

  /** What a service writes, to this file. */
  public Output(ServiceId id, Path path) {
    this.id = id;
    this.path = path;
  }

  /**
   * Begins to follow what a new process will append to the file.
   *
   * @return where its output goes: nowhere if the disk refuses, or has no room for it
   */
  public File open() {
    return open(true);
  }

  private File open(boolean unwritten) {
    close();
    lastWords = Optional.empty();
    try {
      FileChannel opened = openFile();
      channel = Optional.of(opened);
      position = opened.size();
      if (unwritten) {
        makeRoom(opened);
      }
      return path.toFile();
    } catch (IOException e) {
      close();
      LogLine.of(id, "output is lost: " + e).log(LOG, Level.WARNING);
      return new File("/dev/null");
    }
  }

  /** Goes on with a process that runs. What it wrote before is remembered, not logged again. */
  public void resume() {
    open(false);
    position = Math.max(0, position - MAX_READ_BYTES);
    quiet = true;
    read();
    quiet = false;
  }

  private FileChannel openFile() throws IOException {
    OwnerOnly.createDirectoryOf(path);
    return FileChannel.open(path, Set.of(CREATE, READ, WRITE, NOFOLLOW_LINKS), OwnerOnly.FILE);
  }

  /** Finds out, while nobody writes to the file, whether the disk would take some output. */
  private void makeRoom(FileChannel file) throws IOException {
    if (isDiskFull()) {
      file.truncate(0);
      position = 0;
    }
    ByteBuffer zeros = ByteBuffer.allocate(ROOM_BYTES);
    try {
      while (zeros.hasRemaining()) {
        file.write(zeros, position + zeros.position());
      }
    } finally {
      file.truncate(position);
    }
  }

  private boolean isDiskFull() {
    return path.toFile().getUsableSpace() < ROOM_BYTES;
  }

  /** Takes up what was written since. Milliseconds at most. */
  public void read() {
    channel.ifPresent(
        file -> {
          try {
            read(file);
          } catch (IOException e) {
            LogLine.of(id, "output cannot be read: " + e.getMessage()).log(LOG, Level.WARNING);
            release();
          }
        });
  }

  /** Takes up what was written since, and a last line without end. */
  public void finish() {
    read();
    endLine();
  }

  /** Takes up the rest and ends. */
  public void close() {
    finish();
    release();
  }

  private void release() {
    try {
      if (channel.isPresent()) {
        channel.get().close();
      }
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "closing " + path, e);
    }
    channel = Optional.empty();
  }

  /** The last lines, oldest first, of this process and those before it. Thread-safe. */
  public List<String> lines() {
    synchronized (lines) {
      return List.copyOf(lines);
    }
  }

  /** A message, and what the process said last. */
  public String withLastWords(String message) {
    return message + lastWords.map(words -> ": " + words).orElse("");
  }

  /** The last line of this process that is not indented as the lines of a stack trace are. */
  public Optional<String> lastWords() {
    return lastWords;
  }

  private void read(FileChannel file) throws IOException {
    long size = file.size();
    position = Math.min(position, size);
    if (size - position > MAX_READ_BYTES) {
      long skipped = size - position - MAX_READ_BYTES;
      endLine();
      add("[" + skipped + " bytes of output skipped]");
      position += skipped;
    }
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(size - position, MAX_READ_BYTES));
    int count;
    do {
      count = file.read(buffer, position + buffer.position());
    } while (count > 0);
    position += buffer.position();
    // What is written between the last look and the cut is lost: wait for a moment of silence.
    if (size > FLOOD_BYTES || (isTooLong(size) && size == file.size())) {
      file.truncate(0);
      position = 0;
    }
    buffer.flip();
    while (buffer.hasRemaining()) {
      take(buffer.get());
    }
  }

  /** On a full disk what was read makes room for what comes. */
  private boolean isTooLong(long size) {
    return size > MAX_FILE_BYTES || (size > 0 && isDiskFull());
  }

  private void take(byte b) {
    if (b == '\n') {
      endLine();
    } else if (line.size() < MAX_LINE_BYTES) {
      line.write(b);
    }
  }

  private void endLine() {
    String text = Text.printable(line.toString(UTF_8)).stripTrailing();
    line.reset();
    if (!text.isBlank()) {
      add(text);
      lastWords = Character.isWhitespace(text.charAt(0)) ? lastWords : Optional.of(text);
    }
  }

  private void add(String text) {
    synchronized (lines) {
      lines.addLast(text);
      if (lines.size() > MAX_LINES) {
        lines.removeFirst();
      }
    }
    if (!quiet) {
      LogLine.of(id, "| " + text).log(LINES, Level.INFO);
    }
  }
}
