package dev.dormouse.local.freeze;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * Duplicates of other processes' descriptors, epoll(7) and inotify(7). Foreign functions cost 8 MB:
 * loaded only where a service asks for {@code sleep: Doze}. Numbers are those of asm-generic, which
 * all architectures share that a JDK 25 is built for. Thread-safe.
 */
@SuppressWarnings("restricted") // what the launcher's --enable-native-access is for
final class Descriptors {
  static final int EPOLLIN = 0x1;
  static final int EPOLLPRI = 0x2;
  static final int EPOLLOUT = 0x4;
  static final int EPOLLRDHUP = 0x2000;
  static final int EPOLLONESHOT = 1 << 30;
  static final int EPOLLET = 1 << 31;

  private static final long PIDFD_OPEN = 434;
  private static final long PIDFD_GETFD = 438;
  private static final int CLOEXEC = 0x80000;
  private static final int NONBLOCK = 0x800;
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLL_CTL_MOD = 3;

  private static final int EPERM = 1;
  private static final int EINTR = 4;
  private static final int EAGAIN = 11;
  private static final int EMFILE = 24;
  private static final int ENOSYS = 38;

  /** MODIFY, ATTRIB, MOVED_FROM, MOVED_TO, CREATE, DELETE: nothing that reading alone causes. */
  private static final int CHANGES = 0x2 | 0x4 | 0x40 | 0x80 | 0x100 | 0x200;

  /** An event of epoll is packed where 32-bit programs of the same machine know it, too. */
  private static final boolean PACKED =
      System.getProperty("os.arch").equals("amd64")
          || System.getProperty("os.arch").equals("x86_64");

  private static final int DATA_AT = PACKED ? 4 : 8;
  private static final int EVENT_BYTES = DATA_AT + 8;
  private static final int EVENTS = 64;

  private static final StructLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = ERRNO_LAYOUT.varHandle(PathElement.groupElement("errno"));

  private final Linker linker = Linker.nativeLinker();
  private final MethodHandle syscall =
      linker.downcallHandle(
          linker.defaultLookup().findOrThrow("syscall"),
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          Linker.Option.firstVariadicArg(1),
          Linker.Option.captureCallState("errno"));
  private final MethodHandle epollCreate = call("epoll_create1", JAVA_INT);
  private final MethodHandle epollCtl = call("epoll_ctl", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
  private final MethodHandle epollWait = call("epoll_wait", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  private final MethodHandle inotifyInit = call("inotify_init1", JAVA_INT);
  private final MethodHandle inotifyAdd = call("inotify_add_watch", JAVA_INT, ADDRESS, JAVA_INT);
  private final MethodHandle close = call("close", JAVA_INT);
  private final MethodHandle read =
      linker.downcallHandle(
          linker.defaultLookup().findOrThrow("read"),
          FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG),
          Linker.Option.captureCallState("errno"));

  /** Something happened to a descriptor. */
  interface Heard {
    void of(long data, int events);
  }

  /** One call, which leaves its error there. */
  private interface Call {
    long make(MemorySegment errno) throws Throwable;
  }

  /** What came of a call. */
  private record Result(long value, int errno) {
    boolean failed() {
      return value < 0;
    }

    int orThrow(String call) throws IOException {
      if (failed()) {
        throw new IOException(call + ": " + reason(errno));
      }
      return (int) value;
    }

    private static String reason(int errno) {
      return switch (errno) {
        case EPERM -> "not permitted (CAP_SYS_PTRACE, Yama, seccomp)";
        case ENOSYS -> "this kernel has it not (Linux 5.6)";
        case EMFILE -> "too many open files";
        default -> "errno " + errno;
      };
    }
  }

  private MethodHandle call(String name, MemoryLayout... arguments) {
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(JAVA_INT, arguments),
        Linker.Option.captureCallState("errno"));
  }

