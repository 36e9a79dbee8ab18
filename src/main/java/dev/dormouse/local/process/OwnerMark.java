package dev.dormouse.local.process;

import java.nio.file.Path;

/**
 * How the processes of a service are known, whoever their parent is now. Either sign is enough: a
 * process that sets its title overwrites its environment (Redis does), a daemon closes its output.
 * Anybody may put up such signs: what they say of another user's process has to be known otherwise.
 *
 * @param entry {@code NAME=value} in the environment that they were executed with
 * @param output the file that their standard output or error goes to
 */
public record OwnerMark(String entry, Path output) {
  /** Whether a process carries either sign. */
  public boolean isOn(ProcFs proc, long pid) {
    return proc.hasEnvironment(pid, entry) || proc.outputs(pid).contains(output);
  }
}
