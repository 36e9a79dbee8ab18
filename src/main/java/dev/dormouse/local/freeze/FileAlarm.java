package dev.dormouse.local.freeze;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Hears of changes of a few files, whether they are there yet or not, and of SQLite's journals
 * beside them: what is written comes to these first. Its owner sees to it that it is used by one
 * thread at a time.
 */
final class FileAlarm {
  private static final System.Logger LOG = System.getLogger("dormouse");

  /** Of SQLite: the write-ahead log, and the rollback journal. */
  private static final List<String> JOURNALS = List.of("-wal", "-journal");

  /** inotify(7): watch, mask, cookie and length of the name come before the name. */
  private static final int HEADER_BYTES = 16;

  private static final int NAME_LENGTH_AT = 12;
  private static final int MASK_AT = 4;

  /** More has happened than could be told, or the directory is gone. */
  private static final int LOST = 0x4000 | 0x8000;

  private static final int BUFFER_BYTES = 4096;

  private final Descriptors os;

  /** By the number of their directory's watch. */
  private final Map<Integer, Set<String>> names = new HashMap<>();

  private int inotify = -1;

  FileAlarm(Descriptors os) {
    this.os = os;
  }

  /** Watches these; the descriptor that becomes readable then, if there are any. */
  OptionalInt watch(List<Path> files) throws IOException {
    if (files.isEmpty()) {
      return OptionalInt.empty();
    }
    inotify = os.inotify();
    for (Path file : files) {
      Path directory = file.toAbsolutePath().getParent();
      if (directory != null) {
        Set<String> known =
            names.computeIfAbsent(os.watch(inotify, directory), _ -> new HashSet<>());
        String name = String.valueOf(file.getFileName());
        known.add(name);
        JOURNALS.forEach(journal -> known.add(name + journal));
      }
    }
    return OptionalInt.of(inotify);
  }

  /** Whether any of them has changed since this was last asked. */
  boolean hasChanged() {
    boolean changed = false;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER_BYTES, 4);
      for (long length = os.read(inotify, buffer); length > 0; ) {
        changed |= concerns(buffer, length);
        length = os.read(inotify, buffer);
      }
      return changed;
    } catch (IOException e) {
      LOG.log(Level.WARNING, "cannot read what files have changed: " + e.getMessage());
      return true;
    }
  }

  private boolean concerns(MemorySegment events, long length) {
    boolean any = false;
    for (long at = 0; at < length; ) {
      int nameLength = events.get(JAVA_INT, at + NAME_LENGTH_AT);
      byte[] name = events.asSlice(at + HEADER_BYTES, nameLength).toArray(JAVA_BYTE);
      int end = 0;
      while (end < name.length && name[end] != 0) {
        end++;
      }
      boolean lost = (events.get(JAVA_INT, at + MASK_AT) & LOST) != 0;
      Set<String> known = names.getOrDefault(events.get(JAVA_INT, at), Set.of());
      any |= lost || known.contains(new String(name, 0, end, UTF_8));
      at += HEADER_BYTES + nameLength;
    }
    return any;
  }

  void close() {
    if (inotify >= 0) {
      os.close(inotify);
      inotify = -1;
    }
  }
}
