package dev.dormouse.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntPredicate;

/**
 * What the kernel keeps in the sockets of the whole machine, of which everybody on it suffers when
 * it is used up: packets are thrown away then, and come again after 200 ms. Counts a slow reader's
 * sockets with what they may hold. True when the kernel is short of it and so many slow readers are
 * a good part of the cause; tcp(7), {@code tcp_mem}; proc_net(5), {@code sockstat}.
 */
final class SocketMemory implements IntPredicate {
  /** What waits for a slow reader in our two sockets and its server's, which may hold 4 MB. */
  private static final long BYTES_OF_A_READER = 1 << 20;

  private static final long PAGE_BYTES = 4096;
  private static final int PART = 4;

  private final Path proc;

  /** Of the machine with these files, {@code /proc}, which are read at each question. */
  SocketMemory(Path proc) {
    this.proc = proc;
  }

  /** Above so many pages it is short. */
  long pressurePages() {
    try (InputStream in = Files.newInputStream(proc.resolve("sys/net/ipv4/tcp_mem"))) {
      var bytes = new byte[128]; // proc_sys(5) answers the first read only
      String text = new String(bytes, 0, Math.max(in.read(bytes), 0), US_ASCII);
      return Long.parseLong(text.strip().split("\t", -1)[1]);
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return Long.MAX_VALUE / PAGE_BYTES; // it does not tell
    }
  }

  @Override
  public boolean test(int readers) {
    long pressurePages = pressurePages();
    return readers * BYTES_OF_A_READER >= pressurePages * PAGE_BYTES / PART
        && usedPages() >= pressurePages;
  }

  /** What is used now. */
  long usedPages() {
    try {
      for (String line : Files.readAllLines(proc.resolve("net/sockstat"), US_ASCII)) {
        if (line.startsWith("TCP:")) {
          return Long.parseLong(line.substring(line.lastIndexOf(' ') + 1));
        }
      }
    } catch (IOException | NumberFormatException e) {
      return 0; // as if there were enough
    }
    return 0;
  }
}
