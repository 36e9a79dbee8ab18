package dev.dormouse.local.process;

import java.lang.System.Logger.Level;
import java.lang.reflect.Method;
import java.util.concurrent.CompletableFuture;

/**
 * Waits for children of this process for which it has no {@link Process}: those that it started
 * before it slept. Without waitpid(2) they would stay as zombies; Java makes that call for its own
 * processes only, in a class of its own (the launcher's --add-opens is for that). The shell that
 * the process was meanwhile may have done it: then the exit code is unknown.
 */
public final class Reaper {
  private static final System.Logger LOG = System.getLogger("dormouse");

  private Reaper() {}

  /**
   * Takes the exit code of a child when it ends, and what is left of it.
   *
   * @return completed with what {@link Process#exitValue} would say, or {@link Exit#UNKNOWN}
   */
  public static CompletableFuture<Integer> reap(long pid, ProcFs proc) {
    if (!proc.isChildOrWas(pid)) {
      return CompletableFuture.completedFuture(Exit.UNKNOWN); // of which Java would say 0
    }
    try {
      Method completion =
          Class.forName("java.lang.ProcessHandleImpl")
              .getDeclaredMethod("completion", long.class, boolean.class);
      completion.setAccessible(true);
      return ((CompletableFuture<?>) completion.invoke(null, pid, true))
          .thenApply(code -> code instanceof Integer it && it >= 0 ? it : Exit.UNKNOWN);
    } catch (ReflectiveOperationException | RuntimeException e) {
      LOG.log(Level.DEBUG, "exit codes of earlier children cannot be read", e);
      return ProcessHandle.of(pid)
          .map(it -> it.onExit().thenApply(_ -> Exit.UNKNOWN))
          .orElseGet(() -> CompletableFuture.completedFuture(Exit.UNKNOWN));
    }
  }
}
