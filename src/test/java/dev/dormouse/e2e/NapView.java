package dev.dormouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** A Dormouse seen from outside: whether it is a JVM or the shell that it becomes. */
record NapView(long pid) {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Returns once it naps: a shell that reads from a pipe. */
  void awaitNap() {
    await("a nap").atMost(LIMIT).pollInterval(Duration.ofMillis(20)).until(this::naps);
  }

  boolean naps() {
    return !exe().endsWith("/java") && wchan().contains("pipe_read");
  }

  /** Returns once it has stopped at a step that the launcher has for tests. */
  void awaitStep() {
    await("a step")
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> !exe().endsWith("/java") && wchan().contains("partner"));
  }

  /** Returns once it is a JVM again. */
  void awaitJava() {
    await("the JVM")
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> exe().endsWith("/java"));
  }

  /** What it has open. */
  List<String> descriptors() {
    try (Stream<Path> links = Files.list(proc("fd"))) {
      return links.map(NapView::target).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long kilobytes(String field) {
    return field(field, "status");
  }

  long proportionalKilobytes() {
    return field("Pss", "smaps_rollup");
  }

  /** How often it has run, or was about to. */
  long switches() {
    return field("voluntary_ctxt_switches", "status")
        + field("nonvoluntary_ctxt_switches", "status");
  }

  /** Its children, those that nobody has reaped included. */
  List<String> children() {
    try (Stream<Path> threads = Files.list(proc("task"))) {
      return threads.flatMap(NapView::children).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<String> children(Path thread) {
    try {
      return Stream.of(Files.readString(thread.resolve("children")).split(" ", -1))
          .filter(it -> !it.isBlank());
    } catch (IOException e) {
      return Stream.of();
    }
  }

  void signal(String name) throws IOException, InterruptedException {
    signal(name, pid);
  }

  static void signal(String name, long pid) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder("kill", "-" + name, "" + pid).inheritIO().start().waitFor())
        .isZero();
  }

  /** Where in the kernel it waits. */
  private String wchan() {
    try {
      return Files.readString(proc("wchan"));
    } catch (IOException e) {
      return "";
    }
  }

  private String exe() {
    return target(proc("exe"));
  }

  private long field(String name, String file) {
    try (Stream<String> lines = Files.lines(proc(file))) {
      return lines
          .filter(it -> it.startsWith(name + ":"))
          .map(it -> Long.parseLong(it.substring(name.length() + 1).replace("kB", "").strip()))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return "";
    }
  }

  private Path proc(String file) {
    return Path.of("/proc", "" + pid, file);
  }
}
