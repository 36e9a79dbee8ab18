package dev.dormouse.local.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.dormouse.core.Text;
import dev.dormouse.local.process.TcpTable.Connection;
import dev.dormouse.local.process.TcpTable.Listener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The processes and sockets of this machine, as proc(5) shows them. What vanishes while it is read
 * is absent. Thread-safe: it has no state.
 */
public final class ProcFs {
  private static final String SOCKET = "socket:[";

  /** __SO_ACCEPTCON of net/unix/af_unix.c, as it is printed. */
  private static final String LISTENS = "00010000";

  private static final long SELF = ProcessHandle.current().pid();

  private final Path root;

  /** Reads below this folder, {@code /proc} but for tests. */
  public ProcFs(Path root) {
    this.root = root;
  }

  /**
   * A living process.
   *
   * @param startTicks since boot; with the pid it identifies a process for ever
   * @param stopped by a signal: it does nothing until SIGCONT or SIGKILL
   */
  public record Stat(
      long pid, long parent, long group, long session, long startTicks, boolean stopped) {
    /** Whether it is the same process, by pid and start. */
    public boolean isSame(Stat other) {
      return pid == other.pid && startTicks == other.startTicks;
    }
  }

  /** A process, unless it is gone. A zombie is gone: it holds nothing but its pid. */
  public Optional<Stat> stat(long pid) {
    return text(pid, "stat").flatMap(ProcFs::parseStat);
  }

  /** Whether a living process is a child of this one. */
  public boolean isChild(long pid) {
    return stat(pid).filter(it -> it.parent() == ProcessHandle.current().pid()).isPresent();
  }

  /** The same, or one that has ended and was not reaped. */
  boolean isChildOrWas(long pid) {
    String self = Long.toString(ProcessHandle.current().pid());
    return text(pid, "stat")
        .map(line -> line.substring(line.lastIndexOf(')') + 2).split(" ", 3)[1])
        .filter(self::equals)
        .isPresent();
  }

  /** All processes, by ascending pid as the kernel lists them. */
  public List<Stat> processes() {
    var all = new ArrayList<Stat>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(root, "[0-9]*")) {
      for (Path entry : entries) {
        stat(Long.parseLong(entry.getFileName().toString())).ifPresent(all::add);
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot read " + root, e);
    }
    return all;
  }

  /** Whether a process was executed with this entry, {@code NAME=value}, in its environment. */
  boolean hasEnvironment(long pid, String entry) {
    return text(pid, "environ")
        .filter(env -> ("\0" + env).contains("\0" + entry + "\0"))
        .isPresent();
  }

  /** A variable of the environment that a process was executed with, if it may be seen. */
  public Optional<String> environment(long pid, String name) {
    return text(pid, "environ").stream()
        .flatMap(env -> Stream.of(env.split("\0", -1)))
        .filter(entry -> entry.startsWith(name + "="))
        .map(entry -> entry.substring(name.length() + 1))
        .findFirst();
  }

  /** What a process's standard output and error go to, or went before it was deleted. */
  public Set<Path> outputs(long pid) {
    var targets = new HashSet<Path>();
    for (String fd : List.of("fd/1", "fd/2")) {
      try {
        String target = Files.readSymbolicLink(process(pid).resolve(fd)).toString();
        targets.add(Path.of(target.replaceFirst(" \\(deleted\\)$", "")));
      } catch (IOException e) {
        // It is closed, or another user's.
      }
    }
    return targets;
  }

  /** Identifies this boot of the machine. */
  public String bootId() {
    try {
      return Files.readString(root.resolve("sys/kernel/random/boot_id"), ISO_8859_1).strip();
    } catch (IOException e) {
      throw new IllegalStateException("cannot read " + root, e);
    }
  }

  /** The arguments of a process, each ended by a NUL. */
  public String arguments(long pid) {
    return text(pid, "cmdline").orElse("");
  }

  /** A process in words: its arguments are nobody's business, they may hold a password. */
  public String describe(long pid) {
    String program =
        text(pid, "comm").map(it -> new String(it.getBytes(ISO_8859_1), UTF_8)).orElse("");
    return "pid "
        + pid
        + " ("
        + (program.isBlank() ? "unknown" : Text.printable(program.strip()))
        + ")";
  }

