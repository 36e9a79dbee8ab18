package dev.dormouse.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Swap space for as long as it is measured with: the machine's own, else a file of ours. */
final class Swap implements AutoCloseable {
  private static final int MEGABYTES = 512;

  private final Optional<Path> file;

  private final Thread atAnEarlyEnd = new Thread(this::off);

  private Swap(Optional<Path> file) {
    this.file = file;
    Runtime.getRuntime().addShutdownHook(atAnEarlyEnd);
  }

  static boolean exists() throws IOException {
    try (Stream<String> swaps = Files.lines(Path.of("/proc/swaps"))) {
      return swaps.count() > 1;
    }
  }

  /** Nothing where there is none and it cannot be made: without root, or on some file systems. */
  static Optional<Swap> on(Lab lab) throws IOException, InterruptedException {
    if (exists()) {
      return Optional.of(new Swap(Optional.empty()));
    }
    Path file = lab.scratch().resolve("swap");
    write(file);
    if (done("chmod", "600", file) && done("mkswap", file) && done("swapon", file)) {
      return Optional.of(new Swap(Optional.of(file)));
    }
    Files.delete(file);
    return Optional.empty();
  }

  /** In full: swapon refuses holes. */
  private static void write(Path file) throws IOException {
    byte[] megabyte = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int i = 0; i < MEGABYTES; i++) {
        out.write(megabyte);
      }
    }
  }

  private static boolean done(Object... words) throws InterruptedException {
    try {
      List<String> command = Stream.of(words).map(Object::toString).toList();
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {
    off();
    Runtime.getRuntime().removeShutdownHook(atAnEarlyEnd);
  }

  private void off() {
    try {
      if (file.isPresent() && done("swapoff", file.get())) {
        Files.delete(file.get());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
