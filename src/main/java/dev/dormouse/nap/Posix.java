package dev.dormouse.nap;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.List;

/**
 * Calls of the C library of Linux for which Java has none. Foreign functions cost 8 MB: loaded only
 * by a process that is about to vanish. The numbers are those of asm-generic, which all
 * architectures share that a JDK 25 is built for.
 */
@SuppressWarnings("restricted") // what the launcher's --enable-native-access is for
final class Posix {
  static final int F_DUPFD_CLOEXEC = 1030;
  static final int F_GETFD = 1;
  static final int F_SETFD = 2;
  static final int F_GETFL = 3;
  static final int F_SETFL = 4;
  static final int F_SETOWN = 8;
  static final int F_SETSIG = 10;
  static final int FD_CLOEXEC = 1;
  static final int O_ASYNC = 020000;

  static final int SIGALRM = 14;
  static final int SIGCHLD = 17;
  static final int SIGURG = 23;

  private static final int O_RDWR = 2;
  private static final int F_OFD_SETLK = 37;
  private static final short F_WRLCK = 1;
  private static final int SIG_SETMASK = 2;
  private static final int SIGSET_BYTES = 128;
  private static final int ITIMER_REAL = 0;
  private static final int TIMEVALS = 4;

  private static final StructLayout FLOCK =
      MemoryLayout.structLayout(
          JAVA_SHORT.withName("l_type"),
          JAVA_SHORT.withName("l_whence"),
          MemoryLayout.paddingLayout(4),
          JAVA_LONG.withName("l_start"),
          JAVA_LONG.withName("l_len"),
          JAVA_INT.withName("l_pid"),
          MemoryLayout.paddingLayout(4));

  private static final StructLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = ERRNO_LAYOUT.varHandle(PathElement.groupElement("errno"));
  private final Linker linker = Linker.nativeLinker();
  private final Arena arena = Arena.ofShared();
  private final MemorySegment errno = arena.allocate(ERRNO_LAYOUT);

  private final MethodHandle fcntl = variadic("fcntl", JAVA_INT, JAVA_INT, JAVA_LONG);
  private final MethodHandle fcntlLock = variadic("fcntl", JAVA_INT, JAVA_INT, ADDRESS);
  private final MethodHandle open = variadic("open", ADDRESS, JAVA_INT, JAVA_INT);
  private final MethodHandle dup2 = call("dup2", JAVA_INT, JAVA_INT);
  private final MethodHandle close = call("close", JAVA_INT);
  private final MethodHandle pipe = call("pipe", ADDRESS);
  private final MethodHandle signal = action("signal", JAVA_INT, JAVA_LONG);
  private final MethodHandle sigprocmask = call("sigprocmask", JAVA_INT, ADDRESS, ADDRESS);
  private final MethodHandle setitimer = call("setitimer", JAVA_INT, ADDRESS, ADDRESS);
  private final MethodHandle setenv = call("setenv", ADDRESS, ADDRESS, JAVA_INT);
  private final MethodHandle unsetenv = call("unsetenv", ADDRESS);
  private final MethodHandle execv = call("execv", ADDRESS, ADDRESS);
  private final MethodHandle inotifyInit = call("inotify_init1", JAVA_INT);
  private final MethodHandle inotifyAdd = call("inotify_add_watch", JAVA_INT, ADDRESS, JAVA_INT);

  /** One call, which leaves its error at {@link #errno}. */
  private interface Call {
    int make() throws Throwable;
  }

  /** fcntl(2). */
  int fcntl(int descriptor, int command, long argument) throws IOException {
    return check("fcntl", () -> (int) fcntl.invokeExact(errno, descriptor, command, argument));
  }

