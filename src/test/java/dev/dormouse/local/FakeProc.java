package dev.dormouse.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.dormouse.local.process.ProcFs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;

/** A /proc made of plain files. */
public record FakeProc(Path root) {
  private static final String HEADER =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout"
          + " inode\n";

  public ProcFs fs() {
    return new ProcFs(root);
  }

  /** A sleeping process. */
  public FakeProc process(long pid, long parent, long group, long session, long start) {
    return stat(pid, "(a) b (c) S " + parent + " " + group + " " + session, 1, start);
  }

  /** One that a signal has stopped. */
  public FakeProc stopped(long pid, long parent, long group, long session, long start) {
    return stat(pid, "(t) T " + parent + " " + group + " " + session, 1, start);
  }

  public FakeProc zombie(long pid, long parent, long session, int threads) {
    return stat(pid, "(z) Z " + parent + " " + session + " " + session, threads, 500);
  }

  public FakeProc gone(long pid) {
    try (var paths = Files.walk(root.resolve("" + pid), new FileVisitOption[0])) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  public FakeProc environ(long pid, String... entries) {
    return write(pid + "/environ", String.join("\0", entries) + "\0");
  }

  /** As of this user; without it, a process is of ours. */
  public FakeProc user(long pid, long uid) {
    return write(pid + "/status", "Name:\tx\nUid:\t" + uid + "\t0\t0\t0\nGid:\t0\t0\t0\t0\n");
  }

  public FakeProc sockets(long pid, long... inodes) {
    try {
      Path fd = Files.createDirectories(root.resolve(pid + "/fd"));
      for (long inode : inodes) {
        Files.createSymbolicLink(fd.resolve("" + inode), Path.of("socket:[" + inode + "]"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** Rows {@code address:port state inode}, as printed on a little-endian machine. */
  public FakeProc table(String name, String... rows) {
    var text = new StringBuilder(HEADER);
    for (String row : List.of(rows)) {
      String[] parts = row.split(" ", -1);
      text.append("   0: ").append(parts[0]).append(" 00000000:0000 ").append(parts[1]);
      text.append(" 00000000:00000000 00:00000000 00000000  1000        0 ").append(parts[2]);
      text.append(" 1 0000000000000000 100 0 0 10 0\n");
    }
    return write("net/" + name, text.toString());
  }

  public FakeProc write(String path, String text) {
    try {
      Path file = root.resolve(path);
      Files.createDirectories(file.getParent());
      // As from the kernel, nobody reads half of it.
      Path next = Files.write(file.resolveSibling("next"), text.getBytes(UTF_8));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  private FakeProc stat(long pid, String head, int threads, long start) {
    String between = " 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 ";
    return write(
        pid + "/stat", pid + " " + head + between + threads + " 0 " + start + " 1000 200 18446\n");
  }
}
