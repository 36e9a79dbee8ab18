package dev.dormouse.local.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.dormouse.control.LogLine;
import dev.dormouse.local.process.OwnerOnly;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the state file of one service true. A disk that cannot be written stops nothing: it is said
 * once for each change, and tried again. Control thread only.
 */
public final class SavedStateFile {
  /** Between two tries to write to a disk that refused. */
  static final Duration RETRY = Duration.ofSeconds(2);

  private static final System.Logger LOG = System.getLogger("dormouse");

  private final Path file;
  private final ScheduledExecutorService control;
  private Future<?> retry = CompletableFuture.completedFuture(null);

  /** In this file; tries again on that thread. */
  public SavedStateFile(Path file, ScheduledExecutorService control) {
    this.file = file;
    this.control = control;
  }

  /** Replaces what was written before. A reader sees the one or the other, whenever we die. */
  public void write(SavedState memory) {
    retry.cancel(false);
    try {
      replace(memory);
    } catch (IOException e) {
      LogLine.of(memory.id(), "state cannot be saved, trying again: " + describe(e))
          .log(LOG, Level.WARNING);
      retryLater(memory);
    }
  }

  /** Whether the file says what is so. */
  public boolean isWritten() {
    return retry.isDone();
  }

  /** Tries no more. */
  public void close() {
    retry.cancel(false);
  }

  private void retryLater(SavedState memory) {
    retry = control.schedule(() -> again(memory), RETRY.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void again(SavedState memory) {
    try {
      replace(memory);
      LogLine.of(memory.id(), "state saved").log(LOG, Level.INFO);
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "state of " + memory.id(), e);
      retryLater(memory);
    }
  }

  private void replace(SavedState memory) throws IOException {
    if (memory.isEmpty()) {
      Files.deleteIfExists(file);
      return;
    }
    OwnerOnly.createDirectoryOf(file);
    Path next = file.resolveSibling(file.getFileName() + ".tmp");
    var how = Set.of(CREATE, WRITE, TRUNCATE_EXISTING, NOFOLLOW_LINKS);
    try (var out = FileChannel.open(next, how, OwnerOnly.FILE)) {
      ByteBuffer text = ByteBuffer.wrap(memory.toJson().getBytes(UTF_8));
      while (text.hasRemaining()) {
        out.write(text);
      }
      out.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Java's file exceptions carry the path as their message and the cause in their name. */
  private static String describe(IOException e) {
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }
}
