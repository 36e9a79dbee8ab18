package dev.dormouse.local;

import dev.dormouse.local.ProcFs.Stat;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The signals for which Java has no call. They have been sent when a call returns. */
interface Signals {
  /** SIGSTOP, which no process can refuse. */
  void stop(List<Stat> processes);

  /** SIGCONT. */
  void resume(List<Stat> processes);

  /** By the shell's own {@code kill}: milliseconds, and nothing but sh(1) is needed. */
  static Signals byShell(ProcFs proc) {
    return new Signals() {
      @Override
      public void stop(List<Stat> processes) {
        send("STOP", processes);
      }

      @Override
      public void resume(List<Stat> processes) {
        send("CONT", processes);
      }

      // Not to a process that has got the pid of one of them.
      private void send(String signal, List<Stat> processes) {
        var command =
            new ArrayList<>(List.of("/bin/sh", "-c", "kill -s " + signal + " -- $*", "sh"));
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
    };
  }

  private static void run(List<String> command) {
    try {
      Process kill =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!kill.waitFor(1, TimeUnit.SECONDS)) {
        System.getLogger("dormouse").log(Level.WARNING, "slow: " + command);
      }
    } catch (IOException e) {
      System.getLogger("dormouse").log(Level.ERROR, "cannot send a signal: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