  private static Result result(Call call) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      long value = call.make(errno);
      return new Result(value, value < 0 ? (int) ERRNO.get(errno, 0L) : 0);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** A handle of a process; empty if it has ended. */
  OptionalInt pidfd(long pid) throws IOException {
    Result result = result(e -> (long) syscall.invokeExact(e, PIDFD_OPEN, pid, 0L, 0L));
    if (result.failed() && result.errno() != EMFILE && result.errno() != ENOSYS) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(result.orThrow("pidfd_open"));
  }

  /**
   * A duplicate of a descriptor of that process, closed on exec; empty if there is none any more.
   */
  OptionalInt duplicate(int pidfd, int descriptor) throws IOException {
    Result result =
        result(
            e -> (long) syscall.invokeExact(e, PIDFD_GETFD, (long) pidfd, (long) descriptor, 0L));
    boolean refused = result.errno() == EPERM || result.errno() == ENOSYS;
    if (result.failed() && !refused && result.errno() != EMFILE) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(result.orThrow("pidfd_getfd"));
  }

  int epoll() throws IOException {
    return result(e -> (int) epollCreate.invokeExact(e, CLOEXEC)).orThrow("epoll_create1");
  }

  /** Adds a descriptor to a set; false if nothing can ever be heard of it, as of a regular file. */
  boolean add(int epoll, int descriptor, int events, long data) throws IOException {
    Result result = control(epoll, EPOLL_CTL_ADD, descriptor, events, data);
    if (result.failed() && result.errno() == EPERM) {
      return false;
    }
    result.orThrow("epoll_ctl");
    return true;
  }

  /** Listens anew to a descriptor of which only one event was asked for. */
  void renew(int epoll, int descriptor, int events, long data) throws IOException {
    control(epoll, EPOLL_CTL_MOD, descriptor, events, data).orThrow("epoll_ctl");
  }

  private Result control(int epoll, int operation, int descriptor, int events, long data) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment event = arena.allocate(EVENT_BYTES);
      event.set(JAVA_INT_UNALIGNED, 0, events);
      event.set(JAVA_LONG_UNALIGNED, DATA_AT, data);
      return result(e -> (int) epollCtl.invokeExact(e, epoll, operation, descriptor, event));
    }
  }

  /**
   * Hears what has happened to the descriptors of a set, a few at a time.
   *
   * @param blocks whether to wait until something does
   * @return how much was heard
   */
  int await(int epoll, boolean blocks, Heard heard) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment events = arena.allocate((long) EVENT_BYTES * EVENTS, 8);
      int timeout = blocks ? -1 : 0;
      Result result = result(e -> (int) epollWait.invokeExact(e, epoll, events, EVENTS, timeout));
      if (result.failed() && result.errno() == EINTR) {
        return 0;
      }
      int count = result.orThrow("epoll_wait");
      for (int i = 0; i < count; i++) {
        long at = (long) i * EVENT_BYTES;
        heard.of(events.get(JAVA_LONG_UNALIGNED, at + DATA_AT), events.get(JAVA_INT_UNALIGNED, at));
      }
      return count;
    }
  }

  int inotify() throws IOException {
    return result(e -> (int) inotifyInit.invokeExact(e, CLOEXEC | NONBLOCK))
        .orThrow("inotify_init1");
  }

  /** Watches the entries of a directory for changes; the number by which they are told. */
  int watch(int inotify, Path directory) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(directory.toString());
      return result(e -> (int) inotifyAdd.invokeExact(e, inotify, name, CHANGES))
          .orThrow("inotify_add_watch " + directory);
    }
  }

  /** Reads what there is, at most as much as fits; 0 if there is nothing. */
  long read(int descriptor, MemorySegment to) throws IOException {
    Result result = result(e -> (long) read.invokeExact(e, descriptor, to, to.byteSize()));
    boolean nothing = result.errno() == EAGAIN || result.errno() == EINTR;
    return result.failed() && nothing ? 0 : result.orThrow("read");
  }

  void close(int descriptor) {
    result(e -> (int) close.invokeExact(e, descriptor));
  }
}
