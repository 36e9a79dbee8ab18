package dev.dormouse.local;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.dormouse.local.ProcFs.Range;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The pages of files that this process has mapped and never changed: libraries, the JVM, the AOT
 * cache. Most are needed at the start only. Let go of, they stay in the page cache until the
 * machine needs the memory, and come back by being touched.
 *
 * <p>That is MADV_DONTNEED, which the JDK calls for {@link java.nio.MappedByteBuffer}s: by
 * reflection, because the foreign function API would cost more than is saved. The launcher opens
 * {@code java.nio} for it.
 */
final class CleanPages {
  private final Path smaps;
  private final Method unload;

  private CleanPages(Path smaps, Method unload) {
    this.smaps = smaps;
    this.unload = unload;
  }

  /** Nothing where the JDK does not let us. */
  static Optional<CleanPages> ofThisProcess() {
    try {
      Method unload =
          Class.forName("java.nio.MappedMemoryUtils")
              .getDeclaredMethod("unload0", long.class, long.class);
      return unload.trySetAccessible()
          ? Optional.of(new CleanPages(Path.of("/proc/self/smaps"), unload))
          : Optional.empty();
    } catch (ReflectiveOperationException e) {
      return Optional.empty();
    }
  }

  /** Where they are. To read it makes garbage: before a collection. */
  List<Range> find() throws IOException {
    try (BufferedReader lines = Files.newBufferedReader(smaps, ISO_8859_1)) {
      return in(lines);
    }
  }

  void letGo(List<Range> ranges) {
    for (Range range : ranges) {
      try {
        unload.invoke(null, range.from(), range.to() - range.from());
      } catch (InvocationTargetException e) {
        // Locked, or gone in the meantime.
      } catch (IllegalAccessException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /**
   * The mappings, of proc_pid_smaps(5), that are of a file, cannot be written to, and have no page
   * that was ever written to: all of them can be read again.
   */
  static List<Range> in(BufferedReader smaps) throws IOException {
    List<Range> clean = new ArrayList<>();
    Optional<Range> mapping = Optional.empty();
    for (String line = smaps.readLine(); line != null; line = smaps.readLine()) {
      if (!Character.isUpperCase(line.charAt(0))) {
        mapping = mapping(line);
        mapping.ifPresent(clean::add);
      } else if (isChanged(line)) {
        mapping.ifPresent(clean::remove);
      }
    }
    return clean;
  }

  /** {@code FROM-TO PERMISSIONS OFFSET DEVICE INODE PATH}. */
  private static Optional<Range> mapping(String line) {
    String[] fields = line.split(" +", 6);
    if (fields[1].charAt(1) == 'w' || fields[4].equals("0")) {
      return Optional.empty();
    }
    int dash = fields[0].indexOf('-');
    return Optional.of(
        new Range(
            Long.parseUnsignedLong(fields[0], 0, dash, 16),
            Long.parseUnsignedLong(fields[0], dash + 1, fields[0].length(), 16)));
  }

  /** Such a page was copied for this process, and is in memory or in swap. */
  private static boolean isChanged(String line) {
    return (line.startsWith("Anonymous:") || line.startsWith("Swap:")) && !line.endsWith(" 0 kB");
  }
}
