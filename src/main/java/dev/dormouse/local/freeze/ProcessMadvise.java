package dev.dormouse.local.freeze;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.dormouse.local.process.ProcFs;
import dev.dormouse.local.process.ProcFs.Range;
import dev.dormouse.local.process.ProcFs.Stat;
import dev.dormouse.local.process.Signals;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Pages out by process_madvise(2), MADV_PAGEOUT, through a pidfd: CAP_SYS_NICE and the right to
 * trace are needed, and Linux 5.10. Sends signals through a pidfd, too. Foreign functions cost 8
 * MB: loaded only where there is swap.
 */
@SuppressWarnings("restricted")
public // what the launcher's --enable-native-access is for
final class ProcessMadvise implements PageOut {
  private static final System.Logger LOG = System.getLogger("dormouse");

  /** The same on every architecture, as all system calls since 2019. */
  private static final long PIDFD_OPEN = 434;

  private static final long PROCESS_MADVISE = 440;
  private static final long PIDFD_SEND_SIGNAL = 424;

  /** As on all architectures that a JDK 25 is built for. */
  private static final long SIGCONT = 18;

  private static final long SIGSTOP = 19;

  private static final long MADV_WILLNEED = 3;
  private static final long MADV_PAGEOUT = 21;
  private static final int EPERM = 1;
  private static final int ENOSYS = 38;

  /** So much at a time, so that an arrival does not wait for the rest. */
  private static final long CHUNK_BYTES = 4 << 20;

  private static final StructLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = ERRNO_LAYOUT.varHandle(PathElement.groupElement("errno"));

  private final ProcFs proc;
  private final MethodHandle pidfdOpen;
  private final MethodHandle processMadvise;
  private final MethodHandle sendSignal;
  private final MethodHandle close;
  private final Optional<MethodHandle> mallocTrim;

  /** Looks the calls up; fails where the C library has none of them. */
  public ProcessMadvise(ProcFs proc) {
    this.proc = proc;
    Linker linker = Linker.nativeLinker();
    MemorySegment syscall = linker.defaultLookup().findOrThrow("syscall");
    Linker.Option variadic = Linker.Option.firstVariadicArg(1);
    Linker.Option errno = Linker.Option.captureCallState("errno");
    pidfdOpen =
        linker.downcallHandle(
            syscall,
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            variadic,
            errno);
    processMadvise =
        linker.downcallHandle(
            syscall,
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            variadic,
            errno);
    sendSignal =
        linker.downcallHandle(
            syscall,
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            variadic,
            errno);
    close =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    mallocTrim =
        linker
            .defaultLookup()
            .find("malloc_trim")
            .map(it -> linker.downcallHandle(it, FunctionDescriptor.of(JAVA_INT, JAVA_LONG)));
  }

  @Override
  public Effect pageOut(List<Stat> processes, BooleanSupplier wanted) throws IOException {
    long before = 0;
    for (Stat process : processes) {
      before += proc.residentBytes(process.pid()) + proc.swappedBytes(process.pid());
    }
    for (Stat process : processes) {
      advise(process.pid(), proc.ranges(process.pid()), MADV_PAGEOUT, wanted);
    }
    long after = processes.stream().mapToLong(p -> proc.residentBytes(p.pid())).sum();
    return new Effect(before, after);
  }

  /** Gives unused memory of the C heap back; only glibc can. */
  public void trim() {
    mallocTrim.ifPresent(
        handle -> {
          try {
            int _ = (int) handle.invokeExact(0L);
          } catch (Throwable e) {
            throw new IllegalStateException(e);
          }
        });
  }

  /** Microseconds, where the shell's take milliseconds: a client waits for the resumption. */
  @Override
  public Optional<Signals> signals() {
    return Optional.of(
        new Signals() {
          @Override
          public void stop(List<Stat> processes) {
            processes.forEach(process -> send(process, SIGSTOP));
          }

          @Override
          public void resume(List<Stat> processes) {
            processes.forEach(process -> send(process, SIGCONT));
          }
        });
  }

  /** A pidfd stays with its process: whose it is can be looked at after it was opened. */
  private void send(Stat process, long signal) {
    try {
      withPidfd(
          process.pid(),
          (fd, errno) -> {
            if (proc.stat(process.pid()).filter(process::isSame).isPresent()) {
              long sent =
                  (long) sendSignal.invokeExact(errno, PIDFD_SEND_SIGNAL, fd, signal, 0L, 0L);
              if (sent < 0) {
                refuse("pidfd_send_signal", (int) ERRNO.get(errno, 0L));
              }
            }
          });
    } catch (IOException e) {
      LOG.log(Level.ERROR, "cannot send a signal: " + e.getMessage());
    }
  }

  @Override
  public void fetch(List<Stat> processes) {
    for (Stat process : processes) {
      try {
        advise(process.pid(), proc.anonymousRanges(process.pid()), MADV_WILLNEED, () -> true);
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "cannot fetch", e);
      }
    }
  }

  private void advise(long pid, List<Range> ranges, long advice, BooleanSupplier wanted)
      throws IOException {
    withPidfd(
        pid,
        (fd, errno) -> {
          for (Range range : ranges) {
            advise(range, advice, fd, errno, wanted);
          }
        });
  }

  private void advise(
      Range range, long advice, long fd, MemorySegment errno, BooleanSupplier wanted)
      throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment vector = arena.allocate(JAVA_LONG, 2);
      for (long at = range.from(); at < range.to() && wanted.getAsBoolean(); ) {
        long length = Math.min(CHUNK_BYTES, range.to() - at);
        vector.setAtIndex(JAVA_LONG, 0, at);
        vector.setAtIndex(JAVA_LONG, 1, length);
        long done =
            (long) processMadvise.invokeExact(errno, PROCESS_MADVISE, fd, vector, 1L, advice, 0L);
        if (done < 0) {
          refuse("process_madvise", (int) ERRNO.get(errno, 0L));
        }
        at += length;
      }
    }
  }

  /** What is done with a pidfd, and where the calls leave their error. */
  private interface Use {
    void of(long pidfd, MemorySegment errno) throws Throwable;
  }

  /** Does nothing if the process has ended. */
  private void withPidfd(long pid, Use use) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      long fd = (long) pidfdOpen.invokeExact(errno, PIDFD_OPEN, pid, 0L);
      if (fd < 0) {
        refuse("pidfd_open", (int) ERRNO.get(errno, 0L));
        return;
      }
      try {
        use.of(fd, errno);
      } finally {
        int _ = (int) close.invokeExact((int) fd);
      }
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Other errors are of one range only: locked, or gone in the meantime. */
  private static void refuse(String call, int errno) throws IOException {
    if (errno == EPERM) {
      throw new IOException(call + " is not permitted (CAP_SYS_NICE, seccomp)");
    }
    if (errno == ENOSYS) {
      throw new IOException("this kernel has no " + call + " (Linux 5.10)");
    }
  }
}
