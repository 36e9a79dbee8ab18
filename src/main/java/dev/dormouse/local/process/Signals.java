package dev.dormouse.local.process;

import dev.dormouse.local.process.ProcFs.Stat;
import java.util.List;

/** The signals of a freeze, for which Java has no call. They have been sent when a call returns. */
public interface Signals {
  /** SIGSTOP, which no process can refuse. */
  void stop(List<Stat> processes);

  /** SIGCONT. */
  void resume(List<Stat> processes);
}