  /**
   * Locks one byte of an open file, for the open file itself and for all that share it.
   *
   * @throws IOException if anybody else has a lock there
   */
  void lock(int descriptor, long at) throws IOException {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment lock = local.allocate(FLOCK);
      lock.set(JAVA_SHORT, 0, F_WRLCK);
      lock.set(JAVA_LONG, FLOCK.byteOffset(PathElement.groupElement("l_start")), at);
      lock.set(JAVA_LONG, FLOCK.byteOffset(PathElement.groupElement("l_len")), 1L);
      check(
          "fcntl(F_OFD_SETLK)",
          () -> (int) fcntlLock.invokeExact(errno, descriptor, F_OFD_SETLK, lock));
    }
  }

  /** Opens a file that is there, to be read and written, and to stay open across an exec. */
  int open(String path) throws IOException {
    MemorySegment name = arena.allocateFrom(path);
    return check("open " + path, () -> (int) open.invokeExact(errno, name, O_RDWR, 0));
  }

  void dup2(int from, int to) throws IOException {
    check("dup2", () -> (int) dup2.invokeExact(errno, from, to));
  }

  void close(int descriptor) throws IOException {
    check("close", () -> (int) close.invokeExact(errno, descriptor));
  }

  /** A pipe that stays open across an exec: the side to read, the side to write. */
  List<Integer> pipe() throws IOException {
    MemorySegment ends = arena.allocate(JAVA_INT, 2);
    check("pipe", () -> (int) pipe.invokeExact(errno, ends));
    return List.of(ends.getAtIndex(JAVA_INT, 0), ends.getAtIndex(JAVA_INT, 1));
  }

  /** Has a signal do what it does by itself; an exec keeps only what is ignored. */
  void heed(int signal) throws IOException {
    check(
        "signal",
        () -> {
          long _ = (long) this.signal.invokeExact(errno, signal, 0L);
          return 0;
        });
  }

  /** Lets every signal through to this thread, and returns what it blocked. */
  MemorySegment unblock() throws IOException {
    MemorySegment before = arena.allocate(SIGSET_BYTES);
    mask(arena.allocate(SIGSET_BYTES), before);
    return before;
  }

  /** Has this thread block what it did. */
  void block(MemorySegment blocked) throws IOException {
    mask(blocked, arena.allocate(SIGSET_BYTES));
  }

  private void mask(MemorySegment set, MemorySegment before) throws IOException {
    check("sigprocmask", () -> (int) sigprocmask.invokeExact(errno, SIG_SETMASK, set, before));
  }

  /** Has SIGALRM come once, after so long; zero for never. It lasts through an exec. */
  void alarm(Duration after) throws IOException {
    MemorySegment timer = arena.allocate(JAVA_LONG, TIMEVALS);
    timer.setAtIndex(JAVA_LONG, 2, after.toSeconds());
    timer.setAtIndex(JAVA_LONG, 3, after.toNanosPart() / 1000);
    MemorySegment before = arena.allocate(JAVA_LONG, TIMEVALS);
    check("setitimer", () -> (int) setitimer.invokeExact(errno, ITIMER_REAL, timer, before));
  }

  void setenv(String name, String value) throws IOException {
    MemorySegment key = arena.allocateFrom(name);
    MemorySegment text = arena.allocateFrom(value);
    check("setenv", () -> (int) setenv.invokeExact(errno, key, text, 1));
  }

  void unsetenv(String name) throws IOException {
    MemorySegment key = arena.allocateFrom(name);
    check("unsetenv", () -> (int) unsetenv.invokeExact(errno, key));
  }

  /** An inotify instance that stays open across an exec. */
  int inotify() throws IOException {
    return check("inotify_init1", () -> (int) inotifyInit.invokeExact(errno, 0));
  }

  /** Adds a file or directory to be watched. */
  void watch(int inotify, String path, int events) throws IOException {
    MemorySegment name = arena.allocateFrom(path);
    check(
        "inotify_add_watch " + path,
        () -> (int) inotifyAdd.invokeExact(errno, inotify, name, events));
  }

  /**
   * Becomes another program, with this environment and what is open.
   *
   * @param arguments its name first; bytes, as the kernel has them
   * @throws IOException always: it returns only if it failed
   */
  void exec(String path, List<byte[]> arguments) throws IOException {
    MemorySegment name = arena.allocateFrom(path);
    MemorySegment vector = arena.allocate(ADDRESS, arguments.size() + 1L);
    for (int i = 0; i < arguments.size(); i++) {
      MemorySegment word = arena.allocate(arguments.get(i).length + 1L);
      MemorySegment.copy(arguments.get(i), 0, word, JAVA_BYTE, 0, arguments.get(i).length);
      vector.setAtIndex(ADDRESS, i, word);
    }
    check("exec " + path, () -> (int) execv.invokeExact(errno, name, vector));
    throw new IOException("exec " + path + " returned");
  }

  private int check(String what, Call call) throws IOException {
    try {
      int result = call.make();
      if (result < 0) {
        throw new IOException(what + ": error " + (int) ERRNO.get(errno, 0L));
      }
      return result;
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private MethodHandle call(String name, MemoryLayout... parameters) {
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(JAVA_INT, parameters),
        Linker.Option.captureCallState("errno"));
  }

  private MethodHandle action(String name, ValueLayout... parameters) {
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(JAVA_LONG, parameters),
        Linker.Option.captureCallState("errno"));
  }

  /** Of three parameters, the last of which may be there or not. */
  private MethodHandle variadic(String name, MemoryLayout... parameters) {
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(JAVA_INT, parameters),
        Linker.Option.firstVariadicArg(2),
        Linker.Option.captureCallState("errno"));
  }
}
