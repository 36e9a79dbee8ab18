package dev.dormouse.nap;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Makes this process its own launcher: a shell, which waits for what may need Dormouse and then
 * becomes Dormouse again. Everything that could need it is handed to the kernel before: from then
 * on a client, a file that changes or a moment that comes raises a signal, SIGURG if nothing else,
 * which is ignored by whoever has set no trap for it. What comes while nobody has one is found in
 * the sockets' queues by the shell's first look.
 *
 * <p>Loads the foreign functions when it is made. Used once, by one thread.
 */
public final class Handover {
  /**
   * SD_LISTEN_FDS_START: the sockets come first, as a supervisor hands them over. The launcher has
   * kept these descriptors free of Java's files, without which no class can be loaded.
   */
  private static final int FIRST_SOCKET = 3;

  /** Neither among the sockets nor a digit, which shells redirect. */
  private static final int SPARE = 10;

  /** inotify(7): what is written, replaced, made or removed. */
  private static final int CHANGES = 0x2 | 0x4 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800;

  private static final Path SELF = Path.of("/proc/self");

  private final Posix posix = new Posix();
  private final List<Step> undo = new ArrayList<>();

  /**
   * What goes on.
   *
   * @param sockets that listen, by name, in the order in which they are handed over
   * @param lock what is locked, and stays so, so that nobody else uses our state
   * @param note the file that tells what comes back; older than everything that happens from now on
   * @param files that are looked at, too, whether they are newer than the note
   * @param watched files and directories; a change of one ends the nap
   * @param children processes of ours that run; the end of one ends the nap
   * @param until when something is due
   */
  public record Errand(
      LinkedHashMap<String, Integer> sockets,
      Lock lock,
      Path note,
      List<Path> files,
      List<Path> watched,
      List<Long> children,
      Optional<Duration> until) {}

  /**
   * A byte of a file.
   *
   * @param descriptor through which it is locked already, since an earlier nap
   */
  public record Lock(Path file, long at, Optional<Integer> descriptor) {}

  private interface Step {
    void take() throws IOException;
  }

  /**
   * Becomes the launcher.
   *
   * @throws IOException saying why that is impossible; then everything is as it was before
   */
  public void become(Launcher launcher, Errand errand) throws IOException {
    try {
      posix.unsetenv(Woken.ALARM);
      Map<String, String> env = prepare(errand);
      for (var variable : env.entrySet()) {
        undo.addFirst(() -> posix.unsetenv(variable.getKey()));
        posix.setenv(variable.getKey(), variable.getValue());
      }
      MemorySegment blocked = posix.unblock();
      undo.addFirst(() -> posix.block(blocked));
      execute(launcher);
    } catch (IOException e) {
      for (Step step : undo) {
        step.take();
      }
      throw e;
    }
  }

  private Map<String, String> prepare(Errand errand) throws IOException {
    int lock = lock(errand.lock());
    int pipe = pipe();
    Optional<Integer> watch = watch(errand.watched());
    keepOnly(lock, pipe, watch);
    int next = FIRST_SOCKET;
    for (int socket : aside(errand.sockets().values())) {
      place(socket, next++);
    }
    var inodes = new StringBuilder(" ");
    for (int i = FIRST_SOCKET; i < next; i++) {
      raise(i);
      inodes.append(inode(i)).append(' ');
    }
    if (watch.isPresent()) {
      raise(watch.get());
    }
    for (int signal : List.of(Posix.SIGURG, Posix.SIGCHLD, Posix.SIGALRM)) {
      posix.heed(signal);
    }
    undo.addFirst(() -> posix.alarm(Duration.ZERO));
    posix.alarm(errand.until().orElse(Duration.ZERO));
    Map<String, String> env = new HashMap<>();
    env.put("LISTEN_PID", Long.toString(ProcessHandle.current().pid()));
    env.put("LISTEN_FDS", Integer.toString(next - FIRST_SOCKET));
    env.put("LISTEN_FDNAMES", String.join(":", errand.sockets().keySet()));
    env.put("DORMOUSE_NAP", Integer.toString(pipe));
    env.put("DORMOUSE_NAP_SOCKETS", inodes.toString());
    env.put("DORMOUSE_NAP_CHILDREN", words(errand.children(), " "));
    env.put("DORMOUSE_NAP_FILES", words(errand.files(), "\n"));
    env.put("DORMOUSE_NAP_STATE", errand.note().toString());
    errand.until().ifPresent(it -> env.put(Woken.ALARM, it.toString()));
    env.put(Woken.LOCK, Integer.toString(lock));
    env.put(Woken.SPARE, pipe + watch.map(it -> " " + it).orElse(""));
    return env;
  }

  private static String words(List<?> items, String separator) {
    return items.stream().map(Object::toString).collect(Collectors.joining(separator));
  }

