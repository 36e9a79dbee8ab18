package dev.dormouse.local.process;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Files that nobody but their owner may touch, and what the kernel says of files as they are. */
public final class OwnerOnly {
  /** Of a new file: 0600. */
  public static final FileAttribute<Set<PosixFilePermission>> FILE = mode("rw-------");

  private static final FileAttribute<Set<PosixFilePermission>> DIRECTORY = mode("rwx------");
  private static final int OTHERS = 0077;

  private OwnerOnly() {}

  /**
   * An entry of a directory, no link followed.
   *
   * @param user who owns it
   * @param names how many hard links it has
   */
  public record Entry(boolean link, boolean directory, int mode, long user, long names, Id id) {
    /** Empty if there is none. */
    public static Optional<Entry> of(Path path) throws IOException {
      try {
        Map<String, Object> all =
            Files.readAttributes(
                path, "unix:isSymbolicLink,isDirectory,mode,uid,nlink,dev,ino", NOFOLLOW_LINKS);
        return Optional.of(
            new Entry(
                Boolean.TRUE.equals(all.get("isSymbolicLink")),
                Boolean.TRUE.equals(all.get("isDirectory")),
                (int) number(all, "mode"),
                number(all, "uid"),
                number(all, "nlink"),
                new Id(number(all, "dev"), number(all, "ino"))));
      } catch (NoSuchFileException e) {
        return Optional.empty();
      }
    }

    private static long number(Map<String, Object> all, String name) {
      return all.get(name) instanceof Number number ? number.longValue() : 0;
    }

    boolean isOpenToOthers() {
      return (mode & OTHERS) != 0;
    }
  }

  /** A file, whatever it is called. */
  public record Id(long device, long inode) {}

  /** Makes the directory of a file, 0700, unless it is there. */
  public static void createDirectoryOf(Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      createDirectory(directory);
    }
  }

  /** Makes it, 0700, unless it is there. */
  public static void createDirectory(Path dir) throws IOException {
    Path parent = dir.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    try {
      Files.createDirectory(dir, DIRECTORY);
    } catch (FileAlreadyExistsException e) {
      // To be looked at by who wants to know.
    }
  }

  /** Takes away what others may do with it. */
  public static void close(Path path, Entry entry) throws IOException {
    if (entry.isOpenToOthers()) {
      String mode = entry.directory() ? "rwx------" : "rw-------";
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }
  }

  private static FileAttribute<Set<PosixFilePermission>> mode(String mode) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode));
  }
}
