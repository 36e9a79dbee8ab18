package dev.dormouse.admin.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Lines of proc(5) that tell of this process and its machine; empty where there are none. */
public enum OwnMemory {
  RESIDENT("/proc/self/status", "VmRSS:"),
  ANONYMOUS("/proc/self/status", "RssAnon:"),
  /** What is shared with other processes counts in part. Takes a walk through the page tables. */
  PROPORTIONAL("/proc/self/smaps_rollup", "Pss:"),
  MACHINE("/proc/meminfo", "MemTotal:"),
  /** The kernel's estimate of what could be used without swapping. */
  AVAILABLE("/proc/meminfo", "MemAvailable:");

  private final Path file;
  private final String key;

  OwnMemory(String file, String key) {
    this.file = Path.of(file);
    this.key = key;
  }

  /** The files count in kB. */
  public OptionalLong bytes() {
    try (var lines = Files.lines(file, UTF_8)) {
      return lines
          .filter(line -> line.startsWith(key))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }
}