  /**
   * Java's own locks belong to the process and to all its descriptors of that file: one is never
   * closed before the end. This one belongs to the open file.
   */
  private int lock(Lock lock) throws IOException {
    if (lock.descriptor().isPresent()) {
      posix.fcntl(lock.descriptor().get(), Posix.F_GETFD, 0);
      return lock.descriptor().get();
    }
    int descriptor = posix.open(lock.file().toString());
    posix.lock(descriptor, lock.at());
    return descriptor;
  }

  private int pipe() throws IOException {
    List<Integer> ends = posix.pipe();
    undo.addFirst(
        () -> {
          posix.close(ends.getFirst());
          posix.close(ends.getLast());
        });
    return ends.getLast();
  }

  /** What cannot be watched is read when Dormouse comes back. */
  private Optional<Integer> watch(List<Path> files) throws IOException {
    if (files.isEmpty()) {
      return Optional.empty();
    }
    int inotify = posix.inotify();
    undo.addFirst(() -> posix.close(inotify));
    for (Path file : files) {
      posix.watch(inotify, file.toString(), CHANGES);
    }
    return Optional.of(inotify);
  }

  /** Everything else is closed by the exec, but for the standard streams. */
  private void keepOnly(int lock, int pipe, Optional<Integer> watch) throws IOException {
    for (int descriptor : descriptors()) {
      boolean kept =
          descriptor == lock
              || descriptor == pipe
              || watch.filter(it -> it == descriptor).isPresent();
      if (descriptor >= FIRST_SOCKET && isOpen(descriptor)) {
        flag(descriptor, kept ? 0 : Posix.FD_CLOEXEC);
      }
    }
  }

  private void flag(int descriptor, int flag) throws IOException {
    int before = posix.fcntl(descriptor, Posix.F_GETFD, 0);
    if (before != flag) {
      undo.addFirst(() -> posix.fcntl(descriptor, Posix.F_SETFD, before));
      posix.fcntl(descriptor, Posix.F_SETFD, flag);
    }
  }

  /** Copies that are not in each other's way; the exec closes them. */
  private List<Integer> aside(Iterable<Integer> sockets) throws IOException {
    List<Integer> copies = new ArrayList<>();
    for (int socket : sockets) {
      int copy = posix.fcntl(socket, Posix.F_DUPFD_CLOEXEC, SPARE);
      undo.addFirst(() -> posix.close(copy));
      copies.add(copy);
    }
    return copies;
  }

  private void place(int from, int to) throws IOException {
    if (Files.exists(SELF.resolve("fd/" + to))) {
      int before = posix.fcntl(to, Posix.F_DUPFD_CLOEXEC, SPARE);
      undo.addFirst(
          () -> {
            posix.dup2(before, to);
            posix.fcntl(to, Posix.F_SETFD, Posix.FD_CLOEXEC);
            posix.close(before);
          });
    } else {
      undo.addFirst(() -> posix.close(to));
    }
    posix.dup2(from, to);
  }

  /** From now on news of it raise SIGURG. */
  private void raise(int descriptor) throws IOException {
    int flags = posix.fcntl(descriptor, Posix.F_GETFL, 0);
    posix.fcntl(descriptor, Posix.F_SETOWN, ProcessHandle.current().pid());
    posix.fcntl(descriptor, Posix.F_SETSIG, Posix.SIGURG);
    undo.addFirst(() -> posix.fcntl(descriptor, Posix.F_SETFL, flags));
    posix.fcntl(descriptor, Posix.F_SETFL, flags | Posix.O_ASYNC);
  }

  private static String inode(int descriptor) throws IOException {
    String link = Files.readSymbolicLink(SELF.resolve("fd/" + descriptor)).toString();
    return link.substring(link.indexOf('[') + 1, link.indexOf(']'));
  }

  private static List<Integer> descriptors() throws IOException {
    List<Integer> all = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(SELF.resolve("fd"))) {
      entries.forEach(it -> all.add(Integer.valueOf(it.getFileName().toString())));
    }
    return all;
  }

  /** What listed them, and what other threads have read, is closed again. */
  private static boolean isOpen(int descriptor) {
    return Files.exists(SELF.resolve("fdinfo/" + descriptor));
  }

  /** The launcher itself, or the shell if its file system forbids to execute. */
  private void execute(Launcher launcher) throws IOException {
    List<byte[]> arguments = new ArrayList<>(launcher.arguments());
    byte[] path = launcher.path().toString().getBytes(StandardCharsets.UTF_8);
    arguments.addFirst(path);
    if (Files.isExecutable(launcher.path())) {
      posix.exec(launcher.path().toString(), arguments);
    }
    arguments.addFirst("sh".getBytes(StandardCharsets.US_ASCII));
    posix.exec("/bin/sh", arguments);
  }
}
