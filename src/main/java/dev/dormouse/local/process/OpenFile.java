package dev.dormouse.local.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * An open file of a process.
 *
 * @param number the descriptor
 * @param target by the kernel's name for it
 * @param stored whether it is a file or a directory: for these nobody waits
 */
public record OpenFile(int number, String target, boolean stored) {
  /**
   * What an epoll set waits for is open itself; a signalfd shows each process its own signals only.
   */
  private static final Set<String> MUTE = Set.of("anon_inode:[eventpoll]", "anon_inode:[signalfd]");

  /** Of an entry of {@code /proc/PID/fd}; empty if it was closed in the meantime. */
  static Optional<OpenFile> of(Path link) {
    try {
      int number = Integer.parseInt(String.valueOf(link.getFileName()));
      String target = Files.readSymbolicLink(link).toString();
      boolean stored =
          target.startsWith("/") && (Files.isRegularFile(link) || Files.isDirectory(link));
      return Optional.of(new OpenFile(number, target, stored));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Whether it is a socket of any family. */
  public boolean isSocket() {
    return target.startsWith("socket:[");
  }

  /** Whether a process can wait for something to come of it. */
  public boolean isPollable() {
    boolean device =
        target.startsWith("/dev/")
            && !target.startsWith("/dev/pts/")
            && !target.startsWith("/dev/tty");
    return !stored && !device && !MUTE.contains(target);
  }

  /** {@code 7 socket:[1234]}. */
  @Override
  public String toString() {
    return number + " " + target;
  }
}
