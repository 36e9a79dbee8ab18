package dev.dormouse.footprint;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.dormouse.local.process.ProcFs.Range;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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
  private static final Path SMAPS = Path.of("/proc/self/smaps");
  private static final Path MAPS = Path.of("/proc/self/maps");

  private final Method unload;

  private CleanPages(Method unload) {
    this.unload = unload;
  }

  /**
   * A part of a file in memory.
   *
   * @param line what proc_pid_maps(5) says of it; the same line is the same mapping
   */
  record Mapping(String line, Range range) {}

  /** Nothing where the JDK does not let us. */
  static Optional<CleanPages> ofThisProcess() {
    try {
      Method unload =
          Class.forName("java.nio.MappedMemoryUtils")
              .getDeclaredMethod("unload0", long.class, long.class);
      return unload.trySetAccessible() ? Optional.of(new CleanPages(unload)) : Optional.empty();
    } catch (ReflectiveOperationException e) {
      return Optional.empty();
    }
  }

  /** Where they are. To read it takes milliseconds and makes garbage: before a collection. */
  List<Mapping> find() throws IOException {
    try (BufferedReader lines = Files.newBufferedReader(SMAPS, ISO_8859_1)) {
      return in(lines);
    }
  }

  /**
   * Of these, if they are still mapped: as nobody may write to them, what was clean is clean, and
   * what has taken the place of another is left alone.
   */
  void letGo(List<Mapping> mappings) throws IOException {
    Set<String> now = Set.copyOf(Files.readAllLines(MAPS, ISO_8859_1));
    for (Mapping mapping : mappings) {
      if (now.contains(mapping.line())) {
        letGo(mapping.range());
      }
    }
  }

  private void letGo(Range range) {
    try {
      unload.invoke(null, range.from(), range.to() - range.from());
    } catch (InvocationTargetException e) {
      // Locked, or gone in the meantime.
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The mappings, of proc_pid_smaps(5), that are of a file, cannot be written to, and have no page
   * that was ever written to: all of them can be read again.
   */
  static List<Mapping> in(BufferedReader smaps) throws IOException {
    List<Mapping> clean = new ArrayList<>();
    Optional<Mapping> mapping = Optional.empty();
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
  private static Optional<Mapping> mapping(String line) {
    String[] fields = line.split(" ", 6);
    if (fields[1].charAt(1) == 'w' || fields[4].equals("0")) {
      return Optional.empty();
    }
    return Optional.of(new Mapping(line, Range.of(line)));
  }

  /** Such a page was copied for this process, and is in memory or in swap. */
  private static boolean isChanged(String line) {
    return (line.startsWith("Anonymous:") || line.startsWith("Swap:")) && !line.endsWith(" 0 kB");
  }
}
