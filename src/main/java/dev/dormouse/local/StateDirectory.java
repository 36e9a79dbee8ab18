package dev.dormouse.local;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * A directory of which we are the only user, for as long as this is open. The lock ends with the
 * process, however that ends; services do not inherit it.
 */
public final class StateDirectory implements AutoCloseable {
  /** What a start of a service needs at the least. */
  private static final int PROBE_BYTES = 16 * 1024;

  private static final int MAX_PID_DIGITS = 20;

  /** What whoever uses the directory has locked, as a process. */
  private static final long AWAKE = 0;

  /**
   * What a process has locked that sleeps, or has slept: by an open file that it never closes, as
   * closing any ends the lock above.
   */
  private static final long ASLEEP = 1;

  private final Path dir;
  private final FileChannel lock;

  private StateDirectory(Path dir, FileChannel lock) {
    this.dir = dir;
    this.lock = lock;
  }

  /**
   * Creates the directory if it is missing and takes its lock.
   *
   * @throws IOException naming the directory: if another process has the lock, by its pid, or if
   *     nothing can be written there
   */
  public static StateDirectory open(Path dir) throws IOException {
    return open(dir, false);
  }

  /**
   * Takes the lock of a directory that this process has kept locked while it slept. That the disk
   * is full now ends nothing.
   */
  public static StateDirectory reopen(Path dir) throws IOException {
    return open(dir, true);
  }

  private static StateDirectory open(Path dir, boolean again) throws IOException {
    String name = "state directory " + dir;
    try {
      Files.createDirectories(dir);
      FileChannel channel = FileChannel.open(dir.resolve("lock"), Set.of(CREATE, READ, WRITE));
      boolean taken = false;
      try {
        Optional<String> owner = take(channel, again);
        if (owner.isPresent()) {
          throw new FileSystemException(
              name,
              null,
              "is in use by another dormouse, pid "
                  + owner.get()
                  + "; --state-dir DIR names another");
        }
        if (!again) {
          probe(dir);
        }
        taken = true;
      } finally {
        if (!taken) {
          channel.close();
        }
      }
      return new StateDirectory(dir, channel);
    } catch (IOException e) {
      throw new IOException(name + ": " + explain(e), e);
    }
  }

  /** The file whose byte {@link #sleepersByte} a process locks that sleeps. */
  public Path lockFile() {
    return dir.resolve("lock");
  }

  /** See {@link #lockFile}. */
  public long sleepersByte() {
    return ASLEEP;
  }

  /** Another may take it from now on. */
  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Who has the lock; empty if it is ours now. */
  private static Optional<String> take(FileChannel channel, boolean again) throws IOException {
    Optional<FileLock> lock = tryLock(channel, AWAKE);
    if (lock.isPresent() && !again) {
      Optional<FileLock> sleepers = tryLock(channel, ASLEEP);
      if (sleepers.isPresent()) {
        sleepers.get().release();
      } else {
        lock = Optional.empty();
      }
    }
    if (lock.isEmpty()) {
      ByteBuffer pid = ByteBuffer.allocate(MAX_PID_DIGITS);
      channel.read(pid, 0);
      return Optional.of(new String(pid.array(), 0, pid.position(), US_ASCII).strip());
    }
    channel.truncate(0);
    String pid = ProcessHandle.current().pid() + "\n";
    channel.write(ByteBuffer.wrap(pid.getBytes(US_ASCII)), 0);
    return Optional.empty();
  }

  private static Optional<FileLock> tryLock(FileChannel channel, long at) throws IOException {
    try {
      return Optional.ofNullable(channel.tryLock(at, 1, false));
    } catch (OverlappingFileLockException e) {
      return Optional.empty();
    }
  }

  /** A file can be made and filled: neither rights nor space are missing. */
  private static void probe(Path dir) throws IOException {
    Path file = Files.createTempFile(dir, "probe", ".tmp");
    try (FileChannel channel = FileChannel.open(file, WRITE)) {
      ByteBuffer bytes = ByteBuffer.allocate(PROBE_BYTES);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** Java's exceptions of this kind say what is wrong by their type only. */
  private static String explain(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> "permission denied: " + denied.getFile();
      case FileAlreadyExistsException file -> "not a directory: " + file.getFile();
      case NotDirectoryException file -> "not a directory: " + file.getFile();
      case FileSystemException other when other.getReason() != null ->
          String.valueOf(other.getReason());
      default -> String.valueOf(e.getMessage());
    };
  }
}