  /** Whether a process is of our own user: nobody else's word on what it is counts. */
  public boolean isOurs(long pid) {
    return user(pid).equals(user(SELF));
  }

  /** The user that a process really is of; empty if it is gone, or not to be seen. */
  Optional<Long> user(long pid) {
    return text(pid, "status").flatMap(status -> field(status, "Uid:")).map(ProcFs::firstNumber);
  }

  /** Whether a process has this open, by the kernel's name for it. */
  public boolean opens(long pid, String name) {
    try (DirectoryStream<Path> links = Files.newDirectoryStream(process(pid).resolve("fd"))) {
      for (Path link : links) {
        if (isLinkTo(link, name)) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isLinkTo(Path link, String name) {
    try {
      return Files.readSymbolicLink(link).toString().equals(name);
    } catch (IOException e) {
      return false; // closed in the meantime
    }
  }

  /** The inodes of a process's sockets; empty if they may not be seen. */
  public Optional<Set<Long>> sockets(long pid) {
    var inodes = new HashSet<Long>();
    try (DirectoryStream<Path> links = Files.newDirectoryStream(process(pid).resolve("fd"))) {
      for (Path link : links) {
        inode(link).ifPresent(inodes::add);
      }
    } catch (NoSuchFileException e) {
      return Optional.of(Set.of());
    } catch (IOException e) {
      return Optional.empty();
    }
    return Optional.of(inodes);
  }

  /** What a process has open; nothing if it is gone, or may not be seen. */
  public List<OpenFile> openFiles(long pid) {
    var all = new ArrayList<OpenFile>();
    try (DirectoryStream<Path> links = Files.newDirectoryStream(process(pid).resolve("fd"))) {
      for (Path link : links) {
        OpenFile.of(link).ifPresent(all::add);
      }
    } catch (IOException e) {
      return List.of();
    }
    return all;
  }

  /** The time that a process and its reaped children have computed, in hundredths of a second. */
  public long cpuTicks(long pid) {
    return text(pid, "stat")
        .map(line -> line.substring(line.lastIndexOf(')') + 2).split(" ", 16))
        .map(fields -> LongStream.of(11, 12, 13, 14).map(i -> number(fields, (int) i)).sum())
        .orElse(0L);
  }

  private static long number(String[] fields, int index) {
    return Long.parseLong(fields[index]);
  }

  /** The processes that visibly hold one of these sockets. Looks at every open file: slow. */
  public List<Stat> holders(Set<Long> inodes) {
    return processes().stream()
        .filter(p -> sockets(p.pid()).filter(own -> !Collections.disjoint(own, inodes)).isPresent())
        .toList();
  }

  /** All listening TCP sockets. */
  public List<Listener> listeners() {
    var all = new ArrayList<Listener>();
    listeners(listener -> !all.add(listener));
    return all;
  }

  /** Looks at listening TCP sockets, one after the other, until one is enough. */
  public void listeners(Predicate<Listener> enough) {
    boolean _ =
        TcpTable.read(root.resolve("net/tcp"), enough)
            || TcpTable.read(root.resolve("net/tcp6"), enough);
  }

  /**
   * The inodes of Unix sockets that listen at this path: lines {@code Num RefCount Protocol Flags
   * Type St Inode Path}, of which a listening one has __SO_ACCEPTCON among its flags. A relative
   * path stands there as it was bound.
   */
  Set<Long> unixListeners(String path) {
    String file = Path.of(path).getFileName().toString();
    Set<Long> found = new HashSet<>();
    try (var lines = Files.lines(root.resolve("net/unix"), ISO_8859_1)) {
      lines.forEach(
          line -> {
            String[] columns = line.strip().split(" +", 8);
            if (columns.length == 8
                && columns[3].equals(LISTENS)
                && (columns[7].equals(path)
                    || (!columns[7].startsWith("/") && columns[7].endsWith(file)))) {
              found.add(Long.valueOf(columns[6]));
            }
          });
    } catch (IOException | UncheckedIOException e) {
      return Set.of();
    }
    return found;
  }

  /** All ends of established TCP connections on this machine. */
  public void connections(Consumer<Connection> each) {
    TcpTable.connections(root.resolve("net/tcp"), each);
    TcpTable.connections(root.resolve("net/tcp6"), each);
  }

  /** Proportional set size in bytes, else resident set size; 0 for what is gone. */
  long memoryBytes(long pid) {
    return text(pid, "smaps_rollup")
        .flatMap(rollup -> bytes(rollup, "Pss:"))
        .orElseGet(() -> residentBytes(pid));
  }

  /** Resident set size in bytes; 0 for what is gone. */
  public long residentBytes(long pid) {
    return statusBytes(pid, "VmRSS:");
  }

  /** What of a process is swapped out, in bytes. */
  public long swappedBytes(long pid) {
    return statusBytes(pid, "VmSwap:");
  }

  /** What of its resident memory is of files; 0 if it is gone. */
  public long fileBytes(long pid) {
    return statusBytes(pid, "RssFile:");
  }

  /** The swap space of the machine, in bytes. */
  public long swapBytes() {
    try {
      return bytes(Files.readString(root.resolve("meminfo"), ISO_8859_1), "SwapTotal:").orElse(0L);
    } catch (IOException e) {
      return 0;
    }
  }

  /** The mapped ranges of a process's memory, but for those that the kernel itself provides. */
  public List<Range> ranges(long pid) {
    return ranges(pid, _ -> true);
  }

  /** Those of them that are of no file. */
  public List<Range> anonymousRanges(long pid) {
    return ranges(pid, line -> line.contains(" 00:00 0 "));
  }

  private List<Range> ranges(long pid, Predicate<String> wanted) {
    return text(pid, "maps").stream()
        .flatMap(String::lines)
        .filter(line -> !line.contains(" [v") && wanted.test(line))
        .map(Range::of)
        .toList();
  }

  /** Addresses, the end excluded. */
  public record Range(long from, long to) {
    /** Of a line of proc_pid_maps(5): {@code FROM-TO PERMISSIONS ...}, in hexadecimal digits. */
    public static Range of(String line) {
      int dash = line.indexOf('-');
      int space = line.indexOf(' ');
      return new Range(
          Long.parseUnsignedLong(line, 0, dash, 16),
          Long.parseUnsignedLong(line, dash + 1, space, 16));
    }
  }

  private long statusBytes(long pid, String field) {
    return text(pid, "status").flatMap(status -> bytes(status, field)).orElse(0L);
  }

  /** {@code pid (any characters) state ppid pgrp session ... num_threads itrealvalue starttime}. */
  private static Optional<Stat> parseStat(String line) {
    String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
    boolean ended = fields[0].equals("Z") && Long.parseLong(fields[17]) <= 1;
    if (ended || fields[0].equals("X")) {
      return Optional.empty();
    }
    return Optional.of(
        new Stat(
            Long.parseLong(line.substring(0, line.indexOf(' '))),
            Long.parseLong(fields[1]),
            Long.parseLong(fields[2]),
            Long.parseLong(fields[3]),
            Long.parseLong(fields[19]),
            fields[0].equals("T")));
  }

  private static Optional<Long> inode(Path link) {
    try {
      String target = Files.readSymbolicLink(link).toString();
      return target.startsWith(SOCKET)
          ? Optional.of(Long.valueOf(target.substring(SOCKET.length(), target.length() - 1)))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Of a line {@code FIELD NUMBER kB}. */
  private static Optional<Long> bytes(String text, String field) {
    return field(text, field)
        .map(value -> Long.parseLong(value.substring(0, value.indexOf(" kB"))) * 1024);
  }

  /** What follows a name at the beginning of a line. */
  private static Optional<String> field(String text, String name) {
    return text.lines()
        .filter(line -> line.startsWith(name))
        .findFirst()
        .map(line -> line.substring(name.length()).strip());
  }

  private static long firstNumber(String numbers) {
    int end = 0;
    while (end < numbers.length() && Character.isDigit(numbers.charAt(end))) {
      end++;
    }
    return Long.parseLong(numbers, 0, end, 10);
  }

  private Optional<String> text(long pid, String file) {
    try {
      return Optional.of(Files.readString(process(pid).resolve(file), ISO_8859_1));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private Path process(long pid) {
    return root.resolve(Long.toString(pid));
  }
}
