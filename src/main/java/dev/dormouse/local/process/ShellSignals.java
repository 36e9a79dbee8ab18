package dev.dormouse.local.process;

import dev.dormouse.local.process.ProcFs.Stat;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Signals by the shell's own {@code kill}: milliseconds, and nothing but sh(1) is needed. */
public final class ShellSignals implements Signals {
  private static final System.Logger LOG = System.getLogger("dormouse");

  private final ProcFs proc;

  /** Sends by {@code kill}, to processes that are still those that are meant. */
  public ShellSignals(ProcFs proc) {
    this.proc = proc;
  }

  @Override
  public void stop(List<Stat> processes) {
    send("STOP", processes);
  }

  @Override
  public void resume(List<Stat> processes) {
    send("CONT", processes);
  }

  /**
   * Sends any signal, by its name without SIG; not to a process that has got the pid of another.
   */
  void send(String signal, List<Stat> processes) {
    var command = new ArrayList<>(List.of("/bin/sh", "-c", "kill -s " + signal + " -- $*", "sh"));
    int words = command.size();
    for (Stat process : processes) {
      if (proc.stat(process.pid()).filter(process::isSame).isPresent()) {
        command.add(Long.toString(process.pid()));
      }
    }
    if (command.size() > words) {
      run(command);
    }
  }

  private static void run(List<String> command) {
    try {
      Process kill =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!kill.waitFor(1, TimeUnit.SECONDS)) {
        LOG.log(Level.WARNING, "slow: " + command);
      }
    } catch (IOException e) {
      LOG.log(Level.ERROR, "cannot send a signal: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
