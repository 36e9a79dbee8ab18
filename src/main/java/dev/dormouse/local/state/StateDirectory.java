package dev.dormouse.local.state;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.dormouse.local.process.OwnerOnly;
import dev.dormouse.local.process.OwnerOnly.Entry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * A directory of which we are the only user, for as long as this is open: nobody else may look into
 * it, and no link leads out of it. The lock ends with the process, however that ends; services do
 * not inherit it. Thread-safe.
 */
public final class StateDirectory implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("dormouse");

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
  private FileChannel lock;
  private OwnerOnly.Id id;
  private Optional<String> trouble = Optional.empty();

  private StateDirectory(Path dir, FileChannel lock) throws IOException {
    this.dir = dir;
    this.lock = lock;
    this.id = Entry.of(lockFile(dir)).map(Entry::id).orElseThrow(() -> gone(dir));
  }

  /**
   * Creates the directory if it is missing and takes its lock.
   *
   * @throws IOException naming the directory: if another process has the lock, by its pid, if it is
   *     somebody else's, or if nothing can be written there
   */
  public static StateDirectory open(Path dir) throws IOException {
    return open(prepare(dir), dir, false);
  }

  /**
   * Takes the lock of a directory that this process has kept locked while it slept. That the disk
   * is full now ends nothing.
   */
  public static StateDirectory reopen(Path dir) throws IOException {
    return open(dir.toAbsolutePath().normalize(), dir, true);
  }

  private static StateDirectory open(Path path, Path dir, boolean again) throws IOException {
    try {
      boolean fresh = Entry.of(lockFile(path)).isEmpty();
      FileChannel channel =
          FileChannel.open(
              lockFile(path), Set.of(CREATE, READ, WRITE, NOFOLLOW_LINKS), OwnerOnly.FILE);
      boolean taken = false;
      try {
        take(path, channel, again);
        if (fresh) {
          refuseIfInUse(path);
        }
        var opened = new StateDirectory(path, channel);
        taken = true;
        return opened;
      } finally {
        if (!taken) {
          channel.close();
        }
      }
    } catch (IOException e) {
      throw told(dir, e);
    }
  }

  /**
   * Creates the directory if it is missing, and makes sure that it is ours alone, without its lock.
   *
   * @throws IOException naming the directory and saying why it cannot be used
   */
  public static Path prepare(Path dir) throws IOException {
    Path path = dir.toAbsolutePath().normalize();
    try {
      OwnerOnly.createDirectory(path);
      claim(path);
      return path;
    } catch (IOException e) {
      throw told(dir, e);
    }
  }

  /**
   * Looks whether it is still there, and ours. Is it gone, it is made and locked anew; has another
   * process taken its place, that is told once.
   *
   * @return whether it was made anew: what was written before is to be written again
   */
  public synchronized boolean restore() {
    try {
      if (Entry.of(lockFile(dir)).filter(it -> it.id().equals(id)).isPresent()) {
        return false;
      }
      StateDirectory anew = open(dir);
      lock.close();
      lock = anew.lock;
      id = anew.id;
      trouble = Optional.empty();
      LOG.log(Level.WARNING, "state directory " + dir + " was removed, and is made anew");
      return true;
    } catch (IOException e) {
      Optional<String> now = Optional.of(String.valueOf(e.getMessage()));
      if (!now.equals(trouble)) {
        LOG.log(Level.ERROR, "was removed, and cannot be made anew: " + now.get());
      }
      trouble = now;
      return false;
    }
  }

  /** What is wrong with it, as far as is known. */
  public synchronized Optional<String> trouble() {
    return trouble;
  }

  /** The file whose byte {@link #sleepersByte} a process locks that sleeps. */
  public Path lockFile() {
    return lockFile(dir);
  }

  /** The directory itself. */
  public Path path() {
    return dir;
  }

  /** See {@link #lockFile}. */
  public long sleepersByte() {
    return ASLEEP;
  }

  /** Another may take it from now on. */
  @Override
  public synchronized void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static IOException told(Path dir, IOException e) {
    return new IOException("state directory " + dir + ": " + explain(e), e);
  }

  static Path lockFile(Path dir) {
    return dir.resolve("lock");
  }

  private static IOException gone(Path dir) {
    return new FileSystemException(lockFile(dir).toString(), null, "was removed at once");
  }

  /** Makes sure that it, and all in it, is ours alone. */
  private static void claim(Path dir) throws IOException {
    Entry directory = Entry.of(dir).orElseThrow(() -> gone(dir));
    if (directory.link()) {
      throw refusal(dir, "is a symbolic link: name the directory that it leads to");
    }
    if (!directory.directory()) {
      throw new NotDirectoryException(dir.toString());
    }
    long ownUser = probe(dir);
    if (directory.user() != ownUser) {
      throw refusal(
          dir, "belongs to user " + directory.user() + ", and Dormouse runs as user " + ownUser);
    }
    OwnerOnly.close(dir, directory);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dir)) {
      for (Path file : files) {
        Optional<Entry> entry = Entry.of(file);
        if (entry.isPresent() && !entry.get().directory()) {
          claim(file, entry.get(), ownUser);
        }
      }
    }
  }

  private static void claim(Path file, Entry entry, long ownUser) throws IOException {
    String name = String.valueOf(file.getFileName());
    if (entry.link()) {
      throw refusal(file, "there is a symbolic link in it: " + name);
    }
    if (entry.user() != ownUser) {
      throw refusal(file, "a file in it belongs to user " + entry.user() + ": " + name);
    }
    if (entry.names() > 1) {
      throw refusal(file, "a file in it has another name as well (a hard link): " + name);
    }
    OwnerOnly.close(file, entry);
  }

  private static FileSystemException refusal(Path path, String why) {
    return new FileSystemException(path.toString(), null, why);
  }

  private static void take(Path dir, FileChannel channel, boolean again) throws IOException {
    // A sleeper that comes back takes the other one: nobody else may touch that meanwhile.
    Optional<FileLock> sleepers = again ? Optional.empty() : tryLock(channel, ASLEEP);
    Optional<FileLock> lock =
        again || sleepers.isPresent() ? tryLock(channel, AWAKE) : Optional.empty();
    if (sleepers.isPresent()) {
      sleepers.get().release();
    }
    if (lock.isEmpty()) {
      ByteBuffer pid = ByteBuffer.allocate(MAX_PID_DIGITS);
      channel.read(pid, 0);
      String written = new String(pid.array(), 0, pid.position(), US_ASCII).strip();
      throw refusal(dir, LockHolders.inUse(lockFile(dir), written));
    }
    channel.truncate(0);
    String pid = ProcessHandle.current().pid() + "\n";
    channel.write(ByteBuffer.wrap(pid.getBytes(US_ASCII)), 0);
  }

  private static Optional<FileLock> tryLock(FileChannel channel, long at) throws IOException {
    try {
      return Optional.ofNullable(channel.tryLock(at, 1, false));
    } catch (OverlappingFileLockException e) {
      return Optional.empty();
    }
  }

  /** A lock that is new says nothing of a Dormouse under which the old one was removed. */
  private static void refuseIfInUse(Path dir) throws IOException {
    Optional<Long> holder = LockHolders.removedUnder(dir);
    if (holder.isPresent()) {
      throw refusal(
          dir, "was removed under another dormouse that still uses it, pid " + holder.get());
    }
  }

  /**
   * A file can be made and filled: neither rights nor space are missing.
   *
   * @return whose it then is
   */
  private static long probe(Path dir) throws IOException {
    Path file = Files.createTempFile(dir, "probe", ".tmp", OwnerOnly.FILE);
    try (FileChannel channel = FileChannel.open(file, Set.of(WRITE, NOFOLLOW_LINKS))) {
      ByteBuffer bytes = ByteBuffer.allocate(PROBE_BYTES);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
      return Entry.of(file).orElseThrow(() -> gone(dir)).user();
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
