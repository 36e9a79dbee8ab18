package dev.dormouse.e2e;

import java.nio.file.Path;

/** Real swap, in a file of the test's directory, for as long as it is open. For root. */
final class SwapFile implements AutoCloseable {
  private final String file;

  private SwapFile(Path file) {
    this.file = file.toString();
  }

  /** Written in full: swapon(8) refuses holes. */
  static SwapFile on(Path file, int megabytes) {
    Root.require();
    var swap = new SwapFile(file);
    Root.run("dd", "if=/dev/zero", "of=" + file, "bs=1M", "count=" + megabytes, "status=none");
    Root.run("chmod", "600", swap.file);
    Root.run("mkswap", swap.file);
    Root.run("swapon", swap.file);
    return swap;
  }

  @Override
  public void close() {
    Root.run("swapoff", file);
  }
}
